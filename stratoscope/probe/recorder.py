"""Has black boxes written: as soon as a service is suspected, before its liveness fails, beside the loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clients.model import Deadline
from probes.blackbox.settings import BlackBoxSettings
from probes.model import Process, Profile, State, Verdict
from stratoscope.probe.aside import Aside
from stratoscope.probe.snapshot import Boxes

if TYPE_CHECKING:
    from probes.blackbox.blackbox import BlackBox

SECONDS = 45.0
"""For a whole box. The kubelet kills 20 to 30 s after liveness began to fail, and that is `hang_after` after the suspicion."""
_SUSPECT = frozenset({State.SATURATED, State.HUNG, State.DEGRADED})


@dataclass(frozen=True, slots=True)
class Suspect:
    """A service as its black box needs it. `processes` may hang, and is asked beside the loop."""

    verdict: Verdict
    profile: Profile
    processes: Callable[[], Sequence[Process]]
    recent: tuple[Verdict, ...] = ()
    log_files: tuple[Path, ...] = ()


class Recorder:
    """The black boxes of all services. The module that writes them is imported with the first suspicion."""

    def __init__(self, settings: BlackBoxSettings | None) -> None:
        self._settings = settings
        self._box: BlackBox | None = None
        self._aside: dict[str, Aside] = {}

    def look(self, suspect: Suspect) -> None:
        """Have one written if it is time for one."""
        verdict = suspect.verdict
        if self._settings is None or not verdict.proofs or verdict.state not in _SUSPECT:
            return
        if self._box is None:
            from probes.blackbox.blackbox import BlackBox  # noqa: PLC0415  most sidecars never need it

            self._box = BlackBox(self._settings)
        box, since = self._box, min(verdict.proofs.values())
        if box.due(verdict.service, since):
            aside = self._aside.setdefault(verdict.service, Aside(f"black box of {verdict.service}"))
            aside.begin(lambda: _write(box, suspect, since))

    def boxes(self, service: str) -> Boxes:
        """What was written of a service."""
        if self._box is None:
            return Boxes()
        counts = self._box.counts(service)
        return Boxes(counts.written, counts.failed, tuple(counts.signatures.counts().items()))


def _write(box: "BlackBox", suspect: Suspect, since: float) -> None:
    from probes.blackbox.model import Occasion  # noqa: PLC0415  as above

    occasion = Occasion(
        service=suspect.verdict.service,
        profile=suspect.profile,
        why=suspect.verdict.reason,
        since=since,
        processes=tuple(suspect.processes()),
        verdict=suspect.verdict,
        recent=suspect.recent,
        log_files=suspect.log_files,
    )
    box.write(occasion, Deadline.after(SECONDS))
