"""Events and parsers made up for tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collectors.model import Position
from parsers.model import Event
from stratoscope.query import parse
from stratoscope.store.reader import Reader
from stratoscope.store.records import Progress

NOW = 1_800_000_000.0
FILE = "1a-400-00ff"


def event(body: str = "hello", offset: int = 0, **more: Any) -> Event:
    """An event of nova-compute; `more` are further fields, those of attributes and resource by their dotted names."""
    made: Event = {
        "timestamp": more.pop("timestamp", "2026-11-23T03:33:01.808Z"),
        "severity_text": "INFO",
        "severity_number": more.pop("severity", 9),
        "body": body,
        "resource": {"service.name": more.pop("service", "nova-compute"), "host.name": "cmp1"},
        "attributes": {"log.logger": "nova.compute.manager", **more.pop("attributes", {})},
        "source": {"format": "oslo.text", "file": "/var/log/nova.log", "first_offset": offset, "first_line": 1, "lines": 1},
        **more,
    }
    if made["timestamp"] is None:
        del made["timestamp"]
    return made


def failed(body: str, offset: int, fingerprint: str = "2026-11:abc") -> Event:
    """An event with an exception that blames galera."""
    name = "oslo_db.exception.DBConnectionError"
    return event(
        body,
        offset,
        severity=17,
        attributes={
            "exception.type": name,
            "exception.message": "Lost connection to server",
            "exception.stacktrace": f"Traceback (most recent call last):\n  File x\n{name}: Lost connection to server",
        },
        exceptions=[{"type": "pymysql.err.OperationalError", "message": "(2013, 'x')", "link": "root", "frames": []}],
        fingerprint={"id": fingerprint, "template": body},
        dependency={"name": "galera", "rule": "type"},
    )


def progress(events: Sequence[Event], offset: int = 100, identity: str = FILE) -> Progress:
    """`events` of one file, read up to `offset`."""
    return Progress(identity, Position(offset, 2, "/var/log/nova.log"), list(events))


def bodies(store: Path, query: str = "", limit: int = 50) -> list[str]:
    """Messages of what a search finds, newest first."""
    with Reader(store) as reader:
        return [hit.event["body"] for hit in reader.search(parse(query, NOW), limit)]


class LineParser:
    """A parser for tests: `2026-11-23T03:33:01Z word word`; lines that begin with a blank belong to the one before."""

    def __init__(self, offset: int = 0, line: int = 1) -> None:
        self._offset, self._line = offset, line
        self._open: list[bytes] = []
        self._rest = b""

    @property
    def position(self) -> tuple[int, int]:
        return self._offset, self._line

    def feed(self, data: bytes, now: float) -> list[Event]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        events = []
        for line in lines:
            if self._open and not line.startswith(b" "):
                events += self._taken()
            self._open.append(line)
        return events

    def expire(self, now: float) -> list[Event]:
        return []

    def close(self) -> list[Event]:
        return self._taken() if self._open else []

    def _taken(self) -> list[Event]:
        lines, self._open = self._open, []
        time, _, body = b"\n".join(lines).decode().partition(" ")
        made = event(body, self._offset, timestamp=time)
        self._offset += sum(len(line) + 1 for line in lines)
        self._line += len(lines)
        return [made]
