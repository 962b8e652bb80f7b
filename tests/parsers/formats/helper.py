"""A small stand-in for the assembler, enough to prove one format on its samples: one stream, one open record.

`python -m tests.parsers.formats.helper` writes the expectations of all samples anew; read the difference before you commit it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from parsers.formats.base import Format
from parsers.formats.infrastructure import INFRASTRUCTURE
from parsers.model import Fields, Line, Record

DATA = Path(__file__).parents[2] / "data" / "formats"


def lines_of(text: bytes) -> list[Line]:
    """The lines of a text with their places in it."""
    lines, offset = [], 0
    for number, data in enumerate(text.removesuffix(b"\n").split(b"\n"), start=1):
        lines.append(Line(data, offset, offset + len(data) + 1, number))
        offset += len(data) + 1
    return lines


def assemble(text: bytes, formats: Sequence[Format]) -> tuple[list[Record], list[Line]]:
    """The records of a text in order, and the lines that no format wanted."""
    records: list[Record] = []
    unparsed: list[Line] = []
    last: Record | None = None
    for line in lines_of(text):
        opener = _first(line.data, formats, strong=True)
        if last and (last.format.claims(last, line.data) if opener else last.format.continues(last, line.data)):
            last.lines += [*last.blank, line]
            last.blank.clear()
            continue
        if last and not line.data:
            last.blank.append(line)
            continue
        opener = opener or _first(line.data, formats, strong=False)
        last = Record(opener, [line], opener.begin(line.data)) if opener else None
        if last:
            records.append(last)
        else:
            unparsed.append(line)
    return records, unparsed


def _first(line: bytes, formats: Iterable[Format], *, strong: bool) -> Format | None:
    return next((candidate for candidate in formats if candidate.strong is strong and may_open(candidate, line)), None)


def may_open(candidate: Format, line: bytes) -> bool:
    """`opens`, behind the cheap filter."""
    return (not candidate.starts or line[:1] in candidate.starts) and candidate.opens(line)


def joined_text(records: Iterable[Record], unparsed: Iterable[Line]) -> bytes:
    """All lines in their order: equal to the input where nothing was lost, doubled or moved."""
    lines = [line for record in records for line in (*record.lines, *record.blank)] + list(unparsed)
    return b"".join(line.data + b"\n" for line in sorted(lines, key=lambda line: line.number))


def golden(text: bytes, formats: Sequence[Format]) -> list[dict[str, Any]]:
    """What the golden files hold: each record's format, number of lines and fields, then the lines nobody wanted."""
    records, unparsed = assemble(text, formats)
    told: list[dict[str, Any]] = [{"format": record.format.name, "lines": record.count, **said(record)} for record in records]
    return told + [{"unparsed": line.data.decode()} for line in unparsed]


def said(record: Record) -> dict[str, Any]:
    """The fields of a record that hold something, and the flags that reading it raised."""
    fields: Fields = record.format.fields(record)
    told = {name: value for name, value in asdict(fields).items() if value}
    return told | ({"quality": sorted(record.quality)} if record.quality else {})


def write_golden(formats: Sequence[Format]) -> None:
    """Writes the expectation beside each sample of the formats."""
    for format_ in formats:
        for sample in sorted((DATA / format_.name).glob("*.log")):
            text = json.dumps(golden(sample.read_bytes(), formats), indent=1, ensure_ascii=False)
            sample.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_golden(INFRASTRUCTURE)
