"""A message's records become lines of text, by stream: what the parsers read from a file, they read from here.

A line keeps what was said of it in the form that the parsers know: `<time> <stdout|stderr> <F|P> <text>` of a container
runtime, `<time> <host> <program>[<pid>]: <text>` of journald, else `<text>` alone. Pure.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from collectors.forward.wire import BILLION, EventTime
from collectors.pods.names import resource_of_path

_IOSTREAMS = frozenset({"stdout", "stderr"})
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_PROGRAM = re.compile(r"[-\w./]{1,200}", re.ASCII)
_HOST = re.compile(r"[-\w.]{1,255}", re.ASCII)
_MARKS = frozenset({"stream", "source", "logtag", "partial_message", "SYSLOG_IDENTIFIER", "kubernetes", "container_id"})
"""Members that tell more of a record than its text and its file; most have none of them."""
_DEEPEST = 100
_LATEST = 1 << 33  # seconds: the year 2242
_KUBERNETES = {
    "namespace_name": "k8s.namespace.name",
    "pod_name": "k8s.pod.name",
    "pod_id": "k8s.pod.uid",
    "container_name": "k8s.container.name",
    "host": "k8s.node.name",
}


@dataclass(frozen=True, slots=True)
class Members:
    """Which members of a record hold what; see ForwardInput."""

    text: tuple[str, ...]
    file: tuple[str, ...]
    always_timed: bool = False


class StreamKey(NamedTuple):
    """What tells streams of a tag apart: the file, else the container. `resource` is part of it, as sorted pairs."""

    file: str
    resource: tuple[tuple[str, str], ...]


OVERFLOW = StreamKey("", ())
"""The stream of lines that would be one too many."""


class Lines:
    """The lines of one message, by stream. `streams` bounds how many."""

    def __init__(self, members: Members, streams: int) -> None:
        self._members = members
        self._most = streams
        self._size = 0
        self._keys: dict[tuple[Any, ...], StreamKey] = {}
        self._of_file: dict[str, bytearray] = {}
        self._clock = _Formatter()
        self.texts: dict[StreamKey, bytearray] = {}

    def add(self, time: int, record: dict[Any, Any]) -> None:
        """A record, and its time in nanoseconds since 1970."""
        text = self._text(record)
        marked = not _MARKS.isdisjoint(record)
        prefix = self._prefix(time, record) if marked or self._members.always_timed else b""
        if b"\n" not in text:
            line = b"%b%b\n" % (prefix, text)
        else:
            line = b"".join(b"%b%b\n" % (prefix, part) for part in text.removesuffix(b"\n").split(b"\n"))
        file = self._file(record)
        lines = None if marked else self._of_file.get(file)
        if lines is None:
            lines = self._stream(file, record)
            if not marked and len(self._of_file) < self._most:
                self._of_file[file] = lines
        lines += line
        self._size += len(line)

    def size(self) -> int:
        """Bytes of all lines."""
        return self._size

    def _text(self, record: dict[Any, Any]) -> bytes:
        for name in self._members.text:
            value = record.get(name)
            if isinstance(value, str):
                return value.encode("utf-8", "surrogateescape")
            if isinstance(value, bytes):
                return value
        return as_json(record)

    def _prefix(self, time: int, record: dict[Any, Any]) -> bytes:
        iostream = record.get("stream") or record.get("source")
        known = isinstance(iostream, str) and iostream in _IOSTREAMS
        partial = _is_partial(record)
        if known or partial:
            told = record.get("time")
            when = told if isinstance(told, str) and _WRITTEN.fullmatch(told) else self._clock(time)
            if when:
                return f"{when} {iostream if known else 'stdout'} {'P' if partial else 'F'} ".encode()
        elif "SYSLOG_IDENTIFIER" in record and (when := self._clock(time)):
            return _journal(when, record)
        elif self._members.always_timed and (when := self._clock(time)):
            return f"{when} ".encode()
        return b""

    def _file(self, record: dict[Any, Any]) -> str:
        for name in self._members.file:
            value = record.get(name)
            if isinstance(value, str):
                return value
        return ""

    def _stream(self, file: str, record: dict[Any, Any]) -> bytearray:
        container = record.get("container_id")
        quick = (file, container if isinstance(container, str) else None, *_pod(record.get("kubernetes")))
        key = self._keys.get(quick)
        if key is None:
            key = StreamKey(file, tuple(sorted(_resource(file, record).items())))
            if len(self._keys) >= self._most:
                key = OVERFLOW
            else:
                self._keys[quick] = key
        lines = self.texts.get(key)
        if lines is None:
            lines = self.texts[key] = bytearray()
        return lines


class _Formatter:
    """Nanoseconds since 1970 as RFC 3339 with nine digits; many records have the same second."""

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def __call__(self, time: int) -> str:
        """Empty for 0, which stands for "not known", and for what is no time of our days."""
        second, rest = divmod(time, BILLION)
        if not 0 < second < _LATEST:
            return ""
        if second != self._second:
            self._second, self._text = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._text}.{rest:09d}Z"


def _is_partial(record: dict[Any, Any]) -> bool:
    """Whether the text goes on in the next record: Fluent Bit's `parser cri`, Docker's log driver.

    `_p` tells nothing: the multiline parser `cri` keeps that of the first part, having joined them all (5.1.1).
    """
    if record.get("logtag") == "P":
        return True
    return record.get("partial_message") == "true" and record.get("partial_last") != "true"


def _journal(when: str, record: dict[Any, Any]) -> bytes:
    program, host, pid = (str(record.get(name) or "") for name in ("SYSLOG_IDENTIFIER", "_HOSTNAME", "_PID"))
    if not _PROGRAM.fullmatch(program) or not _HOST.fullmatch(host):
        return f"{when} ".encode()
    number = f"[{pid}]" if pid.isdecimal() and len(pid) <= 10 else ""
    moment = when[: len("2026-11-23T12:00:00.000000")] + "Z"  # journald's; with more digits it would be taken for kubectl's
    return f"{moment} {host} {program}{number}: ".encode()


def _pod(kubernetes: object) -> tuple[Any, ...]:
    if not isinstance(kubernetes, dict):
        return ()
    return tuple(value for name in _KUBERNETES if isinstance(value := kubernetes.get(name), str))


def _resource(file: str, record: dict[Any, Any]) -> dict[str, str]:
    """What the record, and the path of its file, tell of the writer."""
    resource = resource_of_path(file)
    container = record.get("container_id")
    if isinstance(container, str):
        resource["container.id"] = container
        name = record.get("container_name")
        if isinstance(name, str):
            resource["container.name"] = name.removeprefix("/")
    kubernetes = record.get("kubernetes")
    if isinstance(kubernetes, dict):
        resource.update((name, value) for key, name in _KUBERNETES.items() if isinstance(value := kubernetes.get(key), str))
    return resource


def as_json(record: dict[Any, Any]) -> bytes:
    """A record as a line of JSON; what JSON cannot carry is shown as text."""
    return _dumped(record) or orjson.dumps(_plain(record, _DEEPEST))


def _dumped(value: object) -> bytes | None:
    try:
        return orjson.dumps(value, default=_shown, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError, RecursionError):  # bytes that are not UTF-8, maps in maps in maps
        return None


def _plain(value: object, depth: int) -> object:
    """The same without what orjson refuses; what stands deeper than `depth` is not shown."""
    if isinstance(value, dict):
        return {str(_plain(key, 0)): _plain(inner, depth - 1) for key, inner in value.items()} if depth else "…"
    if isinstance(value, list):
        return [_plain(inner, depth - 1) for inner in value] if depth else "…"
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return value if isinstance(value, int | float | None) else _shown(value)


def _shown(value: object) -> object:
    if isinstance(value, EventTime):
        return value.seconds + value.nanoseconds / BILLION
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)
