"""JSON lines in files and on standard output: no line is glued to another one, none is counted that is not whole."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.model import RetryError, Sent
from collectors.sinks.json_lines import FileSink, StdoutSink
from collectors.sinks.make import sink_of
from collectors.sinks.settings import FileSettings, StdoutSettings
from parsers.model import Event
from tests.collectors.sinks.made import event, sample_events, several

LONG = 60.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def bodies(path: Path) -> list[str]:
    return [one["body"] for one in read(path)]


def test_events_are_lines_of_a_file(path: Path) -> None:
    sink = sink_of("lines", FileSettings(path=path))
    assert sink.send(several(2), LONG) == Sent(2)
    assert sink.send([event("third")], LONG) == Sent(1)
    sink.close()
    assert read(path) == [*several(2), event("third")]
    assert sink.name == "lines"


def test_all_sample_events_come_back_as_they_were(path: Path) -> None:
    FileSink("lines", FileSettings(path=path, fsync=False)).send(sample_events(), LONG)
    assert read(path) == list(sample_events())


def test_no_line_is_glued_to_one_that_a_crash_has_torn(path: Path) -> None:
    path.write_text('{"body":"whole"}\n{"body":"to')
    FileSink("lines", FileSettings(path=path)).send(several(1), LONG)
    assert path.read_text().splitlines()[:2] == ['{"body":"whole"}', '{"body":"to']
    assert json.loads(path.read_text().splitlines()[2]) == several(1)[0]


def test_a_file_that_is_renamed_or_removed_is_made_anew(path: Path) -> None:
    sink = FileSink("lines", FileSettings(path=path))
    sink.send([event("first")], LONG)
    path.rename(path.with_suffix(".1"))
    sink.send([event("second")], LONG)
    path.unlink()
    sink.send([event("third")], LONG)
    assert bodies(path.with_suffix(".1")) == ["first"]
    assert bodies(path) == ["third"]


def test_a_file_is_rotated_by_size_and_the_oldest_is_given_up(path: Path) -> None:
    sink = FileSink("lines", FileSettings(path=path, rotate_bytes=1, keep=2))
    for number in range(5):
        sink.send([event(str(number))], LONG)
    assert {one.name: bodies(one) for one in path.parent.iterdir()} == {
        "events.jsonl": ["4"],
        "events.jsonl.1": ["3"],
        "events.jsonl.2": ["2"],
    }


def test_a_second_writer_of_the_same_file_is_refused(path: Path) -> None:
    first = FileSink("lines", FileSettings(path=path))
    first.send(several(1), LONG)
    second = FileSink("lines", FileSettings(path=path))
    with pytest.raises(RetryError, match="another process writes it"):
        second.send(several(1), LONG)
    first.close()
    assert second.send(several(1), LONG) == Sent(1)


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda path: path.mkdir(), "is a directory; name a file"),
        (lambda path: path.symlink_to(path.parent / "none" / "x"), "its folder does not exist; make it"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_and_tried_again(path: Path, prepare: Callable[[Path], None], words: str) -> None:
    prepare(path)
    with pytest.raises(RetryError, match=words):
        FileSink("lines", FileSettings(path=path)).send(several(1), LONG)


@pytest.fixture
def small_disk(path: Path) -> Iterator[int]:
    """A limit on the size of files stands in for a full disk: a write is cut short first, and the next one fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, before[1]))
    yield 2_000
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_nothing_of_a_batch_stays_in_a_file_that_cannot_take_all_of_it(path: Path, small_disk: int) -> None:
    sink = FileSink("lines", FileSettings(path=path))
    sink.send(several(2), LONG)
    before = path.read_bytes()
    assert small_disk / 2 < len(before) < small_disk
    with pytest.raises(RetryError, match="file too large; look at the disk"):
        sink.send(several(20), LONG)
    assert path.read_bytes() == before
    path.write_bytes(b"")
    assert sink.send(several(2), LONG) == Sent(2)


def test_a_full_disk_is_told_as_such(path: Path) -> None:
    path.symlink_to("/dev/full")
    with pytest.raises(RetryError, match="no space left on its disk; make room"):
        FileSink("lines", FileSettings(path=path, fsync=False)).send(several(1), LONG)


