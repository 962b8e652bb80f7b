"""A JSON Patch (RFC 6902) from one JSON value to another: as small as our changes are, which add and seldom replace."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Operation = dict[str, Any]


def difference(before: Any, after: Any) -> list[Operation]:
    """Operations that make `after` of `before`, in their order. Lists that grew at their end get the new members alone."""
    return list(_changes(before, after, ""))


def _changes(before: Any, after: Any, path: str) -> Iterator[Operation]:
    if isinstance(before, dict) and isinstance(after, dict):
        changes = list(_in_mapping(before, after, path))
        whole = {"op": "replace", "path": path, "value": after}
        loses = before.keys() - after.keys()  # a probe that is another one; what only grows is never replaced
        yield from [whole] if loses and _size(changes) > _size([whole]) else changes
    elif isinstance(before, list) and isinstance(after, list) and len(after) >= len(before):
        yield from _in_list(before, after, path)
    elif not _equal(before, after):
        yield {"op": "replace", "path": path, "value": after}


def _in_mapping(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Operation]:
    for key in before:
        if key not in after:
            yield {"op": "remove", "path": f"{path}/{_escaped(key)}"}
    for key, value in after.items():
        place = f"{path}/{_escaped(key)}"
        if key in before:
            yield from _changes(before[key], value, place)
        else:
            yield {"op": "add", "path": place, "value": value}


def _in_list(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Operation]:
    for index, value in enumerate(before):
        yield from _changes(value, after[index], f"{path}/{index}")
    for value in after[len(before) :]:
        yield {"op": "add", "path": f"{path}/-", "value": value}


def _size(operations: list[Operation]) -> int:
    return len(json.dumps(operations))


def _equal(one: Any, other: Any) -> bool:
    """As JSON has it: true is not 1."""
    return type(one) is type(other) and bool(one == other)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
