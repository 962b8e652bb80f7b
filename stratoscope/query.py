"""The search language of `stratoscope search` and of the page: text in, a tree out.

    connection refused                  both words, in any order
    "lost connection"  timeou*          words side by side; the beginning of a word
    service:nova -logger:nova.compute*  a field; not; a field's beginning
    level>=ERROR status:5xx             a severity, a number
    (galera OR rabbitmq) since:15m      either; times hold for the whole search

Pure: no clock (`now` is an argument), no database. What a field is called in the store is `stratoscope.query_sql`'s business.
"""

import difflib
import re
from dataclasses import dataclass

from stratoscope.when import moment

MAX_LENGTH = 2000
MAX_DEPTH = 20
"""Parentheses and nots inside each other; SQLite's own parser of full-text searches gives up at about 50."""
MAX_TERMS = 64

TEXT_FIELDS = (
    *("service", "logger", "host", "pod", "container", "namespace", "instance", "request_id", "trace_id"),
    *("fingerprint", "dependency", "exception", "user", "project", "format", "quality", "file"),
)
"""Fields that hold words. They are compared whole, capitals or not; a `*` at the end asks for the beginning."""

LEVELS = {
    "trace": (1, 4),
    "debug": (5, 8),
    "info": (9, 12),
    "notice": (10, 10),
    "audit": (10, 10),
    "warn": (13, 16),
    "warning": (13, 16),
    "error": (17, 20),
    "critical": (21, 24),
    "fatal": (21, 24),
}
"""Severity names as OpenTelemetry severity numbers, first and last."""

NUMBER_FIELDS = {"level": (1, 24), "status": (100, 599)}
TIME_FIELDS = ("since", "until")
FIELDS = (*TEXT_FIELDS, *NUMBER_FIELDS, *TIME_FIELDS)
ALIASES = {"severity": "level", "request": "request_id", "trace": "trace_id", "req": "request_id"}

_TOKEN = re.compile(
    r"""\s* (?: (?P<open>\() | (?P<close>\)) | (?P<minus>-(?=[^\s)])) | "(?P<phrase>[^"]*)(?P<quote>"?)
        | (?P<field>[A-Za-z_]+) (?P<op>:|>=|<=|=|>|<) (?P<value>"[^"]*"? | [^\s()"]*)
        | (?P<word>[^\s()"]+) )""",
    re.VERBOSE,
)


class QueryError(ValueError):
    """A search that cannot be understood: what is wrong, at which column (from 1), and what to do about it."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.message = message
        self.column = column


@dataclass(frozen=True, slots=True)
class Words:
    """Words that stand side by side in the message or the exception. `prefix`: the last one may go on."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field that equals `value` (or begins with it), capitals or not."""

    name: str
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """A field of numbers between `low` and `high`, both included. Empty if `low > high`."""

    name: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Not:
    """What `node` does not match."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """What all nodes match."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What one of the nodes matches."""

    nodes: tuple["Node", ...]


Node = Words | Field | Range | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """A whole search. `node` None matches everything; `since` and `until` are epoch seconds, the later one excluded."""

    node: Node | None = None
    since: float | None = None
    until: float | None = None


