"""Cutting a stream of JSON objects."""

import itertools
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.framing import Framer
from clients.model import MalformedError

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", '"', "\\", "}", "{\\"]), inner, max_size=4)
    ),
    max_leaves=12,
)
_MESSAGES = st.lists(st.dictionaries(st.text(max_size=3), _VALUES, max_size=4), max_size=5)


def fed(data: bytes, cuts: list[int], limit: int = 1 << 20) -> list[Any]:
    framer = Framer("test", limit)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [value for start, end in itertools.pairwise(edges) if end > start for value in framer.feed(data[start:end])]


class TestAnyChunkingGivesTheSameMessages:
    """Bytes in, decoded JSON objects out."""

    @given(_MESSAGES, st.lists(st.integers(0, 1 << 16), max_size=20), st.sampled_from(["", "\n", " \r\n\t"]), st.booleans())
    def test_whole(self, messages: list[dict[str, Any]], cuts: list[int], between: str, ascii_only: bool) -> None:
        data = between.join(json.dumps(message, ensure_ascii=ascii_only) for message in messages).encode()
        assert fed(data, cuts) == messages

    @given(_MESSAGES)
    def test_byte_by_byte(self, messages: list[dict[str, Any]]) -> None:
        data = "".join(json.dumps(message) for message in messages).encode()
        assert fed(data, list(range(len(data)))) == messages


class TestAnythingElseIsMalformed:
    """Raises MalformedError for anything that is no JSON object."""

    @given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
    def test_any_bytes(self, data: bytes, cuts: list[int]) -> None:
        try:
            values = fed(data, cuts)
        except MalformedError:
            return
        assert all(isinstance(value, dict) for value in values)

    @given(st.text(alphabet='{}[]":,\\ud8a1 ', max_size=40))
    def test_nearly_json(self, text: str) -> None:
        try:
            values = fed(text.encode(), [])
        except MalformedError:
            return
        assert all(isinstance(value, dict) for value in values)

    @pytest.mark.parametrize(
        "data",
        [b"HTTP/1.1 400 Bad Request\r\n", b"[1]", b"}", b'{"a"}', b"{}x", b"\x15\x03\x03\x00\x02", b'{"a": "\\ud800"}'],
    )
    def test_other_protocols(self, data: bytes) -> None:
        with pytest.raises(MalformedError, match="test: "):
            fed(data, [])

    def test_a_pit_of_brackets_is_no_recursion_error(self) -> None:
        with pytest.raises(MalformedError, match="not JSON: RecursionError"):
            fed(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", [])

    def test_a_pair_of_surrogates_is_a_character(self) -> None:
        assert fed(b'{"a": "\\ud83d\\ude00"}', [9]) == [{"a": "\N{GRINNING FACE}"}]

    def test_bytes_that_are_no_utf8_are_replaced(self) -> None:
        assert fed(b'{"a": "\xff"}', []) == [{"a": "\N{REPLACEMENT CHARACTER}"}]


class TestItIsBounded:
    """...and for one of more than `limit` bytes."""

    @given(st.integers(1, 5000), st.integers(1, 300))
    def test_memory(self, size: int, chunk: int) -> None:
        framer, limit = Framer("test", 1000), 1000
        data = b'{"a": "' + b"x" * size
        try:
            for start in range(0, len(data), chunk):
                framer.feed(data[start : start + chunk])
                assert framer.held <= limit
        except MalformedError as error:
            assert len(data) > limit
            assert "more than 1000 bytes" in str(error)  # noqa: PT017  both ways out are right

    def test_time_grows_with_the_size_and_not_with_its_square(self) -> None:
        def seconds(rows: int) -> float:
            data = json.dumps({"rows": [{"name": f"tap{row}", "n": ["map", [["rx", row]]]} for row in range(rows)]}).encode()
            best = float("inf")
            for _ in range(5):
                framer, begin = Framer("test", 1 << 30), time.process_time()
                for start in range(0, len(data), 1024):
                    framer.feed(data[start : start + 1024])
                best = min(best, time.process_time() - begin)
            return best

        small, large = seconds(2_000), seconds(32_000)
        assert large < 16 * 10 * small  # the square would be 256 times as much


def test_a_hook_sees_each_object_inside_out() -> None:
    framer = Framer("test", 1000, tuple)
    assert framer.feed(b'{"a": {"b": 1, "c": {}}}') == [("a",)]
