"""Real oslo.log logs, once as text and once as truth; the events of the text must be the truth."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from parsers.parser import ParserOptions
from tests.differential import shapes
from tests.differential.parsing import chunked, events_of, lost_or_doubled, mismatches, original
from tests.differential.truths import read, truth_of

ROOT = Path(__file__).parents[2]


@cache
def emitted(workers: int, rounds: int, *groups: str) -> tuple[bytes, list[list[dict[str, Any]]]]:
    """The text of one run of the emitter, and what each of its workers knew."""
    with TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "tests.differential.emitter", directory, str(workers), str(rounds), *groups]
        done = subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, "TZ": "UTC"}, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        truths = [read(Path(directory, f"truth.{number}.jsonl")) for number in range(workers)]
        return Path(directory, "text.log").read_bytes(), truths


def test_truth_is_what_the_handler_wrote() -> None:
    text, (entries,) = emitted(1, 1, "shapes", "large", "forgeries")
    assert "".join(entry["text"] for entry in entries).encode() == text


@pytest.mark.parametrize("shape", [*shapes.SHAPES, *shapes.LARGE])
def test_shape(shape: str) -> None:
    """Each shape alone: its events are its records."""
    _, (entries,) = emitted(1, 1, "shapes", "large", "forgeries")
    mine = [entry for entry in entries if entry["shape"] == shape]
    assert mine
    text = "".join(entry["text"] for entry in mine).encode()
    assert mismatches(events_of([text]), map(truth_of, mine)) == []


def test_all_shapes_in_one_stream() -> None:
    text, (entries,) = emitted(1, 1, "shapes", "large")
    assert mismatches(events_of([text]), map(truth_of, entries)) == []


def test_nothing_is_lost_of_one_worker() -> None:
    """The raw text of the events, joined in their order, is the input."""
    text, _ = emitted(1, 1, "shapes", "large")
    events = events_of([text], ParserOptions(raw=True))
    assert "\n".join(map(original, events)) + "\n" == text.decode()


@pytest.mark.parametrize("workers", [2, 4])
def test_forked_workers_on_one_pipe(workers: int) -> None:
    """Records of several processes alternate on one stream; each event is one record of one of them."""
    text, truths = emitted(workers, 3, "shapes")
    assert min(map(len, truths)) > 300
    events = events_of(chunked(text, range(0, len(text), 1009)), ParserOptions(raw=True))
    assert mismatches(events, [truth_of(entry) for entries in truths for entry in entries]) == []
    assert lost_or_doubled(text, events) == []


def test_a_forged_head_is_told_by_its_prefixed_copy() -> None:
    """An exception's message that looks like a record stays in its record, and the event says so."""
    text, (entries,) = emitted(1, 1, "forgeries")
    events = events_of([text], ParserOptions(raw=True))
    assert mismatches(events, map(truth_of, entries)) == []
    assert [event.get("quality") for event in events] == [["forged_suspect"]]
    assert lost_or_doubled(text, events) == []
