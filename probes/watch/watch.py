"""All checks of one service: what they have seen since the last tick, and how each of them fares."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from clients.model import Deadline
from probes.model import Evidence, Finding
from probes.watch.looker import Looker, wait_all
from probes.watch.model import Look, Shown
from probes.watch.pulse import Beat

OnFault = Callable[[str, Exception], None]
"""Told of a fault of a check: its name, and what it raised."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one tick has brought."""

    evidence: tuple[Evidence, ...]
    shown: tuple[Shown, ...]


class Watch:
    """The lookers of one service. Not for several threads."""

    def __init__(self, lookers: Iterable[Looker], on_fault: OnFault) -> None:
        self.lookers = tuple(lookers)
        self._on_fault = on_fault
        self._void_until = float("-inf")

    def start(self) -> None:
        """Begin to look."""
        for looker in self.lookers:
            looker.start()

    def gather(self, now: float, beat: Beat) -> Gathered:
        """All evidence since the last call, the pulse first: it says what the rest is worth. Never waits."""
        if beat.void:
            self._void_until = now
        evidence = [beat.evidence]
        for looker in self.lookers:
            for look in looker.taken(now, self._void_until):
                if look.fault is not None:
                    self._on_fault(looker.task.use.name, look.fault)
                evidence += self._valid(look)
        return Gathered(tuple(evidence), tuple(looker.shown() for looker in self.lookers))

    def _valid(self, look: Look) -> Iterable[Evidence]:
        """What a look has seen; nothing against anybody where we ourselves stood still while it looked."""
        if look.begun >= self._void_until:
            return look.evidence
        return tuple(_void(one) for one in look.evidence)

    def close(self, deadline: Deadline) -> list[str]:
        """Finish what is under way; the names of checks that had not ended by the deadline."""
        return wait_all(self.lookers, deadline)


def _void(evidence: Evidence) -> Evidence:
    if evidence.finding is Finding.FINE:
        return evidence
    return replace(evidence, finding=Finding.UNKNOWN, text=f"void, as this sidecar stood still meanwhile: {evidence.text}")
