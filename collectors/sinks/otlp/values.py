"""JSON values as OTLP's `AnyValue`: typed, nothing left out, and no value that the far side's decoder would refuse."""

from collections.abc import Mapping
from typing import Any, Protocol

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from collectors.sinks.events import clean, json_of

DEEPEST = 16
"""Levels of nesting that are kept as such; what lies deeper is JSON text. Protobuf's decoders give up at 100 levels of
messages, and a nested value takes three of them for each of its own."""

_INTEGERS = range(-(1 << 63), 1 << 63)


class KeyValues(Protocol):
    """A repeated field of KeyValue."""

    def add(self) -> KeyValue:
        """One more, at the end."""


def put_all(attributes: KeyValues, values: Mapping[str, Any]) -> None:
    """Add all of `values`."""
    add = attributes.add
    for name, value in values.items():
        pair = add()
        try:
            pair.key = name
            if type(value) is str:  # nearly all are
                pair.value.string_value = value
            else:
                put(pair.value, value)
        except (UnicodeEncodeError, TypeError):  # half of a surrogate pair; a name that is no text
            pair.key = clean(str(name))
            put(pair.value, value)


def put(target: AnyValue, value: Any, levels: int = DEEPEST) -> None:
    """Write one value. Integers beyond 64 bits become text, so that no digit is lost; None is a value that is not set."""
    if isinstance(value, str):
        target.string_value = clean(value)
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        if value in _INTEGERS:
            target.int_value = value
        else:
            target.string_value = hex(value)
    elif isinstance(value, float):
        target.double_value = value
    elif value is None:
        target.SetInParent()
    elif isinstance(value, bytes):
        target.bytes_value = value
    else:
        _put_nested(target, value, levels)


def _put_nested(target: AnyValue, value: Any, levels: int) -> None:
    if levels == 0 or not isinstance(value, Mapping | list | tuple):
        target.string_value = clean(json_of(value))
    elif isinstance(value, Mapping):
        target.kvlist_value.SetInParent()
        for name, inner in value.items():
            pair = target.kvlist_value.values.add()
            pair.key = clean(str(name))
            put(pair.value, inner, levels - 1)
    else:
        target.array_value.SetInParent()
        for inner in value:
            put(target.array_value.values.add(), inner, levels - 1)
