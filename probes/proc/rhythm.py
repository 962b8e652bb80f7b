"""What a log tells by what does not come. Pure: beats, beginnings and ends go in with their time."""

from probes.model import Finding

_MOST = 10_000
"""Beginnings without an end that are kept; the oldest goes first."""


class Rhythm:
    """A line that comes again and again. `silence`: seconds without one that are too many."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._last: float | None = None

    def beat(self, now: float) -> None:
        """It has come."""
        self._last = now

    def quiet(self, now: float) -> float | None:
        """Seconds since the last; None where there never was one."""
        return None if self._last is None else now - self._last

    def judge(self, now: float) -> tuple[Finding, str]:
        """The finding and its text."""
        quiet = self.quiet(now)
        if quiet is None:
            return Finding.UNKNOWN, "the line that should come again and again has not been seen yet"
        if quiet >= self._silence:
            return Finding.STUCK, f"the line that should come again and again has not come for {quiet:.0f} s"
        return Finding.FINE, f"the line that should come again and again came {quiet:.0f} s ago"


class Pairs:
    """Beginnings and ends by key. `within`: seconds in which what has begun must have ended."""

    def __init__(self, within: float) -> None:
        self._within = within
        self._begun: dict[str, float] = {}
        self._moved_at: float | None = None

    def __len__(self) -> int:
        return len(self._begun)

    def begin(self, key: str, now: float) -> None:
        """It has begun; maybe again, as after a failure there is no end."""
        self._begun.pop(key, None)
        self._begun[key] = self._moved_at = now
        if len(self._begun) > _MOST:
            del self._begun[next(iter(self._begun))]

    def end(self, key: str, now: float) -> None:
        """It has ended."""
        self._begun.pop(key, None)
        self._moved_at = now

    def forget(self) -> None:
        """Lines were passed over: ends may have been among them."""
        self._begun.clear()

    def overdue(self, now: float) -> list[tuple[str, float]]:
        """What should have ended, with the seconds since it began; the oldest first."""
        return [(key, now - since) for key, since in self._begun.items() if now - since >= self._within]

    def judge(self, now: float) -> tuple[Finding, str]:
        """STUCK only when nothing else has begun or ended meanwhile; PARTIAL when others go on."""
        overdue = self.overdue(now)
        if not overdue:
            return Finding.FINE, f"{len(self._begun)} begun and not ended yet, none for longer than {self._within:.0f} s"
        key, seconds = overdue[0]
        text = f"{len(overdue)} begun and not ended, {key} for {seconds:.0f} s"
        moved = self._moved_at is not None and now - self._moved_at < self._within
        return (Finding.PARTIAL, f"{text}; others go on") if moved else (Finding.STUCK, f"{text}; nothing else goes on")
