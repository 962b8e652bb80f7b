"""Trees as the JSON that Kubernetes takes them for, and JSON as trees."""

from typing import Any

from stratoscope.inject.manifests.scalars import safe
from stratoscope.inject.manifests.tree import Node, Scalar, Sequence, flat, mapping, sequence


def value_of(node: Node) -> Any:
    """What a tree means."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [value_of(one) for one in node.items]
    return {key_of(key): value_of(value) for key, value in flat(node).pairs}


def key_of(node: Node) -> str:
    """A key, which is text to Kubernetes whatever it looks like. One that is a list or a mapping is none of a manifest."""
    if not isinstance(node, Scalar):
        return ""
    value = node.value
    return str(value).lower() if isinstance(value, bool) else str(value)


def node_of(value: Any) -> Node:
    """A tree that means a value, to every reader of YAML."""
    if isinstance(value, dict):
        return mapping(tuple((node_of(str(key)), node_of(one)) for key, one in value.items()))
    if isinstance(value, list):
        return sequence(tuple(node_of(one) for one in value))
    if isinstance(value, str):
        return Scalar(value, "" if safe(value) else "|" if "\n" in value else '"')
    if value is None or isinstance(value, bool):
        return Scalar("null" if value is None else str(value).lower())
    return Scalar(repr(value))
