"""As much of OpenSearch's query language as is compiled to, evaluated over documents. Anything else is an error."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

Document = dict[str, Any]
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2262, 4, 11, 23, 47, 16, 854775, UTC)
"""A real OpenSearch answers 400 where a `date_nanos` is compared with what is not between."""


def matches(query: dict[str, Any], document: Document) -> bool:
    """Whether the document matches."""
    ((kind, body),) = query.items()
    return _KINDS[kind](body, document)


def _bool(body: dict[str, Any], document: Document) -> bool:
    assert set(body) <= {"filter", "should", "must_not", "minimum_should_match"}
    should = body.get("should")
    return (
        all(matches(one, document) for one in body.get("filter", ()))
        and not any(matches(one, document) for one in body.get("must_not", ()))
        and (should is None or any(matches(one, document) for one in should))
    )


def values(document: Document, field: str) -> Iterator[Any]:
    """What an index has for a field: dots lead into objects, or are part of a name; lists hold several values."""
    yield from _values(document, field)


def _values(value: Any, field: str) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _values(one, field)
    elif not field:
        if not isinstance(value, dict):
            yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if field == name or field.startswith(f"{name}."):
                yield from _values(inner, field[len(name) + 1 :])


def _keyword(body: dict[str, Any]) -> tuple[str, str]:
    ((field, told),) = body.items()
    assert told["case_insensitive"] is True
    return field, told["value"].casefold()


def _term(body: dict[str, Any], document: Document) -> bool:
    field, wanted = _keyword(body)
    return any(str(one).casefold() == wanted for one in values(document, field))


def _prefix(body: dict[str, Any], document: Document) -> bool:
    field, wanted = _keyword(body)
    return any(str(one).casefold().startswith(wanted) for one in values(document, field))


def _regexp(body: dict[str, Any], document: Document) -> bool:
    ((field, told),) = body.items()
    return any(re.fullmatch(told["value"], str(one), re.IGNORECASE | re.DOTALL) for one in values(document, field))


def _range(body: dict[str, Any], document: Document) -> bool:
    ((field, told),) = body.items()
    if field == "@timestamp":
        time = datetime.fromisoformat(document[field])
        between = {name: datetime.fromisoformat(one) for name, one in told.items()}
        assert set(between) <= {"gte", "lt"}
        assert all(_FIRST <= one <= _LAST for one in between.values())
        return between.get("gte", time) <= time < between.get("lt", time + timedelta(1))
    assert set(told) == {"gte", "lte"}
    return any(told["gte"] <= one <= told["lte"] for one in values(document, field))


def words(text: str) -> list[str]:
    """The words that the analyzer of the index template makes of a text."""
    return [word.casefold() for word in re.findall(r"[^\W_]+", text)]


def _multi_match(body: dict[str, Any], document: Document) -> bool:
    wanted, prefix = words(body["query"]), body["type"] == "phrase_prefix"
    assert prefix or body["type"] == "phrase"
    return any(
        _stands_in(wanted, words(str(one)), prefix=prefix) for field in body["fields"] for one in values(document, field)
    )


def _stands_in(wanted: list[str], found: list[str], *, prefix: bool) -> bool:
    size = len(wanted)
    for start in range(len(found) - size + 1):
        part = found[start : start + size]
        if part == wanted or (prefix and part[:-1] == wanted[:-1] and part[-1].startswith(wanted[-1])):
            return True
    return False


_KINDS: dict[str, Callable[[dict[str, Any], Document], bool]] = {
    "bool": _bool,
    "term": _term,
    "prefix": _prefix,
    "regexp": _regexp,
    "range": _range,
    "multi_match": _multi_match,
    "match_all": lambda _, __: True,
    "match_none": lambda _, __: False,
}
