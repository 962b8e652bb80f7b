"""The values of a black box. No I/O.

Occasion -> steps -> Entry, Entry, ... -> a box on disk -> Written
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from probes.model import Evidence, Finding, Process, Profile, Verdict

Json = Mapping[str, object]
"""JSON-ready."""
Status = Literal["whole", "partial", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a box is written, and all that its writer cannot find out by itself.

    `since`: monotonic seconds at which the first proof began to hold; with `service` it names the episode, which gets one
    box. `why`: one line. `processes`: of the service, the main one first. `recent`: verdicts before this one, the oldest
    first. `views`: what others see of the service, JSON-ready: `{"broker": {"consumers": 1, "unacknowledged": 3}}`.
    `report_file`: `[oslo_reports] file_event_handler` as this container sees it: touched instead of a signal.
    """

    service: str
    profile: Profile
    why: str
    since: float
    processes: tuple[Process, ...] = ()
    verdict: Verdict | None = None
    recent: tuple[Verdict, ...] = ()
    views: Mapping[str, Json] = field(default_factory=dict)
    log_files: tuple[Path, ...] = ()
    report_file: Path | None = None
    proc: Path = Path("/proc")

    def evidence(self) -> tuple[Evidence, ...]:
        """That of the verdict."""
        return self.verdict.evidence if self.verdict is not None else ()

    def suspects(self) -> tuple[Process, ...]:
        """Those that a finding names by their pid."""
        bad = (Finding.STUCK, Finding.SILENT)
        named = {piece.about for piece in self.evidence() if piece.finding in bad}
        return tuple(process for process in self.processes if str(process.pid) in named)

    def looked_into(self, most: int) -> tuple[Process, ...]:
        """The suspected ones first, then the main one, then its workers."""
        return tuple(dict.fromkeys((*self.suspects(), *self.processes)))[:most]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing taken down. `text`: for a person; `data`: the same for a program, where it has a structure.

    `lost`: what could not be had, why, and what would give it; then the rest may be empty.
    """

    step: str
    about: str
    text: str = ""
    data: Json = field(default_factory=dict)
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """Where a service hangs, short enough for a label: `nova.virt.libvirt.host:get_connection#1f2e3d4c`.

    `still`: whether all dumps showed the same place. `pid`: whose main thread it is.
    """

    name: str
    still: bool
    pid: int


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a box. `lost`: what is not in it, one line each. `reason`: why there is none.

    `stack`: the main thread of the signature, a frame a line, the innermost first.
    """

    service: str
    status: Status
    path: Path | None = None
    signature: Signature | None = None
    stack: str = ""
    bytes: int = 0
    seconds: float = 0.0
    lost: tuple[str, ...] = ()
    reason: str = ""
