"""Every infrastructure format on its samples, and all of them against each other's."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.formats.base import Format
from parsers.formats.infrastructure import INFRASTRUCTURE
from parsers.model import Line, Record
from parsers.severity import number_of
from tests.parsers.formats.helper import DATA, assemble, golden, joined_text, lines_of, may_open

NAMES = [format_.name for format_ in INFRASTRUCTURE]
SAMPLES = sorted(sample for name in NAMES for sample in (DATA / name).glob("*.log"))
STARTS_STRONG = [sample for sample in SAMPLES if any(f.strong and f.opens(sample.read_bytes()) for f in INFRASTRUCTURE)]


def sample_name(sample: Path) -> str:
    return f"{sample.parent.name}/{sample.stem}"


def first_lines() -> Iterator[tuple[Path, Record]]:
    for sample in SAMPLES:
        for record in assemble(sample.read_bytes(), INFRASTRUCTURE)[0]:
            yield sample, record


HEADS = sorted({record.lines[0].data for _, record in first_lines()})


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("format_", INFRASTRUCTURE, ids=NAMES)
def test_a_format_without_a_sample_does_not_count(format_: Format) -> None:
    openers = [record for sample, record in first_lines() if sample.parent.name == format_.name]
    assert any(record.format is format_ for record in openers)


@pytest.mark.parametrize("sample", SAMPLES, ids=sample_name)
def test_a_sample_gives_exactly_the_expected_records(sample: Path) -> None:
    expected = json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))
    assert golden(sample.read_bytes(), INFRASTRUCTURE) == expected


def test_no_expectation_is_without_its_sample() -> None:
    partners = {sample.with_suffix(".json") for sample in SAMPLES}
    assert {path for name in NAMES for path in (DATA / name).glob("*.json")} == partners


@pytest.mark.parametrize("sample", SAMPLES, ids=sample_name)
def test_no_line_is_lost_doubled_or_moved(sample: Path) -> None:
    text = sample.read_bytes()
    assert joined_text(*assemble(text, INFRASTRUCTURE)) == text


def test_no_first_line_has_two_owners() -> None:
    for _, record in first_lines():
        line = record.lines[0].data
        assert [f.name for f in INFRASTRUCTURE if f.opens(line)] == [record.format.name], line


def test_the_cheap_filter_agrees_with_the_pattern() -> None:
    for _, record in first_lines():
        assert may_open(record.format, record.lines[0].data)


def test_every_severity_has_a_number() -> None:
    for _, record in first_lines():
        fields = record.format.fields(record)
        assert fields.severity_text is None or number_of(fields.severity_text), fields


@given(st.lists(st.sampled_from(STARTS_STRONG), max_size=6))
def test_what_follows_changes_no_record(samples: list[Path]) -> None:
    texts = [sample.read_bytes() for sample in samples]
    apart = [expectation for text in texts for expectation in golden(text, INFRASTRUCTURE) if "format" in expectation]
    together = golden(b"".join(texts), INFRASTRUCTURE) if texts else []
    assert [expectation for expectation in together if "format" in expectation] == apart


@given(st.sampled_from(SAMPLES), st.data())
def test_a_text_cut_anywhere_is_still_read_without_loss(sample: Path, data: st.DataObject) -> None:
    text = sample.read_bytes()
    cut = text[: data.draw(st.integers(1, len(text) - 1))].removesuffix(b"\n") + b"\n"
    records, unparsed = assemble(cut, INFRASTRUCTURE)
    assert joined_text(records, unparsed) == cut
    for record in records:
        record.format.fields(record)


@given(st.binary(max_size=200))
def test_no_pattern_fails_on_any_bytes(line: bytes) -> None:
    for format_ in INFRASTRUCTURE:
        if format_.opens(line):
            format_.fields(Record(format_, [Line(line, 0, len(line), 1)], format_.begin(line)))


@given(st.sampled_from(HEADS), st.data())
def test_no_damaged_first_line_breaks_its_format(line: bytes, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(begin, min(len(line), begin + 8)))
    middle = data.draw(st.binary(max_size=4) | st.text("0123456789.:-[]{}()<>|/ \"\\'", max_size=12).map(str.encode))
    damaged = (line[:begin] + middle + line[end:]).replace(b"\n", b" ")
    for format_ in INFRASTRUCTURE:
        if format_.opens(damaged):
            format_.fields(Record(format_, lines_of(damaged), format_.begin(damaged)))


def by_key(sample: Path) -> dict[tuple[Any, ...], str]:
    records, _ = assemble(sample.read_bytes(), INFRASTRUCTURE)
    fields = [record.format.fields(record) for record in records]
    return {(said.time, said.severity_text, said.attributes["erlang.pid"]): said.body for said in fields}


def test_rabbitmq_says_the_same_in_text_and_in_json() -> None:
    text, structured = (by_key(DATA / name / "same_messages.log") for name in ("rabbitmq.text", "rabbitmq.json"))
    assert text == structured
    assert any("\n" in body for body in text.values())


def test_a_first_line_of_another_format_is_refused_loudly() -> None:
    record = Record(INFRASTRUCTURE[0], lines_of(b"nothing of vlog\n"))
    with pytest.raises(ValueError, match=r"ovs\.vlog cannot begin with"):
        record.format.fields(record)
