"""LogQL as our pages use it, checked by a small grammar: `parse` refuses what is not in it, with the place.

    query    := lines | metric
    lines    := "{" matcher ("," matcher)* "}" stage*
    stage    := ("|=" | "!=" | "|~" | "!~") text  |  "|" name ("=" | "!=" | "=~" | "!~") text
    metric   := range | aggregation
    range    := ("count_over_time" | "rate") "(" lines "[" duration "]" ")"
    aggregation := ("sum" | "max" | "min") ["by" "(" name ("," name)* ")"] "(" metric ")"  |  "topk" "(" number "," metric ")"

It is a part of the language of Loki 3, and what it accepts was compared once with Grafana's own grammar (lezer-logql).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKENS = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?P<operator>\|=|\|~|!=|!~|=~|=|\||[{}()\[\],])
    |(?P<duration>\$__(?:range|interval|auto)|\d+[smhd])|(?P<number>\d+)|(?P<name>[a-zA-Z_]\w*))""",
    re.VERBOSE,
)
_FILTERS = ("|=", "!=", "|~", "!~")
_MATCHING = ("=", "!=", "=~", "!~")


@dataclass(slots=True)
class Parsed:
    """What a query refers to.

    `streams`: each selector as (label, operator, value). `filtered`: names in stages. `by`: names that are added up by.
    """

    streams: list[list[tuple[str, str, str]]] = field(default_factory=list)
    filtered: set[str] = field(default_factory=set)
    by: set[str] = field(default_factory=set)
    numbers: bool = False


def parse(expr: str) -> Parsed:
    """A query taken apart. Raises ValueError where it is not LogQL."""
    parser = _Parser(expr)
    parser.query()
    return parser.parsed


def matches_empty(operator: str, value: str) -> bool:
    """Whether a matcher is content with a stream that has no such label. Loki wants one in each selector that is not."""
    found = re.fullmatch(value if "~" in operator else re.escape(value), "") is not None
    return found != operator.startswith("!")


class _Parser:
    def __init__(self, expr: str) -> None:
        self.parsed = Parsed()
        self._expr = expr
        self._tokens = list(_tokens(expr))
        self._place = 0

    def query(self) -> None:
        if self._next() == "{":
            self._lines()
        else:
            self.parsed.numbers = True
            self._metric()
        if self._next():
            raise self._wrong("the end")

    def _metric(self) -> None:
        name = self._take("name")
        if name in {"count_over_time", "rate"}:
            self._expect("(")
            self._lines()
            self._expect("[")
            self._take("duration")
            self._expect("]")
        elif name in {"sum", "max", "min", "topk"}:
            if name == "topk":
                self._expect("(")
                self._take("number")
                self._expect(",")
            else:
                self._by()
                self._expect("(")
            self._metric()
        else:
            raise self._wrong("a function")
        self._expect(")")

    def _by(self) -> None:
        if self._next() != "by":
            return
        self._take("name")
        self._expect("(")
        self.parsed.by.add(self._take("name"))
        while self._next() == ",":
            self._expect(",")
            self.parsed.by.add(self._take("name"))
        self._expect(")")

    def _lines(self) -> None:
        self._expect("{")
        matchers = [self._matcher()]
        while self._next() == ",":
            self._expect(",")
            matchers.append(self._matcher())
        self._expect("}")
        self.parsed.streams.append(matchers)
        while self._next() in (*_FILTERS, "|"):
            if self._expect(self._next()) == "|":
                self.parsed.filtered.add(self._matcher()[0])
            else:
                self._take("text")

    def _matcher(self) -> tuple[str, str, str]:
        name = self._take("name")
        operator = self._next()
        if operator not in _MATCHING:
            raise self._wrong("= != =~ or !~")
        self._expect(operator)
        return name, operator, self._take("text")[1:-1]

    def _next(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def _take(self, kind: str) -> str:
        if self._place >= len(self._tokens) or self._tokens[self._place][0] != kind:
            raise self._wrong(f"a {kind}")
        self._place += 1
        return self._tokens[self._place - 1][1]

    def _expect(self, text: str) -> str:
        if self._next() != text:
            raise self._wrong(text)
        self._place += 1
        return text

    def _wrong(self, wanted: str) -> ValueError:
        return ValueError(f"{self._expr}: {wanted} is missing before {self._next() or 'the end'!r}")


def _tokens(expr: str) -> Iterator[tuple[str, str]]:
    place = 0
    expr = expr.strip()
    while place < len(expr):
        found = _TOKENS.match(expr, place)
        if not found or found.lastgroup is None:
            raise ValueError(f"{expr}: what is {expr[place : place + 20]!r}")
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()
