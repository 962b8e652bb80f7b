"""The fleet breaker: what hangs in many places at once has one cause, and restarting all of them makes it worse. Pure."""

from dataclasses import dataclass
from math import inf

from probes.verdict.settings import PolicySettings


@dataclass(frozen=True, slots=True)
class Peers:
    """What is known of the other sidecars of this service. `hung`: how many of them announced a hang within the last minute.

    `fleet`: how many run this service, this one among them; None where that is not known.
    """

    hung: int = 0
    fleet: int | None = None


class Breaker:
    """Opens when too many hang at a time, and stays open for a while: they still hang when their announcements are old."""

    def __init__(self, settings: PolicySettings) -> None:
        self._settings = settings
        self._opened = -inf
        self._why = ""

    def open(self, peers: Peers, now: float) -> str:
        """Why no kill may be asked for now; empty when it may. To be asked while this service hangs."""
        if why := self._too_many(peers):
            self._opened, self._why = now, why
        return self._why if now - self._opened < self._settings.breaker_hold else ""

    def _too_many(self, peers: Peers) -> str:
        hung = peers.hung + 1
        if peers.hung < 1:
            return ""  # it alone: that is no storm, however small the fleet
        if peers.fleet:
            fleet = max(peers.fleet, hung)
            share = hung / fleet
            return f"{hung} of {fleet} hang at a time" if share > self._settings.breaker_share else ""
        return f"{hung} hang at a time" if hung > self._settings.breaker_number else ""
