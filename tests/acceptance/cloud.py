"""The logs of a real cloud: each service's text form beside the JSONFormatter's, and which lines are which record.

A folder holds NAME.log, NAME.json and NAME.map.tsv of each service, each plain or as .xz; the map has a line per JSON line:
its number, the first text line and the number of text lines (1 is the first), whether it has a traceback.
"""

import json
import lzma
from collections import defaultdict
from pathlib import Path
from typing import Any

from parsers.model import Event
from tests.differential.compare import Truth, differences
from tests.differential.parsing import events_of

Mapped = tuple[int, dict[str, Any]]
"""Number of text lines and JSON object of a record."""


def services(folder: Path) -> list[str]:
    """The names of the services that have both forms and a map."""
    return sorted({path.name.partition(".map.tsv")[0] for path in folder.glob("*.map.tsv*")})


def content(folder: Path, name: str) -> bytes:
    packed = folder / f"{name}.xz"
    return lzma.decompress(packed.read_bytes()) if packed.exists() else (folder / name).read_bytes()


def records(folder: Path, service: str) -> dict[int, Mapped]:
    """First text line -> record.

    The map of a service that was cut off while it was logging may go on behind the last line of the other two.
    """
    objects = [json.loads(line) for line in content(folder, f"{service}.json").split(b"\n") if line]
    rows = [list(map(int, line.split("\t"))) for line in content(folder, f"{service}.map.tsv").decode().splitlines()[1:]]
    return {row[1]: (row[2], objects[row[0] - 1]) for row in rows if row[0] <= len(objects)}


def compare(folder: Path, service: str) -> list[str]:
    """What is wrong with the events of a service's text form. [] is what a test wants."""
    truth = records(folder, service)
    events = {event["source"]["first_line"]: event for event in events_of([content(folder, f"{service}.log")])}
    wrong = [
        f"line {line}: no event begins at the record {truth[line][1]['message'][:80]!r}"
        for line in truth.keys() - events.keys()
    ]
    wrong += [f"line {line}: an event of nothing: {events[line]['body'][:80]!r}" for line in events.keys() - truth.keys()]
    for lines in _same_key(truth, events):
        wrong += _group([events[line] for line in lines], [truth[line] for line in lines])
    return wrong


def _same_key(truth: dict[int, Mapped], events: dict[int, Event]) -> list[list[int]]:
    """The lines at which both have a record, those of one time, process and logger together."""
    groups: dict[tuple[str, float, int, str], list[int]] = defaultdict(list)
    for line in sorted(truth.keys() & events.keys()):
        record = truth[line][1]
        groups[record["asctime"], record["msecs"], record["process"], record["name"]].append(line)
    return list(groups.values())


def _group(events: list[Event], mapped: list[Mapped]) -> list[str]:
    """Compares the records of one key, of which two threads may have put two into one file in the other order."""
    left, wrong = list(mapped), []
    for event, own in zip(events, mapped, strict=True):
        equal = [other for other in (own, *left) if other in left and not _record(event, *other)]
        if equal:
            left.remove(equal[0])
        else:
            wrong += [f"line {event['source']['first_line']}: {sentence}" for sentence in _record(event, *own)]
    return wrong


def _record(event: Event, lines: int, record: dict[str, Any]) -> list[str]:
    wrong = differences(event, Truth(record))
    if event["source"]["lines"] != lines:
        wrong.append(f"the record has {lines} lines, the event {event['source']['lines']}")
    return wrong
