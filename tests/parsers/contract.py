"""The sentences of the parser's contract as functions that assert them, for any bytes: for properties, cases and the fuzzer."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from parsers.assembler import Assembler
from parsers.block import Block
from parsers.formats import FORMATS
from parsers.limits import DEFAULT_LIMITS, Limits
from parsers.model import Event, Line
from parsers.open_records import AnyRecord
from parsers.oslo_profiles import PROFILES
from parsers.parser import JsonParser, Parser, ParserOptions
from parsers.registry import FormatSet

NOW = 1_795_404_781.0
RAW = ParserOptions(raw=True)
LINES = re.compile(rb"[^\n]*\n|[^\n]+")
SLOW = tuple(replace(profile, swift=None) for profile in PROFILES)
"""The built-in profiles without the pattern that takes whole records."""


def chunks(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """`data` cut at these offsets."""
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(data)}), len(data)]
    return [data[start:end] for start, end in pairwise(bounds)]


def events_of(pieces: Iterable[bytes], options: ParserOptions | None = None) -> list[Event]:
    """All events, in the order in which they are given out."""
    parser = Parser(options)
    events = [event for piece in pieces for event in parser.feed(piece, NOW)]
    return [*events, *parser.close()]


def json_of(pieces: Iterable[bytes], options: ParserOptions | None = None) -> list[Event]:
    """The same, by way of JSON lines."""
    parser = JsonParser(options)
    lines = [line for piece in pieces for line in parser.feed(piece, NOW)]
    return [json.loads(line) for line in (*lines, *parser.close())]


def records_of(data: bytes, *, swiftly: bool, limits: Limits = DEFAULT_LIMITS) -> list[AnyRecord]:
    """The records of one stream without wrappers, as they are emitted."""
    records: list[AnyRecord] = []
    assembler = Assembler(FormatSet(FORMATS, PROFILES if swiftly else SLOW), limits, records.append)
    lines = data.count(b"\n")
    whole = data.rfind(b"\n") + 1
    assembler.feed(Block(data[:whole], 0, 1), NOW)
    if whole < len(data):
        assembler.feed_line(Line(data[whole:], whole, len(data), lines + 1, original=data[whole:]), NOW)
    assembler.close()
    return records


def told(records: Iterable[AnyRecord]) -> list[dict[str, Any]]:
    """What events are made of, comparable."""
    return [
        {"offset": r.offset, "end": r.end, "number": r.number, "count": r.count, "quality": r.quality, "text": r.original()}
        for r in records
    ]


def any_chunking_gives_the_same_events(data: bytes, cuts: Iterable[int], options: ParserOptions = RAW) -> None:
    assert sorted(events_of(chunks(data, cuts), options), key=_place) == sorted(events_of([data], options), key=_place)


def _place(event: Event) -> str:
    return json.dumps(event["source"], sort_keys=True)


def json_is_the_event(data: bytes, cuts: Iterable[int], options: ParserOptions | None = None) -> None:
    pieces = chunks(data, cuts)
    assert json_of(pieces, options) == events_of(pieces, options)


def the_swift_way_is_the_slow_way(data: bytes) -> None:
    assert told(records_of(data, swiftly=True)) == told(records_of(data, swiftly=False))


def records_are_in_order_and_whole(data: bytes) -> None:
    """Every byte is in exactly one record, and they come in the order of their first lines."""
    records = records_of(data, swiftly=True)
    assert [r.offset for r in records] == sorted(r.offset for r in records)
    texts = [r.original() for r in records]
    assert sum(map(len, texts)) == len(data)
    if not any("torn_repaired" in (r.quality or ()) for r in records):
        assert Counter(line for text in texts for line in LINES.findall(text)) == Counter(LINES.findall(data))


def every_byte_is_in_an_event(data: bytes) -> None:
    assert covered(events_of([data]), len(data)) == b"\x01" * len(data)


def going_on_loses_nothing(data: bytes, stop: int) -> None:
    """Another parser, begun at `position`, gives out all that the first one had not."""
    first = Parser(RAW)
    events = first.feed(data[:stop], NOW)
    offset, line = first.position
    assert 0 <= offset <= stop
    assert line == data.count(b"\n", 0, offset) + 1
    second = Parser(RAW, offset=offset, line=line)
    events += [*second.feed(data[offset:], NOW), *second.close()]
    whole = events_of([data], RAW)
    assert covered(events, len(data)) == covered(whole, len(data))


def silence_loses_nothing(data: bytes, cuts: Iterable[int]) -> None:
    """Between the pieces is so much time that all records end there; both parsers make the same of it."""
    parser, json_parser = Parser(), JsonParser()
    events, lines = [], []
    for step, piece in enumerate(chunks(data, cuts)):
        for done in (parser.feed(piece, step * 10), parser.expire(step * 10 + 5)):
            events += done
        for rendered in (json_parser.feed(piece, step * 10), json_parser.expire(step * 10 + 5)):
            lines += rendered
    events += parser.close()
    lines += json_parser.close()
    assert [json.loads(line) for line in lines] == events
    assert covered(events, len(data)) == b"\x01" * len(data)


def a_wrapper_changes_nothing(data: bytes) -> None:
    """Around each line of a log, containerd's wrapper adds the stream and a time for what has none."""
    lines = [line.removesuffix(b"\n") for line in LINES.findall(data)]
    wrapped = b"".join(b"2026-11-23T03:33:01.809123456Z stdout F " + line + b"\n" for line in lines)
    assert list(map(_said, events_of([wrapped]))) == list(map(_said, events_of([data])))


def _said(event: Event) -> Event:
    """All but the places in the source, and what the wrapper told."""
    attributes = {name: value for name, value in event["attributes"].items() if name != "log.iostream"}
    source = {name: value for name, value in event["source"].items() if not name.endswith("_offset")}
    return {name: value for name, value in event.items() if name != "timestamp"} | {"attributes": attributes, "source": source}


def covered(events: Iterable[Event], size: int) -> bytes:
    """A 1 for each byte that some event has."""
    marks = bytearray(size)
    for event in events:
        start, end = event["source"]["first_offset"], event["source"]["last_offset"]
        marks[start:end] = b"\x01" * (end - start)
    return bytes(marks)
