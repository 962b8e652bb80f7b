"""What is wrong with a PromQL expression, told without a Prometheus: for alerts, recording rules and panels.

    complaints('sum by (cluster) (galera_upp) == 0')  ->  ['galera_upp: no such series']

An expression is dead when it names a series, a label or a value that nobody gives out, or when the two sides of an operator
can never meet, as one has a label that the other lacks. The labels that each part comes out with are followed through the tree.
Dashboards write `$cluster` and `$__rate_interval`; `plain` puts something in their place that Prometheus can parse.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import promql_parser as promql
from promql_parser import AggModifierType, LabelModifierType, MatchOp, VectorMatchCardinality

from tests.dashboards.series import TARGET, Series, known

Labels = frozenset[str]

_RANGES = {"__rate_interval": "5m", "__interval": "1m", "__range": "1h", "__interval_ms": "60000", "__range_s": "3600"}
_VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)")
_ANY = ".*"
_SCALARS = frozenset({"scalar", "time", "vector", "pi"})
_REGULAR = (MatchOp.Re, MatchOp.NotRe)
_WANTED = (MatchOp.Re, MatchOp.Equal)
_SETS = frozenset({"and", "or", "unless"})


def plain(expression: str) -> str:
    """An expression of a panel with its variables filled in: ranges by a duration, all others by `.*`."""
    return _VARIABLE.sub(lambda found: _RANGES.get(found[1] or found[2], _ANY), expression)


def complaints(expression: str, series: Mapping[str, Series] | None = None) -> list[str]:
    """All that makes it dead, in words; empty if nothing. `series` are those that there are, by default all."""
    try:
        tree = promql.parse(plain(expression))
    except ValueError as error:
        return [f"{expression}: {error}"]
    follower = _Follower(known() if series is None else series)
    follower.labels(tree)
    return follower.found


def labels_of(expression: str, series: Mapping[str, Series] | None = None) -> Labels:
    """The labels that its result may have."""
    return _Follower(known() if series is None else series).labels(promql.parse(plain(expression)))


def selectors(expression: str) -> list[promql.VectorSelector]:
    """All selectors of series in it, from left to right."""
    found: list[promql.VectorSelector] = []

    def visit(part: promql.Expr) -> None:
        if isinstance(part, promql.VectorSelector):
            found.append(part)

    promql.walk(promql.parse(plain(expression)), visit)
    return found


def names_of(expression: str) -> set[str]:
    """The names of all series that it asks for."""
    return {name for selector in selectors(expression) for name in _named(selector, known())}


class _Follower:
    """Walks a tree; says for each part which labels it comes out with, and keeps what is wrong in `found`."""

    def __init__(self, series: Mapping[str, Series]) -> None:
        self.found: list[str] = []
        self._series = series

    def labels(self, part: promql.Expr) -> Labels:
        """Of the result of a part; empty for a scalar."""
        follow: Mapping[type[promql.Expr], Callable[[Any], Labels]] = {
            promql.VectorSelector: self._selector,
            promql.MatrixSelector: lambda one: self._selector(one.vector_selector),
            promql.ParenExpr: lambda one: self.labels(one.expr),
            promql.UnaryExpr: lambda one: self.labels(one.expr),
            promql.SubqueryExpr: lambda one: self.labels(one.expr),
            promql.AggregateExpr: self._aggregate,
            promql.Call: self._call,
            promql.BinaryExpr: self._binary,
        }
        return follow[type(part)](part) if type(part) in follow else frozenset()

    def _selector(self, selector: promql.VectorSelector) -> Labels:
        names = _named(selector, self._series)
        if not names:
            self.found.append(f"{selector}: no such series")
            return TARGET
        labels = TARGET.union(*(self._series[name].labels for name in names))
        for matcher in selector.matchers.matchers:
            if matcher.name == "__name__":
                continue
            if matcher.name not in labels:
                self.found.append(f"{selector}: no label {matcher.name}; it has {', '.join(sorted(labels))}")
            for name in names:
                self.found += _value_complaints(matcher, self._series[name])
        return labels

    def _aggregate(self, part: promql.AggregateExpr) -> Labels:
        inner = self.labels(part.expr)
        if str(part.op) in {"topk", "bottomk"}:
            return inner
        modifier = part.modifier
        if modifier is None:
            return frozenset()
        given = frozenset(modifier.labels)
        if missing := given - inner:
            self.found.append(f"{part}: {', '.join(sorted(missing))} is no label of what is aggregated")
        return inner & given if modifier.type == AggModifierType.By else inner - given

    def _call(self, call: promql.Call) -> Labels:
        name = call.func.name
        vectors = [self.labels(one) for one in call.args if not isinstance(one, (promql.NumberLiteral, promql.StringLiteral))]
        inner = frozenset[str]().union(*vectors)
        texts = [one.val for one in call.args if isinstance(one, promql.StringLiteral)]
        if name in _SCALARS:
            return frozenset()
        if name in {"absent", "absent_over_time"}:
            return _equal_labels(call.args[0])
        if name == "histogram_quantile":
            if "le" not in inner:
                self.found.append(f"{call}: without the label le there is no quantile")
            return inner - {"le"}
        if name in {"label_replace", "label_join"}:
            sources = texts[2:3] if name == "label_replace" else texts[2:]
            if missing := set(sources) - inner:
                self.found.append(f"{call}: {', '.join(sorted(missing))} is no label of its argument")
            return inner | {texts[0]}
        return inner

    def _binary(self, part: promql.BinaryExpr) -> Labels:
        left, right = self.labels(part.lhs), self.labels(part.rhs)
        if _is_scalar(part.lhs):
            return right
        if _is_scalar(part.rhs):
            return left
        matching = part.modifier.matching if part.modifier else None
        compared = self._compared(part, left, right, matching)
        if str(part.op) in _SETS:
            return left | right if str(part.op) == "or" else left
        card = part.modifier.card if part.modifier else VectorMatchCardinality.OneToOne
        included = frozenset((part.modifier.group_labels if part.modifier else None) or ())
        if card == VectorMatchCardinality.ManyToOne:
            return left | included
        if card == VectorMatchCardinality.OneToMany:
            return right | included
        return compared if matching else left

    def _compared(self, part: promql.BinaryExpr, left: Labels, right: Labels, matching: promql.LabelModifier | None) -> Labels:
        """The labels by which the two sides are matched; a complaint if they cannot match."""
        if matching is not None and matching.type == LabelModifierType.Include:
            given = frozenset(matching.labels)
            if missing := (given - left) | (given - right):
                self.found.append(f"{part}: both sides must have {', '.join(sorted(missing))}")
            return given
        ignored = frozenset(matching.labels) if matching is not None else frozenset[str]()
        apart = (left ^ right) - ignored
        if apart and str(part.op) != "or":
            self.found.append(f"{part}: the sides never match, only one has {', '.join(sorted(apart))}")
        return (left | right) - ignored


def _is_scalar(part: promql.Expr) -> bool:
    """Whether it is a number and no vector."""
    match part:
        case promql.NumberLiteral():
            return True
        case promql.ParenExpr() | promql.UnaryExpr():
            return _is_scalar(part.expr)
        case promql.Call():
            return str(part.func.name) in {"scalar", "time", "pi"}
        case promql.BinaryExpr():
            return _is_scalar(part.lhs) and _is_scalar(part.rhs)
    return False


def _named(selector: promql.VectorSelector, series: Mapping[str, Series]) -> list[str]:
    """The series that it may mean: by its name, or by a pattern of names."""
    if selector.name:
        return [selector.name] if selector.name in series else []
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__":
            return [name for name in series if _matches(matcher, name)]
    return []


def _value_complaints(matcher: promql.Matcher, series: Series) -> Iterator[str]:
    """What is wrong with the value of a matcher, where the label has a closed list of values."""
    values = series.values.get(matcher.name)
    if values is None or matcher.value in {"", _ANY, ".+"}:
        return
    wanted = matcher.value.split("|") if matcher.op in _REGULAR else [matcher.value]
    for one in wanted:
        pattern = one if matcher.op in _REGULAR else re.escape(one)
        if not any(re.fullmatch(pattern, value) for value in values):
            yield f"{series.name}: {matcher.name} is never {one!r}, but {', '.join(sorted(values))}"


def _matches(matcher: promql.Matcher, text: str) -> bool:
    regular = matcher.op in _REGULAR
    found = re.fullmatch(matcher.value if regular else re.escape(matcher.value), text) is not None
    return found == (matcher.op in _WANTED)


def _equal_labels(part: promql.Expr) -> Labels:
    """The labels that `absent` makes up: those of matchers by equality."""
    selector = part.vector_selector if isinstance(part, promql.MatrixSelector) else part
    if not isinstance(selector, promql.VectorSelector):
        return frozenset()
    return frozenset(matcher.name for matcher in selector.matchers.matchers if matcher.op == MatchOp.Equal)
