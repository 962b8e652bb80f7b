"""The alert rules as a page needs them: which there are, how bad each is, and the numbers they compare with.

A threshold on a panel is never written by hand. It is read out of the alert's own expression, and only where both look at the
same series: so the line in the picture is where the alert begins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser as promql
import yaml

RULES = Path(__file__).parents[1] / "prometheus" / "alerts"
SEVERITIES = ("info", "warning", "critical")
_ABOVE, _STRICT = (">", ">="), (">", "<")
_COMPARING = (*_ABOVE, "<", "<=")


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule. `severity`: one of SEVERITIES. `area`: the part of the cloud that it is about."""

    name: str
    severity: str
    area: str
    expr: str


@dataclass(frozen=True, slots=True)
class Limit:
    """Above `value` it is bad, or below it. `strict`: at the value itself it is not yet."""

    value: float
    above: bool
    strict: bool
    severity: str


@cache
def alerts() -> Mapping[str, Alert]:
    """All alerts by their names."""
    groups = (group for path in sorted(RULES.glob("*.yaml")) for group in yaml.safe_load(path.read_text())["groups"])
    rules = (rule for group in groups for rule in group["rules"] if "alert" in rule)
    return {rule["alert"]: _alert(rule) for rule in rules}


def areas() -> tuple[str, ...]:
    """All of them."""
    return tuple(sorted({one.area for one in alerts().values()}))


def alert(name: str) -> Alert:
    """One of them. Raises LookupError for one that is not there."""
    if name not in alerts():
        raise LookupError(f"no rule in {RULES} defines the alert {name}")
    return alerts()[name]


def worst(names: tuple[str, ...]) -> str:
    """The severity of the worst of some alerts."""
    return max((alert(name).severity for name in names), key=SEVERITIES.index)


def limit_of(name: str, exprs: tuple[str, ...]) -> Limit:
    """What an alert compares one of these queries with. Raises LookupError unless that is just one number."""
    rule = alert(name)
    wanted = {_figure(promql.parse(expr.replace("$__rate_interval", "5m"))) for expr in exprs}
    found = {limit for side, limit in _comparisons(promql.parse(rule.expr), rule.severity) if _figure(side) in wanted}
    if len(found) != 1:
        raise LookupError(f"{name} compares {' | '.join(exprs)} with {len(found)} numbers: {rule.expr}")
    return found.pop()


def _alert(rule: Mapping[str, Any]) -> Alert:
    return Alert(rule["alert"], rule["labels"]["severity"], rule["labels"]["area"], rule["expr"])


def _comparisons(tree: promql.Expr, severity: str) -> Iterator[tuple[promql.Expr, Limit]]:
    """What is compared with a number, and with which."""
    for part in _parts(tree):
        if isinstance(part, promql.BinaryExpr) and isinstance(part.rhs, promql.NumberLiteral) and str(part.op) in _COMPARING:
            yield part.lhs, Limit(part.rhs.val, str(part.op) in _ABOVE, str(part.op) in _STRICT, severity)


def _figure(tree: promql.Expr) -> frozenset[str]:
    """What is looked at: the series with their matchers, and the functions that make another figure of them.

    Over how long does not count, nor does the labels' part in it: an alert takes the worst of what a panel draws one by one.
    """
    vectors = (part.vector_selector if isinstance(part, promql.MatrixSelector) else part for part in _parts(tree))
    selectors = (part for part in vectors if isinstance(part, promql.VectorSelector))
    series = (" ".join((str(one.name), *sorted(map(str, one.matchers.matchers)))) for one in selectors)
    functions = (str(part.func.name) for part in _parts(tree) if isinstance(part, promql.Call))
    return frozenset((*series, *(name for name in functions if not name.endswith("_over_time"))))


def _parts(tree: promql.Expr) -> list[promql.Expr]:
    parts: list[promql.Expr] = []
    promql.walk(tree, parts.append)
    return parts
