"""Names the place where a service hangs, so that hangs can be counted by place. Pure.

    nova.virt.libvirt.host:get_connection#1f2e3d4c

The name is the innermost frame of an OpenStack project on the main thread, the innermost at all where there is none. The hash
is over module and function of the innermost frame and of the in-app frames above it, never over lines: those change from
release to release. Two hangs in one library call, come by two ways, are two signatures.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from parsers.projects import project_of
from probes.blackbox.model import Signature

OTHER = "other"
_FRAMES = 8
"""In-app frames that count. What lies further out is the service's way of starting up."""
_PACKAGES = re.compile(r".*/(?:site-packages|dist-packages)/|.*/lib/python3(?:\.\d+)?/")


@dataclass(frozen=True, slots=True)
class StackFrame:
    """A frame of a dump. `file`: its full path."""

    file: str
    function: str
    line: int = 0

    @property
    def module(self) -> str:
        """Dotted, from the path: `/usr/lib/python3/dist-packages/nova/utils.py` -> `nova.utils`."""
        path = _PACKAGES.sub("", self.file)
        if path == self.file:
            path = path.rpartition("/")[2]
        return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass(frozen=True, slots=True)
class Dump:
    """One look at one process: the frames of its main thread, the innermost first."""

    pid: int
    main: tuple[StackFrame, ...]


def signature_of(dumps: Sequence[Dump], suspects: Iterable[int] = ()) -> Signature | None:
    """Of the process that hangs, by its last dump: a suspected one, else one with in-app frames, else the first."""
    by_pid: dict[int, list[Dump]] = {}
    for dump in dumps:
        if dump.main:
            by_pid.setdefault(dump.pid, []).append(dump)
    if not by_pid:
        return None
    suspected = set(suspects)
    pid = min(by_pid, key=lambda pid: (pid not in suspected, not _in_app(by_pid[pid][-1].main)))
    named = [_named(dump.main) for dump in by_pid[pid]]
    return Signature(named[-1], len(set(named)) == 1, pid)


def _named(frames: Sequence[StackFrame]) -> str:
    in_app = _in_app(frames)
    places = [_place(frame) for frame in (frames[0], *in_app[:_FRAMES])]
    place = _place(in_app[0]) if in_app else places[0]
    return f"{place}#{blake2b(chr(10).join(places).encode('utf-8', 'replace'), digest_size=4).hexdigest()}"


def _in_app(frames: Sequence[StackFrame]) -> list[StackFrame]:
    return [frame for frame in frames if project_of(frame.module)]


def _place(frame: StackFrame) -> str:
    return f"{frame.module}:{frame.function}"[:120]


class Tally:
    """How often each signature came, the first `most` by name, the others together: a label must not grow without bound."""

    def __init__(self, most: int = 20) -> None:
        self._most = most
        self._counts: dict[str, int] = {}

    def count(self, signature: str) -> str:
        """Count it; the name under which it was."""
        known = signature in self._counts or len(self._counts.keys() - {OTHER}) < self._most
        name = signature if known else OTHER
        self._counts[name] = self._counts.get(name, 0) + 1
        return name

    def counts(self) -> Mapping[str, int]:
        """Name -> how often."""
        return dict(self._counts)
