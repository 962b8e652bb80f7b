"""By which lines of its log a service tells that it has begun something that must not be cut short, and that it is done. Pure.

Literal tables: what begins and what ends, per service, as its own source prints it (nova 34, cinder 29; the texts are the same
back to 2023.1). A begin without an end stays in flight until `longest` has passed in the log's own time, or the service starts
anew.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_INSTANCE = re.compile(rf"\[instance: ({_UUID})\]")
_BACKUP = re.compile(rf"backup:? ({_UUID})")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)")
_START = re.compile(r"Starting \S+ node \(version ")
_LINE = 4096
"""Characters of a line that are looked at; what counts stands at its beginning."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work. `key`: its first group tells one from the other."""

    name: str
    key: re.Pattern[str]
    begins: re.Pattern[str]
    ends: re.Pattern[str]


KINDS: dict[str, tuple[Kind, ...]] = {
    "nova-compute": (
        Kind(
            "build",
            _INSTANCE,
            re.compile(r"Claim successful on node"),
            re.compile(
                r"seconds to build instance|VM (?:Started|Resumed) \(Lifecycle Event\)|seconds to deallocate network"
                r"|Terminating instance|Instance failed to spawn"
            ),
        ),
        Kind(
            "live migration",
            _INSTANCE,
            re.compile(r"seconds for pre_live_migration on|Migration running for"),
            re.compile(
                r"Migration operation (?:has completed|has aborted|was cancelled)|Live Migration failure"
                r"|finished successfully|Terminating instance"
            ),
        ),
        Kind(
            "snapshot",
            _INSTANCE,
            re.compile(r"instance snapshotting"),
            re.compile(r"seconds to snapshot the instance|Error while trying to clean up image|Terminating instance"),
        ),
    ),
    "cinder-backup": (
        Kind(
            "backup",
            _BACKUP,
            re.compile(r"(?:Create|Restore|Delete) backup started"),
            re.compile(r"Create backup (?:finished|skipped|aborted)|restoring backup|Delete backup finished|backup \S+ failed"),
        ),
    ),
}


class InFlight:
    """What one log says is in flight. Feed it lines in their order."""

    def __init__(self, kinds: Iterable[Kind], longest: float) -> None:
        self._kinds = tuple(kinds)
        self._longest = timedelta(seconds=longest)
        self._open: dict[tuple[str, str], datetime | None] = {}
        self._now: datetime | None = None

    def feed(self, line: str) -> None:
        """One line, whatever stands before the service's own text."""
        line = line[:_LINE]
        if time := _TIME.search(line):
            self._now = _moment(time) or self._now
        if _START.search(line):
            self._open.clear()
            return
        for kind in self._kinds:
            if kind.ends.search(line):
                if key := kind.key.search(line):
                    self._open.pop((kind.name, key[1]), None)
            elif kind.begins.search(line) and (key := kind.key.search(line)):
                self._open[kind.name, key[1]] = self._now

    def open(self) -> list[tuple[str, str]]:
        """Kind and key of each, the oldest first; without those that are older than `longest`."""
        return [key for key, begun in self._open.items() if not self._forgotten(begun)]

    def _forgotten(self, begun: datetime | None) -> bool:
        return begun is not None and self._now is not None and self._now - begun > self._longest


def _moment(found: re.Match[str]) -> datetime | None:
    """Without a zone: it is only compared with others of the same log."""
    try:
        return datetime.fromisoformat(f"{found[1]} {found[2]}")
    except ValueError:
        return None
