"""What a browser asked for: a search, a stretch of time, and the addresses of its neighbours.

Times are parameters of their own, `since` and `until`, in the search language's words: so that a click can move them
without rewriting what was typed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from stratoscope.query import ALIASES, FIELDS, Query, QueryError, parse
from stratoscope.when import moment

_EITHER = re.compile(r"(?:^|\s)OR(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What of it cannot be understood. `column` counts from 1 in the search; None: it is another parameter."""

    text: str
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """`q` as typed, `since` and `until` as in the address. `query` is all three together; None with a `fault`."""

    path: str
    q: str
    since: str
    until: str
    query: Query | None
    fault: Fault | None = None

    def link(self, path: str | None = None, **changes: object) -> str:
        """The address of the same search with changed parameters; empty ones are left out."""
        kept: dict[str, object] = {"q": self.q, "since": self.since, "until": self.until}
        return address(path or self.path, {**kept, **changes})

    def narrowed(self, field: str, value: object, *, without: bool = False) -> str:
        """The address of this search with one field more, or with that field taken away where it stands at the end."""
        return self.link("/", q=toggled(self.q, term(field, value), without=without))

    def has(self, field: str, value: object) -> bool:
        """Whether the search ends in, or is, this field."""
        return f" {self.q} ".endswith(f" {term(field, value)} ")

    def between(self, start: float, end: float) -> str:
        """The address of this search in a stretch of time."""
        return self.link(since=instant(start), until=instant(end))


def address(path: str, parameters: Mapping[str, object]) -> str:
    """A path with its parameters, the empty ones left out."""
    told = {name: str(value) for name, value in parameters.items() if value not in ("", None)}
    return f"{path}?{urlencode(told)}" if told else path


def asked(path: str, parameters: Mapping[str, str], now: float) -> Asked:
    """What the address says. Faults are values: they are shown where they are."""
    q = parameters.get("q", "").strip()
    since, until = parameters.get("since", "").strip(), parameters.get("until", "").strip()
    made = Asked(path, q, since, until, None)
    try:
        query = parse(q, now)
    except QueryError as error:
        return replace(made, fault=Fault(error.message, error.column))
    try:
        low = moment(since, now) if since else None
        high = moment(until, now) if until else None
    except ValueError as error:
        return replace(made, since="", until="", fault=Fault(f"since or until: {error}"))
    starts = [time for time in (query.since, low) if time is not None]
    ends = [time for time in (query.until, high) if time is not None]
    start, end = max(starts, default=None), min(ends, default=None)
    if start is not None and end is not None and start >= end:
        return replace(made, fault=Fault("since is not before until; exchange or change them"))
    return replace(made, query=Query(query.node, start, end))


def instant(time: float) -> str:
    """A moment as the search language reads it, as exact as needed."""
    text = datetime.fromtimestamp(time, UTC).isoformat(timespec="microseconds").removesuffix("+00:00")
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "Z"


def quoted(value: object) -> str:
    """A field's value as the search language wants it."""
    return f'"{str(value).replace(chr(34), "")}"'


def term(field: str, value: object) -> str:
    """A field and its value in the search language, quoted only where it must be."""
    name = ALIASES.get(field, field)
    plain = re.fullmatch(r"[\w.:/@-]+", str(value), re.ASCII)
    assert name in FIELDS, name  # noqa: S101  the callers are templates
    return f"{name}:{value if plain else quoted(value)}"


def toggled(q: str, one: str, *, without: bool = False) -> str:
    """A search with one more condition; or less that one, where it is the last."""
    one = f"-{one}" if without else one
    if f" {q}".endswith(f" {one}"):
        return q[: -len(one)].strip()
    return f"({q}) {one}" if _EITHER.search(q) else f"{q} {one}".strip()
