"""What is measured on: the generated log says truly how many events it holds."""

from itertools import islice
from pathlib import Path

import pytest

from benchmarks import naive, report
from benchmarks.logs import FORMS, Workers, cri, plain, write
from benchmarks.shapes import traced
from parsers.parser import Parser

_SIZE = 1_000_000


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_generated_log_holds_as_many_events_as_it_says(form: str, tmp_path: Path) -> None:
    written = write(tmp_path / "a.log", _SIZE, form)
    parser = Parser()
    events = parser.feed(written.path.read_bytes(), 0.0) + parser.close()
    assert len(events) == written.events
    assert not [event for event in events if set(event.get("quality", ())) & {"head_missing", "unparsed", "truncated"}]
    assert written.lines == written.path.read_bytes().count(b"\n")


def test_a_tenth_of_the_lines_stands_in_tracebacks() -> None:
    lines = in_traces = 0
    for record in islice(Workers().records(), 30_000):
        lines += plain(record).count("\n")
        if record.summary:
            in_traces += record.trace.count("\n") + record.summary.count("\n") + 2
    assert 0.09 < in_traces / lines < 0.11


def test_the_same_log_comes_each_time(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, 100_000, "cri").path.read_bytes() for name in ("a", "b"))
    assert first == second


def test_every_traceback_is_written_sooner_or_later() -> None:
    shapes = {shape.trace for shape in traced()}
    seen = set()
    for record in Workers().records():
        seen.add(record.trace)
        if seen >= shapes:
            break
    assert len(traced()) >= 25


def test_the_naive_parser_reads_every_head() -> None:
    for record in islice(Workers().records(), 2000):
        for line in (plain(record), cri(record)):
            found = naive.LINE.match(line)
            assert found is not None
            assert found["request_id"] == (record.context[1] if record.context else None)


def test_a_table_is_markdown() -> None:
    assert report.table([("a", "bc"), ("def", "")]) == "| a   | bc |\n|-----|----|\n| def |    |"
