"""A JSON Patch applied to a tree. What it does not name stays as it was written."""

from collections.abc import Iterable
from collections.abc import Sequence as Words

from stratoscope.inject.difference import Operation
from stratoscope.inject.manifests.tree import Mapping, Node, Scalar, Sequence, flat, mapping, sequence
from stratoscope.inject.manifests.values import key_of, node_of

Place = Words[str | int]


def patched(root: Node, place: Place, operations: Iterable[Operation]) -> Node:
    """A new tree, in which the operations were done on what is at a place."""
    for operation in operations:
        pointer = [_unescaped(word) for word in operation["path"].split("/")[1:]]
        value = None if operation["op"] == "remove" else node_of(operation["value"])
        root = _changed(root, [*place, *pointer], value)
    return root


def _changed(node: Node, path: Place, value: Node | None) -> Node:
    """Set what is at the path, or remove it (None)."""
    if not path:
        return value if value is not None else Scalar("null")
    if isinstance(node, Mapping):
        return _in_mapping(flat(node), str(path[0]), path[1:], value)
    if isinstance(node, Sequence):
        return _in_sequence(node, path, value)
    raise KeyError(path[0])


def _in_mapping(node: Mapping, key: str, path: Place, value: Node | None) -> Mapping:
    pairs = list(node.pairs)
    at = next((index for index in reversed(range(len(pairs))) if key_of(pairs[index][0]) == key), None)
    if not path and value is None:
        pairs = [pair for pair in pairs if key_of(pair[0]) != key]
    elif at is None:
        pairs.append((node_of(key), value if not path and value is not None else _changed(Scalar("null"), path, value)))
    else:
        pairs[at] = (pairs[at][0], _changed(pairs[at][1], path, value))
    return mapping(tuple(pairs), node.flow, node.tag)


def _in_sequence(node: Sequence, path: Place, value: Node | None) -> Sequence:
    items = list(node.items)
    if path[0] == "-" and value is not None:
        items.append(value)
    else:
        index = int(path[0])
        items[index] = _changed(items[index], path[1:], value)
    return sequence(tuple(items), node.flow, node.tag)


def _unescaped(word: str) -> str:
    return word.replace("~1", "/").replace("~0", "~")