class Pipe:
    """A pipe that is emptied when the test says so."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self.text = b""

    def empty(self) -> None:
        os.set_blocking(self.reading, False)
        try:
            while data := os.read(self.reading, 1 << 20):
                self.text += data
        except BlockingIOError:
            pass  # it is empty

    def lines(self) -> list[Event]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    for end in (made.reading, made.writing):
        with contextlib.suppress(OSError):  # a test may have closed it
            os.close(end)


def test_standard_output_gets_lines(pipe: Pipe) -> None:
    assert StdoutSink("out", pipe.writing).send(several(3), LONG) == Sent(3)
    pipe.empty()
    assert pipe.lines() == several(3)


def test_a_reader_that_stands_still_costs_no_more_than_the_deadline_and_no_event(pipe: Pipe) -> None:
    sink = StdoutSink("out", pipe.writing)
    left: list[Event] = [event("x" * 5_000, uid=str(number)) for number in range(40)]
    wanted = {one["attributes"]["log.record.uid"] for one in left}
    rounds = 0
    while left:
        rounds += 1
        left = _left_of(sink, left)
        pipe.empty()
    assert rounds > 2
    lines = pipe.lines()  # each of them is whole, or this raises
    assert {one["attributes"]["log.record.uid"] for one in lines} == wanted
    assert len(lines) <= len(wanted) + rounds


def _left_of(sink: StdoutSink, events: list[Event]) -> list[Event]:
    try:
        assert sink.send(events, 0.05) == Sent(len(events))
    except RetryError as error:
        return list(error.remaining or ())
    return []


def test_the_rest_of_a_torn_line_goes_first_even_if_other_events_come(pipe: Pipe) -> None:
    sink = StdoutSink("out", pipe.writing)
    with pytest.raises(RetryError):
        sink.send([event("x" * 200_000)], 0.05)
    with pytest.raises(RetryError):
        sink.send([event("other")], 0.05)
    reader = threading.Thread(target=lambda: _drain(pipe))
    reader.start()
    assert sink.send([event("other")], LONG) == Sent(1)
    os.close(pipe.writing)
    reader.join()
    assert [len(one["body"]) for one in pipe.lines()] == [200_000, 5]


def _drain(pipe: Pipe) -> None:
    while data := os.read(pipe.reading, 1 << 16):
        pipe.text += data


def test_a_reader_that_is_gone_is_told(pipe: Pipe) -> None:
    os.close(pipe.reading)
    with pytest.raises(RetryError, match="standard output: nobody reads it any more"):
        StdoutSink("out", pipe.writing).send(several(1), LONG)


def test_standard_output_may_be_a_file(path: Path) -> None:
    script = (
        "from collectors.sinks.make import sink_of; from collectors.sinks.settings import StdoutSettings\n"
        "from tests.collectors.sinks.made import several\n"
        "sink_of('out', StdoutSettings()).send(several(100), 60)"
    )
    with path.open("wb") as output:
        subprocess.run([sys.executable, "-c", script], stdout=output, check=True, timeout=LONG)
    assert read(path) == several(100)


def test_a_sink_of_standard_output_closes_nothing(pipe: Pipe) -> None:
    sink = StdoutSink("out", pipe.writing)
    sink.close()
    assert sink.send(several(1), LONG) == Sent(1)
    assert sink_of("out", StdoutSettings()).name == "out"


WRITER = """
import sys
from pathlib import Path
from collectors.sinks.json_lines import FileSink
from collectors.sinks.settings import FileSettings
from tests.collectors.sinks.made import event
sink = FileSink("lines", FileSettings(path=Path(sys.argv[1]), fsync=False))
for number in range(int(sys.argv[2]), 1 << 30):
    sink.send([event("x" * 50_000, uid=f"{number}.{part}") for part in range(20)], 60.0)
    print(number, flush=True)
"""


@pytest.mark.servers
def test_a_killed_writer_loses_no_accepted_event_and_tears_one_line_at_most(path: Path) -> None:
    accepted = -1
    rounds = 3
    for _ in range(rounds):
        command = [sys.executable, "-c", WRITER, str(path), str(accepted + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(20):
                accepted = int(writer.stdout.readline())
            writer.kill()
            accepted = max([accepted, *map(int, writer.stdout.read().split())])
    lines = path.read_bytes().split(b"\n")
    whole = [json.loads(line) for line in lines if line.endswith(b"}")]
    assert len(lines) - len(whole) <= rounds + 1
    ids = {one["attributes"]["log.record.uid"] for one in whole}
    assert {f"{number}.{part}" for number in range(accepted + 1) for part in range(20)} <= ids
