"""JSON of other programs, however odd: it is read, or it is no JSON line, but it never breaks anything."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.formats.json_generic import JSON_GENERIC
from parsers.formats.json_lines import flat, json_object, text_of
from parsers.formats.oslo_json import OSLO_FLUENT, OSLO_JSON
from parsers.model import Line, Record

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def line_of(text: bytes) -> Line:
    return Line(text, 0, len(text) + 1, 1)


class TestWhatPythonWrites:
    @given(st.dictionaries(st.text(max_size=8), values, max_size=5))
    def test_is_read_and_can_be_written_again(self, value: dict[str, Any]) -> None:
        read = json_object(json.dumps(value).encode())
        assert read is not None
        orjson.dumps(read)

    @given(st.dictionaries(st.text(max_size=8), st.text() | st.integers(-(2**62), 2**62), max_size=5))
    def test_comes_back_as_it_was_where_nothing_is_odd(self, value: dict[str, Any]) -> None:
        assert json_object(json.dumps(value).encode()) == value


class TestOddValues:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            (b'{"a": NaN}', "NaN"),
            (b'{"a": -Infinity}', "-Infinity"),
            (b'{"a": 1e999}', "1e999"),
            (b'{"a": "\\ud83d"}', "\ufffd"),
            (b'{"a": "\\ud83d\\ude00", "b": NaN}', "\U0001f600"),
            (b'{"a": "\\ude00x"}', "\ufffdx"),
            (b'{"a": "\xff\xc3\xa9"}', "\\xff\xe9"),
            (b'{"a": 123456789012345678901, "b": NaN}', "123456789012345678901"),
        ],
    )
    def test_become_text(self, text: bytes, value: str) -> None:
        read = json_object(text)
        assert read is not None
        assert read["a"] == value

    @pytest.mark.parametrize(
        "text", [b"", b"{", b"{}x", b"[]", b'"a"', b'{"a":}', b"{'a': 1}", b'{"a":' + b"[" * 300 + b"]" * 300 + b"}"]
    )
    def test_or_the_line_is_no_json(self, text: bytes) -> None:
        assert json_object(text) is None


class TestNothingIsLost:
    @given(st.dictionaries(st.text(min_size=1, max_size=8), values, max_size=6))
    def test_every_key_of_an_unknown_program_is_in_the_event(self, value: dict[str, Any]) -> None:
        line = json.dumps({"message": "x", "level": "info", **{f"k.{key}": item for key, item in value.items()}}).encode()
        assert JSON_GENERIC.opens(line)
        attributes = JSON_GENERIC.fields(Record(JSON_GENERIC, [line_of(line)])).attributes
        for key, item in value.items():
            names = [name for name in attributes if name == f"k.{key}" or name.startswith(f"k.{key}.")]
            assert names or item is None or only_nulls(item)

    def test_deep_objects_stay_objects(self) -> None:
        value: dict[str, Any] = {}
        for _ in range(20):
            value = {"a": value}
        assert list(dict(flat(value))) == [".".join("a" * 8)]


def only_nulls(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and bool(value) and all(only_nulls(item) for item in value.values()))


class TestOsloLines:
    @given(
        st.sampled_from("extra context message traceback created asctime levelname level time hostname name".split()), values
    )
    @pytest.mark.parametrize("form", [OSLO_JSON, OSLO_FLUENT], ids=lambda form: form.name)
    def test_with_any_value_anywhere_are_read(self, form: Any, key: str, value: Any) -> None:
        record = dict.fromkeys(
            ["message", "name", "levelname", "level", "created", "process", "time", "funcname", "cmdline"], "x"
        )
        line = json.dumps({**record, key: value}).encode()
        assert form.opens(line)
        fields = form.fields(Record(form, [line_of(line)]))
        assert isinstance(fields.time, str | None)
        assert isinstance(fields.severity_text, str)
        assert isinstance(fields.body, str)

    @pytest.mark.parametrize(
        ("logged", "text"),
        [("a\nb", "a\nb"), (["a\n", "b"], "a\nb"), (None, None), ("", None), ([], None), (5, None)],
    )
    def test_have_tracebacks_as_text_or_lines(self, logged: object, text: str | None) -> None:
        assert text_of(logged) == text
