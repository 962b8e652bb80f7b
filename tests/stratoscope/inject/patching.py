"""RFC 6902, as far as our patches go."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any


def applied(value: Any, patch: Iterable[Mapping[str, Any]]) -> Any:
    """The value after the operations. An operation that does not fit raises."""
    whole = {"": copy.deepcopy(value)}
    for operation in patch:
        words = [word.replace("~1", "/").replace("~0", "~") for word in operation["path"].split("/")]
        holder: Any = whole
        for word in words[:-1]:
            holder = holder[int(word)] if isinstance(holder, list) else holder[word]
        _do(holder, words[-1], operation)
    return whole[""]


def _do(holder: Any, key: str, operation: Mapping[str, Any]) -> None:
    value = copy.deepcopy(operation.get("value"))
    match operation["op"], holder:
        case "add", list() if key == "-":
            holder.append(value)
        case "add", dict():
            assert key not in holder, f"{operation['path']} is there already"
            holder[key] = value
        case "replace", list():
            holder[int(key)] = value
        case "replace", dict():
            assert key in holder, f"{operation['path']} is not there"
            holder[key] = value
        case "remove", dict():
            del holder[key]
        case other:
            raise AssertionError(f"not to be expected: {other}")
