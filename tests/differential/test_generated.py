"""What must hold of any records whatever, one class for each sentence of the contract."""

import json
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.parser import ParserOptions
from tests.differential.generated import PIDS, formatter, records
from tests.differential.parsing import chunked, events_of, lost_or_doubled, mismatches, original
from tests.differential.truths import truth_of

FORMATTER = formatter()
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
SEEDS = st.integers(0, 999)
RAW = ParserOptions(raw=True)


def entries(most: int = 15, pids: tuple[int, ...] = PIDS) -> st.SearchStrategy[list[dict[str, Any]]]:
    """What the formatters made of some records: their text and the truth about them."""
    formatted = records(pids).map(lambda record: json.loads(FORMATTER.format(record)))
    return st.lists(formatted, min_size=1, max_size=most)


def text_of(some: list[dict[str, Any]]) -> bytes:
    return b"".join(entry["text"].encode() for entry in some)


class TestOneEventForEachRecord:
    """A record is one event, and the event has every field of it."""

    @given(entries(pids=(52,)))
    @QUICK
    def test_of_one_process(self, some: list[dict[str, Any]]) -> None:
        assert mismatches(events_of([text_of(some)]), map(truth_of, some)) == []

    @given(entries())
    @QUICK
    def test_of_processes_that_write_whole_records(self, some: list[dict[str, Any]]) -> None:
        assert mismatches(events_of([text_of(some)]), map(truth_of, some)) == []

    @given(entries(), SEEDS)
    @QUICK
    def test_of_processes_whose_lines_alternate(self, some: list[dict[str, Any]], seed: int) -> None:
        text = interleaved(some, seed)
        assert mismatches(events_of([text]), map(truth_of, some)) == []


class TestNothingIsLost:
    """Every byte of the input is in exactly one event."""

    @given(entries())
    @QUICK
    def test_in_order(self, some: list[dict[str, Any]]) -> None:
        text = text_of(some)
        assert "\n".join(map(original, events_of([text], RAW))) + "\n" == text.decode()

    @given(entries(), SEEDS)
    @QUICK
    def test_interleaved(self, some: list[dict[str, Any]], seed: int) -> None:
        text = interleaved(some, seed)
        assert lost_or_doubled(text, events_of([text], RAW)) == []

    @given(st.binary(max_size=400) | st.lists(st.binary(max_size=40), max_size=9).map(b"\n".join))
    @QUICK
    def test_of_any_bytes(self, data: bytes) -> None:
        events = events_of([data], RAW)
        assert lost_or_doubled(data, events) == [] if data else events == []


class TestAnyChunkingGivesTheSameEvents:
    """How the bytes come does not matter."""

    @given(entries(), st.data())
    @QUICK
    def test_at_random_cuts(self, some: list[dict[str, Any]], data: st.DataObject) -> None:
        text = text_of(some)
        cuts = data.draw(st.lists(st.integers(1, len(text)), max_size=20))
        assert events_of(chunked(text, cuts), RAW) == events_of([text], RAW)

    @given(entries(3))
    @settings(QUICK, max_examples=15)
    def test_byte_by_byte(self, some: list[dict[str, Any]]) -> None:
        text = text_of(some)
        assert events_of(chunked(text, range(len(text))), RAW) == events_of([text], RAW)


def interleaved(some: list[dict[str, Any]], seed: int) -> bytes:
    """The processes' lines merged at random, each process's own order kept, as a slow pipe or a line-wise reader shows them.

    What has no prefix of its own stays behind the line it follows: nothing could tell whose it is.
    """
    queues = {pid: [unit for entry in some if entry["record"]["process"] == pid for unit in units(entry)] for pid in PIDS}
    turns = [pid for pid, queue in queues.items() for _ in queue]
    random.Random(seed).shuffle(turns)
    return b"".join(queues[pid].pop(0) for pid in turns)


def units(entry: dict[str, Any]) -> list[bytes]:
    """A record's text cut before each prefixed line of its traceback."""
    record = entry["record"]
    stamp = f"\n{record['asctime']}.{int(record['msecs']):03d} {record['process']} ERROR {record['name']} "
    head, *rest = entry["text"].removesuffix("\n").split(stamp) if record["traceback"] else [entry["text"].removesuffix("\n")]
    return [f"{part}\n".encode() for part in [head, *(stamp[1:] + part for part in rest)]]
