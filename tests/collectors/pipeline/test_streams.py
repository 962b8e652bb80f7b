"""Chunks of streams become events with ids, and positions that never pass an open record."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.model import Chunk, Position
from collectors.pipeline.streams import Parser, Streams, rfc3339
from parsers.model import Event
from parsers.parser import Parser as RealParser
from tests.collectors.pipeline.made import chunk, line_parser

OBSERVED = "2026-11-23T05:00:00Z"
DATA = Path(__file__).parents[2] / "data"


def uids(events: list[Event]) -> list[str]:
    return [event["attributes"]["log.record.uid"] for event in events]


def streams(idle: int = 128) -> Streams:
    return Streams(line_parser, "run", idle)


def test_events_get_an_id_a_time_and_what_the_source_knows() -> None:
    made = streams().feed("files", chunk(b"one\ntwo\nthree\n", resource={"k8s.pod.name": "nova-0"}), 0.0, OBSERVED)
    assert uids(made) == ["1-3-abc:0", "1-3-abc:4"]
    assert {event["observed_timestamp"] for event in made} == {OBSERVED}
    assert made[0]["resource"] == {"k8s.pod.name": "nova-0"}


def test_what_the_event_says_of_itself_counts_more_than_what_the_source_knows() -> None:
    def parser(of: Chunk) -> Parser:
        class Telling(RealParser):
            def feed(self, data: bytes, now: float) -> list[Event]:
                events = super().feed(data, now)
                for event in events:
                    event["resource"]["host.name"] = "cmp1"
                return events

        return Telling()

    made = Streams(parser, "run").feed("files", chunk(b"a\nb\n", resource={"host.name": "node", "x": "y"}, ended=True), 0.0, "")
    assert made[0]["resource"]["host.name"] == "cmp1"
    assert made[0]["resource"]["x"] == "y"


@given(st.lists(st.sampled_from(["one\n", "+more\n", "torn|line\n"]), max_size=20), st.data())
def test_the_same_text_has_the_same_ids_wherever_reading_began_again(lines: list[str], data: st.DataObject) -> None:
    text = "".join(lines).encode()
    whole = streams()
    wanted = uids([*whole.feed("files", chunk(text), 0.0, ""), *whole.expire(100.0, "")])
    assert len(set(wanted)) == len(wanted)
    first = streams()
    cut = data.draw(st.integers(0, len(text)))
    begun = uids(first.feed("files", chunk(text[:cut]), 0.0, ""))
    moved = first.moved()
    at = moved[0].position.offset if moved else 0
    second = streams()
    rest = uids([*second.feed("files", chunk(text[at:], at), 0.0, ""), *second.expire(100.0, "")])
    assert begun + rest == wanted


def test_all_recorded_logs_have_unique_ids() -> None:
    for path in sorted(DATA.glob("formats/*/*.log")):
        made = Streams(lambda _: RealParser(), "run").feed("files", chunk(path.read_bytes(), ended=True), 0.0, "")
        assert len(set(uids(made))) == len(made), path


class TestThePositionNeverPassesAnOpenRecord:
    """It stands before the first line that was not given out."""

    def test_it_moves_with_what_is_given_out(self) -> None:
        kept = streams()
        kept.feed("files", chunk(b"one\ntwo\n+more\n"), 0.0, "")
        assert [one.position for one in kept.moved()] == [Position(4, 2, "a.log")]
        assert kept.moved() == []
        assert kept.unfinished == 1
        assert kept.unfinished_bytes() == 10
        kept.expire(100.0, "")
        assert [one.position.offset for one in kept.moved()] == [14]
        assert kept.unfinished == 0

    def test_an_end_gives_out_all(self) -> None:
        kept = streams()
        assert len(kept.feed("files", chunk(b"one\ntwo\n", ended=True), 0.0, "")) == 2
        assert [one.position.offset for one in kept.moved()] == [8]
        assert len(kept) == 0

    def test_a_new_stream_is_announced(self) -> None:
        kept = streams()
        kept.feed("files", chunk(b"one", 50), 0.0, "")
        assert [(one.identity, one.position.offset) for one in kept.begun()] == [("1-3-abc", 50)]
        assert kept.begun() == []


def test_a_gap_ends_the_record_before_it() -> None:
    kept = streams()
    kept.feed("files", chunk(b"one\n"), 0.0, "")
    made = kept.feed("files", chunk(b"two\nthree\n", 100), 0.0, "")
    assert uids(made) == ["1-3-abc:0", "1-3-abc:64"]


def test_a_stream_that_cannot_be_read_again_has_a_name_of_this_run_and_is_closed_at_the_end() -> None:
    kept = streams()
    kept.feed("in", chunk(b"one\n", identity="-", path="-"), 0.0, "")
    kept.feed("files", chunk(b"two\n"), 0.0, "")
    assert uids(kept.close("")) == ["-#run:0"]
    (moved,) = kept.moved()
    assert (moved.identity, moved.stream) == ("-", "-#run")


def test_parsers_of_quiet_streams_are_let_go_and_open_ones_are_kept() -> None:
    kept = streams(idle=2)
    kept.feed("files", chunk(b"open\n", identity="open"), 0.0, "")
    for number in range(5):
        kept.feed("files", chunk(b"", identity=f"s{number}"), 0.0, "")
    assert len(kept) == 3
    assert kept.unfinished == 1
    assert kept.seen == 6


def test_a_source_that_is_taken_away_is_forgotten_with_what_it_had_given_out() -> None:
    kept = streams()
    kept.feed("files", chunk(b"one\ntwo\n"), 0.0, "")
    kept.feed("other", chunk(b"one\n", identity="o"), 0.0, "")
    assert kept.forget("files") == {"1-3-abc": Position(4, 2, "a.log")}
    assert len(kept) == 1


@pytest.mark.parametrize(("wall", "text"), [(0.0, "1970-01-01T00:00:00Z"), (1.5, "1970-01-01T00:00:01.500000Z")])
def test_time_as_text(wall: float, text: str) -> None:
    assert rfc3339(wall) == text
