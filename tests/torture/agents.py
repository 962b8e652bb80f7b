"""A `collect` under torture: its settings file, its lives, and what is left of them on disk."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from collectors.model import Position
from tests.servers.process import wait_until

FAST = {"batch": {"age": "0.1s", "events": 200}, "parser": {"idle": "1s"}, "drain": "30s"}
"""Small batches and short waits, so that a round of half a second has something to lose."""


class Nursery:
    """Starts agents out of one warm process (see `tests.torture.nursery`)."""

    def __init__(self, config: Path, log: Path) -> None:
        self._config = config
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.torture.nursery"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._pid = 0

    def start(self) -> None:
        """Start an agent; the one before must have ended."""
        assert self._process.stdin
        self._process.stdin.write(f"collect -c {self._config}\n")
        self._process.stdin.flush()
        self._pid = int(self._answer())

    def end(self, number: int) -> int:
        """Send the agent a signal and wait for its end; its exit code, or minus the signal."""
        os.kill(self._pid, number)
        return os.waitstatus_to_exitcode(int(self._answer().split()[1]))

    def kill(self) -> None:
        """kill -9."""
        assert self.end(signal.SIGKILL) == -signal.SIGKILL, "it had ended by itself"

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def positions_of(state: Path) -> dict[str, Position]:
    """The positions file, which is whole at any moment."""
    path = state / "positions.json"
    if not path.exists():
        return {}
    return {identity: Position(*at) for identity, at in json.loads(path.read_text())["positions"].items()}


def number_of(event: dict[str, Any]) -> int:
    """The number of the record that an event was made of."""
    return int(event["body"].split()[1])


@dataclass(slots=True)
class Delivered:
    """What a far side has got: events in their order, and marks in between: the positions when the agent was killed."""

    events: list[dict[str, Any]] = field(default_factory=list)
    marks: list[tuple[int, dict[str, Position]]] = field(default_factory=list)

    def unique(self) -> list[dict[str, Any]]:
        """One event for each id."""
        return list({event["attributes"]["log.record.uid"]: event for event in self.events}.values())

    def numbers(self) -> list[int]:
        """The numbers of the records, sorted; each once, if repeats can be removed by id."""
        return sorted(map(number_of, self.unique()))

    def needless(self) -> list[str]:
        """Ids of events sent again though their acknowledgement was on disk when the agent was killed."""
        found = []
        marks = [*self.marks, (len(self.events), {})]
        for (start, positions), (end, _) in pairwise(marks):
            for event in self.events[start:end]:
                uid = event["attributes"]["log.record.uid"]
                stream, _, offset = uid.partition(":")
                known = positions.get(stream)
                if known is not None and int(offset.partition(".")[0], 16) < known.offset:
                    found.append(uid)
        return found

    def cut_short(self) -> list[int]:
        """Numbers of records whose traceback did not come whole."""
        return [number_of(one) for one in self.unique() if "failed" in one["body"] and not _is_whole(one)]


def _is_whole(event: dict[str, Any]) -> bool:
    number = number_of(event)
    return bool(event.get("attributes", {}).get("exception.message") == str(number) and "quality" not in event)


class Written:
    """What a file sink has written so far. A line that is none was not written to its end: the agent died over it."""

    def __init__(self, path: Path) -> None:
        self.delivered = Delivered()
        self._path = path
        self._read = 0
        self._numbers: set[int] = set()

    def count(self) -> int:
        """Different records that are there."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._read)
                whole = file.read().rpartition(b"\n")[0]
            self._read += len(whole)
            for line in whole.splitlines():
                with suppress(ValueError):
                    event = json.loads(line)
                    self.delivered.events.append(event)
                    self._numbers.add(number_of(event))
        return len(self._numbers)

    def mark(self, positions: dict[str, Position]) -> None:
        """The agent was killed, and these were its positions."""
        self.count()
        self.delivered.marks.append((len(self.delivered.events), positions))

    def wait_for(self, count: int) -> None:
        """Wait until so many different records are there."""
        wait_until(lambda: self.count() >= count, f"{count} records", pause=0.2)


def config(folder: Path, *sinks: object) -> Path:
    """A settings file for an agent that reads the log in `folder`."""
    path = folder / "collect.yaml"
    settings = {
        "state": str(folder / "state"),
        "sources": {"logs": {"kind": "files", "paths": [str(folder / "nova-compute.log")]}},
        "sinks": {f"out{number}": sink for number, sink in enumerate(sinks)},
        **FAST,
    }
    path.write_text(json.dumps(settings))
    return path
