"""Chunks become written events: with a parser that makes an event of each whole line."""

from collectors.model import Chunk
from parsers.model import Event
from stratoscope.filters import Filter
from stratoscope.output import ORIGINAL
from stratoscope.parsing import Parsing, Selection


class LineParser:
    """One event per line; a line that begins with a blank waits for `expire` or `close`."""

    def __init__(self, path: str, offset: int, line: int) -> None:
        self.start = (path, offset, line)
        self.rest = b""
        self.held: list[Event] = []

    def feed(self, data: bytes, now: float) -> list[Event]:
        *whole, self.rest = (self.rest + data).split(b"\n")
        self.held += [self.event(line) for line in whole if line.startswith(b" ")]
        return [self.event(line) for line in whole if not line.startswith(b" ")]

    def event(self, line: bytes) -> Event:
        return {"body": line.decode(), "attributes": {ORIGINAL: line.decode()}, "source": {"start": self.start}}

    def expire(self, now: float) -> list[Event]:
        held, self.held = self.held, []
        return held

    def close(self) -> list[Event]:
        return self.expire(0) + ([self.event(self.rest)] if self.rest else [])


class Written:
    def __init__(self, *filters: Filter, drop_original: bool = False, observed: bool = False) -> None:
        self.batches: list[list[Event]] = []
        selection = Selection(list(filters), drop_original=drop_original, observed=observed)
        self.parsing = Parsing(LineParser, self.batches.append, selection)

    def take(self, data: bytes, *, path: str = "a", offset: int = 0, line: int = 1, ended: bool = False) -> None:
        self.parsing.take(Chunk(path, f"id of {path}", offset, line, data, ended), 1_795_404_900.5)

    def bodies(self) -> list[str]:
        return [event["body"] for batch in self.batches for event in batch]


def test_each_input_has_its_own_parser_that_begins_where_the_first_chunk_stands() -> None:
    written = Written()
    written.take(b"one\ntw", path="a", offset=700, line=8)
    written.take(b"uno\n", path="b")
    written.take(b"o\n", path="a", offset=706, line=9)
    assert written.bodies() == ["one", "uno", "two"]
    assert [batch[0]["source"]["start"] for batch in written.batches] == [("a", 700, 8), ("b", 0, 1), ("a", 700, 8)]


def test_an_ended_input_is_closed_and_begins_anew_if_it_comes_again() -> None:
    written = Written()
    written.take(b"one\nrest")
    written.take(b"", ended=True)
    written.take(b"two\n")
    assert written.bodies() == ["one", "rest", "two"]


def test_idle_records_and_at_the_end_all_are_written() -> None:
    written = Written()
    written.take(b" idle\n")
    assert (written.bodies(), written.parsing.matched) == ([], False)
    written.parsing.expire(0)
    written.take(b" open\nrest")
    written.parsing.close(0)
    written.parsing.close(0)
    assert (written.bodies(), written.parsing.matched) == ([" idle", " open", "rest"], True)


def test_nothing_is_written_where_nothing_matches() -> None:
    written = Written(lambda event: event["body"] > "b", lambda event: event["body"] < "d")
    written.take(b"a\ne\n")
    assert (written.batches, written.parsing.matched) == ([], False)
    written.take(b"c\nz\n")
    assert (written.bodies(), written.parsing.matched) == (["c"], True)


def test_the_original_text_is_dropped_where_only_the_filters_needed_it() -> None:
    written = Written(lambda event: ORIGINAL in event["attributes"], drop_original=True)
    written.take(b"a\n")
    assert written.batches[0][0]["attributes"] == {}


def test_the_time_of_reading_is_told_if_asked_for() -> None:
    written = Written(observed=True)
    written.take(b"a\n")
    assert written.batches[0][0]["observed_timestamp"] == "2026-11-23T03:35:00.500000Z"