def parse(text: str, now: float) -> Query:
    """The search that `text` asks for; `now` (epoch seconds) is what `since:15m` counts back from. Raises QueryError."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the search is {len(text)} characters long, the limit is {MAX_LENGTH}; shorten it", MAX_LENGTH + 1)
    return _Parser(text, now).query()


class _Parser:
    """Recursive descent over the tokens; one instance per search."""

    def __init__(self, text: str, now: float) -> None:
        self._text = text.rstrip()
        self._now = now
        self._tokens = self._lex()
        self._next = 0
        self._terms = 0
        self._depth = 0
        self._not_depth = 0
        self._times: dict[str, float] = {}

    def _lex(self) -> list[re.Match[str]]:
        tokens, at = [], 0
        for index, char in enumerate(self._text):
            if char == "\0" or "\ud800" <= char <= "\udfff":
                raise QueryError(f"{char!a} is not a character that can be searched for; leave it out", index + 1)
        while at < len(self._text):
            match = _TOKEN.match(self._text, at)
            if match is None:  # only blanks can be left, and the text has none at its end
                break
            tokens.append(match)
            at = match.end()
        return tokens

    def query(self) -> Query:
        node = self._either() if self._tokens else None
        token = self._peek()
        if token is not None:
            raise QueryError("this ) closes nothing; remove it or add a (", _column(token))
        since, until = self._times.get("since"), self._times.get("until")
        if since is not None and until is not None and since >= until:
            raise QueryError("since: is not before until:; exchange or change them", 1)
        return Query(node, since, until)

    def _peek(self) -> re.Match[str] | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take_word(self, word: str) -> bool:
        token = self._peek()
        if token is None or token["word"] != word:
            return False
        self._next += 1
        return True

    def _either(self) -> Node | None:
        start = self._peek()
        sides = [self._all()]
        while self._take_word("OR"):
            sides.append(self._all())
        if len(sides) == 1:
            return sides[0]
        nodes = tuple(side for side in sides if side is not None)
        if len(nodes) < len(sides):
            raise QueryError("since: and until: hold for the whole search, not for one side of OR", _column(start))
        return Or(nodes)

    def _all(self) -> Node | None:
        nodes: list[Node] = []
        needed = True
        while True:
            token = self._peek()
            if token is None or token["close"] or token["word"] == "OR":
                break
            node = self._one(token)
            if node is not None:
                nodes.append(node)
            needed = self._take_word("AND")
        if needed:
            column = len(self._text) + 1 if token is None else _column(token)
            raise QueryError("a word or a field is missing here; quote AND, OR and NOT to search for these words", column)
        return And(tuple(nodes)) if len(nodes) > 1 else nodes[0] if nodes else None

    def _one(self, token: re.Match[str]) -> Node | None:
        if token["minus"] or token["word"] == "NOT":
            return self._negation(token)
        if token["open"]:
            return self._group(token)
        self._next += 1
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise QueryError(f"more than {MAX_TERMS} words and fields; search for less at once", _column(token))
        if token["field"]:
            return self._field(token)
        if token["phrase"] is not None:
            return self._phrase(token)
        text, prefix = _starred(token["word"], _column(token))
        return Words(_searchable(text, _column(token)), prefix)

    def _enter(self, token: re.Match[str]) -> None:
        self._next += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(f"more than {MAX_DEPTH} parentheses or nots inside each other; simplify", _column(token))

    def _negation(self, token: re.Match[str]) -> Node:
        self._enter(token)
        self._not_depth += 1
        after = self._peek()
        if after is None or after["close"] or after["word"] in {"AND", "OR"}:
            raise QueryError("NOT needs something after it", _column(token))
        node = self._one(after)
        if node is None:
            raise QueryError("times cannot be negated; exchange since: and until:", _column(token))
        self._depth -= 1
        self._not_depth -= 1
        return Not(node)

    def _group(self, token: re.Match[str]) -> Node | None:
        self._enter(token)
        node = self._either()
        end = self._peek()
        if end is None:
            raise QueryError("this ( is never closed; add a )", _column(token))
        self._next += 1
        self._depth -= 1
        return node

    def _phrase(self, token: re.Match[str]) -> Words:
        if not token["quote"]:
            raise QueryError('this " is never closed; add another one', _column(token))
        return Words(_searchable(token["phrase"], _column(token)))

    def _field(self, token: re.Match[str]) -> Node | None:
        name = ALIASES.get(token["field"].lower(), token["field"].lower())
        column = _column(token)
        if name not in FIELDS:
            raise QueryError(_unknown(token["field"], token[0].strip()), column)
        value, quoted = _value(token["value"], name, column)
        if name in NUMBER_FIELDS:
            return _range(name, token["op"], value, column)
        if token["op"] not in {":", "="}:
            raise QueryError(f"{name} is no number; write {name}:{value}", column)
        if name in TIME_FIELDS:
            self._time(name, value, column)
            return None
        text, prefix = (value, False) if quoted else _starred(value, column)
        if not text:
            raise QueryError(f"{name}:* matches all and nothing; write the beginning of a value before the *", column)
        return Field(name, text, prefix)

    def _time(self, name: str, value: str, column: int) -> None:
        if self._not_depth:
            raise QueryError("times cannot be negated; exchange since: and until:", column)
        if name in self._times:
            raise QueryError(f"{name}: stands here twice; remove one", column)
        try:
            self._times[name] = moment(value, self._now)
        except ValueError as error:
            raise QueryError(f"{name}: {error}", column) from None


def _column(token: re.Match[str] | None) -> int:
    if token is None:
        return 1
    return token.end() - len(token[0].lstrip()) + 1


def _unknown(name: str, whole: str) -> str:
    near = difflib.get_close_matches(name.lower(), FIELDS, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(FIELDS)};"
    return f'there is no field {name!r}; {hint} To search the text for it, quote it: "{whole.replace(chr(34), "")}"'


def _value(text: str, name: str, column: int) -> tuple[str, bool]:
    quoted = text.startswith('"')
    if quoted and (len(text) == 1 or not text.endswith('"')):
        raise QueryError('this " is never closed; add another one', column)
    value = text[1:-1].strip() if quoted else text
    if not value:
        raise QueryError(f"{name} needs a value, written without a blank: {name}:value", column)
    return value, quoted


def _starred(text: str, column: int) -> tuple[str, bool]:
    """A word without the `*` at its end, and whether it had one."""
    if "*" in text[:-1]:
        raise QueryError(f'a * can only stand at the end of a word; quote the word to search for it: "{text}"', column)
    return (text[:-1], True) if text.endswith("*") else (text, False)


def _searchable(text: str, column: int) -> str:
    if not any(char.isalnum() for char in text):
        raise QueryError(f"{text!r} has no letter or digit to search for; the index knows words and numbers only", column)
    return text


def _range(name: str, op: str, value: str, column: int) -> Range:
    least, most = NUMBER_FIELDS[name]
    low, high = _bounds(name, value, column)
    if op == ">=":
        return Range(name, low, most)
    if op == ">":
        return Range(name, high + 1, most)
    if op == "<=":
        return Range(name, least, high)
    if op == "<":
        return Range(name, least, low - 1)
    return Range(name, low, high)


def _bounds(name: str, value: str, column: int) -> tuple[int, int]:
    least, most = NUMBER_FIELDS[name]
    if name == "level" and value.lower() in LEVELS:
        return LEVELS[value.lower()]
    if name == "status" and re.fullmatch("[1-5]xx", value, re.IGNORECASE):
        return int(value[0]) * 100, int(value[0]) * 100 + 99
    if re.fullmatch("[0-9]{1,3}", value) and least <= int(value) <= most:
        return int(value), int(value)
    names = f" or one of {', '.join(LEVELS)}" if name == "level" else " or a class like 5xx"
    raise QueryError(f"{value!r} is no {name}; write a number from {least} to {most}{names}", column)
