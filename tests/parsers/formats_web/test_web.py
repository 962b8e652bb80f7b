"""Every web and JSON format on its samples, and all of them against each other's and the infrastructure's."""

import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.formats.base import Format
from parsers.formats.infrastructure import INFRASTRUCTURE
from parsers.formats.web import WEB
from parsers.model import Line, Record
from parsers.severity import number_of
from parsers.timestamps import TimeReader
from tests.parsers.formats.helper import DATA, assemble, golden, joined_text, may_open

NAMES = [format_.name for format_ in WEB]
SAMPLES = sorted(sample for name in NAMES for sample in (DATA / name).glob("*.log"))
OTHER_SAMPLES = sorted(sample for format_ in INFRASTRUCTURE for sample in (DATA / format_.name).glob("*.log"))
ALL = (*WEB, *INFRASTRUCTURE)

HUGE = {
    "json": b'{"message":"' + b"x" * 2_000_000 + b'","level":"info"}',
    "json, no UTF-8": b'{"message":"' + b"\xff" * 200_000 + b'","level":"info"}',
    "json, deep": b'{"message":"x","level":"i","a":' + b"[" * 900 + b"]" * 900 + b"}",
    "json, deep and cut": b'{"a":' * 100_000,
    "addresses": b"a, " * 100_000,
    "words for a user": b"127.0.0.1 - " + b"x " * 100_000 + b"[",
    "quotes in an access line": b'127.0.0.1 - - [23/Nov/2026:16:06:26 +0000] "' + b'\\"' * 100_000,
    "quotes in a line of eventlet": b'127.0.0.1 - - [23/Nov/2026 03:48:52] "' + b'" 200 ' * 50_000,
    "brackets of uWSGI": b"[pid: 1|app: 0|req: 1/1] " + b"( " * 100_000,
    "arrows of uWSGI": b"[pid: 1|app: 0|req: 1/1] a () {1 vars in 1 bytes} [Mon Nov 23 15:55:19 2026] GET "
    + b"=> generated 1 " * 50_000,
    "logger": b"2026-11-23 16:12:45,067 1 ERROR " + b"a." * 100_000,
    "frame": b"x" * 250 + b"(" * 100_000,
}


def sample_name(sample: Path) -> str:
    return f"{sample.parent.name}/{sample.stem}"


def records_of(samples: list[Path], formats: tuple[Format, ...]) -> Iterator[Record]:
    for sample in samples:
        yield from assemble(sample.read_bytes(), formats)[0]


RECORDS = list(records_of(SAMPLES, WEB))
HEADS = sorted({record.lines[0].data for record in RECORDS})


def owners(line: bytes, formats: tuple[Format, ...]) -> list[str]:
    """Who takes a line, as a stream with no open record would ask: the others only where no strong format does."""
    strong = [format_.name for format_ in formats if format_.strong and may_open(format_, line)]
    return strong or [format_.name for format_ in formats if not format_.strong and may_open(format_, line)]


class TestSamples:
    def test_names_are_unique(self) -> None:
        assert len({format_.name for format_ in ALL}) == len(ALL)

    @pytest.mark.parametrize("name", NAMES)
    def test_a_format_without_a_sample_does_not_count(self, name: str) -> None:
        own = [sample for sample in SAMPLES if sample.parent.name == name]
        assert any(record.format.name == name for record in records_of(own, WEB))

    @pytest.mark.parametrize("sample", SAMPLES, ids=sample_name)
    def test_a_sample_gives_exactly_the_expected_records(self, sample: Path) -> None:
        assert golden(sample.read_bytes(), WEB) == json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))

    def test_no_expectation_is_without_its_sample(self) -> None:
        partners = {sample.with_suffix(".json") for sample in SAMPLES}
        assert {path for name in NAMES for path in (DATA / name).glob("*.json")} == partners

    @pytest.mark.parametrize("sample", SAMPLES, ids=sample_name)
    def test_no_line_is_unknown_lost_doubled_or_moved(self, sample: Path) -> None:
        text = sample.read_bytes()
        records, unparsed = assemble(text, WEB)
        assert not unparsed
        assert joined_text(records, unparsed) == text


class TestOwners:
    def test_a_first_line_has_one(self) -> None:
        for line in HEADS:
            assert len(owners(line, ALL)) == 1, line

    def test_a_line_of_the_infrastructure_has_none_here(self) -> None:
        for record in records_of(OTHER_SAMPLES, INFRASTRUCTURE):
            line = record.lines[0].data
            assert [f.name for f in WEB if f.strong and may_open(f, line)] == [], line

    def test_is_found_behind_the_cheap_filter(self) -> None:
        for line in HEADS:
            assert [f for f in WEB if f.opens(line)] == [f for f in WEB if may_open(f, line)], line

    @pytest.mark.parametrize(
        "line",
        [
            b"",
            b"2026-11-23 03:33:01.808 4349 INFO nova.compute.manager [-] hello",
            b"2026-11-23 03:33:01,808 4349 ERROR nova.compute.manager [req-1 g - - - -] hello",
            b"{'message': 'a dictionary of Python', 'level': 'info'}",
            b'{"message": "no level and no time"}',
            b'{"message": "cut", "level": "inf',
            b'["message", "level"]',
            b'{"message": 5, "level": "info"}',
            b"[instance: aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee] Attempting claim",
            b"10.0.0.1 - - and so on",
            b"worker 1 has a problem",
            b"Traceback (most recent call last):",
        ],
    )
    def test_of_other_lines_there_are_none(self, line: bytes) -> None:
        assert owners(line, WEB) == []


class TestFields:
    def test_can_be_normalised(self) -> None:
        for record in RECORDS:
            fields = record.format.fields(record)
            assert fields.time is None or TimeReader(UTC, None)(fields.time), fields
            assert fields.severity_number or fields.severity_text is None or number_of(fields.severity_text), fields
            json.dumps(fields.attributes, allow_nan=False)


class TestAnyText:
    @given(st.sampled_from(SAMPLES), st.data())
    def test_cut_anywhere_is_still_read_without_loss(self, sample: Path, data: st.DataObject) -> None:
        text = sample.read_bytes()
        cut = text[: data.draw(st.integers(1, len(text) - 1))].removesuffix(b"\n") + b"\n"
        records, unparsed = assemble(cut, WEB)
        assert joined_text(records, unparsed) == cut
        for record in records:
            record.format.fields(record)

    @given(st.sampled_from(HEADS), st.data())
    def test_that_was_damaged_breaks_no_format(self, line: bytes, data: st.DataObject) -> None:
        begin = data.draw(st.integers(0, len(line)))
        end = data.draw(st.integers(begin, min(len(line), begin + 8)))
        damaged = line[:begin] + data.draw(st.binary(max_size=12)).replace(b"\n", b" ") + line[end:]
        for format_ in WEB:
            if may_open(format_, damaged):
                format_.fields(Record(format_, [Line(damaged, 0, len(damaged), 1)], format_.begin(damaged)))

    @pytest.mark.parametrize("line", HUGE.values(), ids=HUGE)
    def test_that_is_huge_is_looked_at_in_linear_time(self, line: bytes) -> None:
        for format_ in WEB:
            if may_open(format_, line):
                format_.fields(Record(format_, [Line(line, 0, len(line), 1)], format_.begin(line)))
