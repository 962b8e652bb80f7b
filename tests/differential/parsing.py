"""Runs the parser over bytes, and what every comparison needs of its events."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from parsers.model import Event
from parsers.parser import Parser, ParserOptions
from tests.differential.compare import Truth, differences

NOW = 1_795_404_781.0


def events_of(chunks: Iterable[bytes], options: ParserOptions | None = None) -> list[Event]:
    """All events of a source that comes in these chunks, in the order of their first lines."""
    parser = Parser(options or ParserOptions())
    events = [event for chunk in chunks for event in parser.feed(chunk, NOW)]
    return sorted([*events, *parser.close()], key=lambda event: int(event["source"]["first_offset"]))


def chunked(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """`data` cut at these offsets."""
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(data)}), len(data)]
    return [data[start:end] for start, end in pairwise(bounds)]


def by_pid(events: Iterable[Event]) -> dict[int, list[Event]]:
    """Events in their order, apart for each process; an event without pid stands under 0."""
    found: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        found[event["attributes"].get("process.pid", 0)].append(event)
    return dict(found)


def mismatches(events: Iterable[Event], truths: Iterable[Truth], ignore: frozenset[str] = frozenset()) -> list[str]:
    """What is wrong with the events of any number of interleaved processes, the first twenty sentences of it."""
    have = by_pid(events)
    want: dict[int, list[Truth]] = defaultdict(list)
    for truth in truths:
        want[truth.record["process"]].append(truth)
    wrong = [f"pid {pid} logged nothing, but has {len(have[pid])} events: {have[pid][0]}" for pid in have.keys() - want.keys()]
    for pid, records in want.items():
        wrong += _of_one_process(have.get(pid, []), records, ignore)
    return wrong[:20]


def _of_one_process(events: list[Event], truths: list[Truth], ignore: frozenset[str]) -> list[str]:
    wrong = [f"{len(events)} events of {len(truths)} records"] if len(events) != len(truths) else []
    for number, (event, truth) in enumerate(zip(events, truths, strict=False), 1):
        where = f"record {number}, line {event['source']['first_line']} ({truth.record['message'][:60]!r})"
        wrong += [f"{where}: {sentence}" for sentence in differences(event, truth, ignore=ignore)]
    return wrong


def lost_or_doubled(data: bytes, events: Iterable[Event]) -> list[str]:
    """The lines of `data` that are not in exactly one event; the events must carry their raw text."""
    lines = Counter(data.decode("utf-8", "backslashreplace").removesuffix("\n").split("\n"))
    kept = Counter(line for event in events for line in original(event).split("\n"))
    return [
        f"{lines[line]} times in the input, {kept[line]} in the events: {line!r}"
        for line in lines | kept
        if lines[line] != kept[line]
    ]


def original(event: Event) -> str:
    text = event["attributes"]["log.record.original"]
    assert isinstance(text, str)
    return text.removesuffix("\n")
