"""A control for all checks at once: whether we ourselves are on time. Pure.

On a node that is overloaded, and after a SIGSTOP, time goes by in which nothing that we saw was the service's fault. A beat
that comes late makes the window void: looks that were under way count for nothing.
"""

from dataclasses import dataclass

from probes.model import Evidence, Finding

NAME = "pulse"
LATE = 2.0
"""Seconds that a beat may be late. A node on which a thread waits longer for a processor is overloaded."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat: the evidence of this control, and whether what was seen until now is void."""

    evidence: Evidence
    void: bool


class Pulse:
    """Told of each beat. `tick`: seconds between two of them when all is well."""

    def __init__(self, tick: float, now: float) -> None:
        self._tick = tick
        self._last = now

    def beat(self, now: float) -> Beat:
        """What this beat tells."""
        lag = max(0.0, now - self._last - self._tick)
        self._last = now
        if lag > LATE:
            text = f"this sidecar stood still for {lag:.1f} s (stopped, or a busy node); nothing seen meanwhile counts"
            return Beat(_evidence(Finding.UNKNOWN, now, lag, text), void=True)
        return Beat(_evidence(Finding.FINE, now, lag, f"this sidecar is on time, {lag * 1000:.0f} ms late"), void=False)


def _evidence(finding: Finding, now: float, lag: float, text: str) -> Evidence:
    return Evidence(NAME, finding, now, text, figures={"lag_seconds": lag})
