"""What is known of each target while it is waited for, and what is worth a line. Pure: time is an argument."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from probes.wait.model import Answer

Outcome = Literal["there", "deadline", "ended"]
_DIGITS = re.compile(r"\d+")
_SHOWN = 200
"""Letters of a reason in the heartbeat, which names all that is waited for."""


@dataclass(slots=True)
class Entry:
    """One target. `seconds`: when it was there, or how long it is waited for."""

    name: str
    there: bool = False
    attempts: int = 0
    text: str = "not asked yet"
    told: str = ""
    seconds: float = 0.0


class Board:
    """All targets of a wait that began at `at` (monotonic seconds)."""

    def __init__(self, names: Sequence[str], at: float, heartbeat: float = 30.0) -> None:
        """`heartbeat`: seconds between two lines that say that it still waits."""
        self.entries = [Entry(name) for name in names]
        self._at = at
        self._heartbeat = heartbeat
        self.next_beat = at + heartbeat

    @property
    def missing(self) -> list[Entry]:
        """Those that are not there."""
        return [one for one in self.entries if not one.there]

    def answered(self, index: int, answer: Answer, now: float) -> str | None:
        """A question has come to its end. A line, where it changes something."""
        self.entries[index].attempts += 1
        return self.saw(index, answer, now)

    def saw(self, index: int, answer: Answer, now: float) -> str | None:
        """Something is known of it, and the question goes on. A line, where it changes something."""
        entry = self.entries[index]
        entry.there, entry.text, entry.seconds = answer.there, answer.text, now - self._at
        if answer.there:
            return f"{entry.name}: there after {_seconds(entry.seconds)}: {answer.text}"
        kind = _DIGITS.sub("0", answer.text)  # ports, counts and times alone make no new reason
        if kind == entry.told:
            return None
        entry.told = kind
        return f"{entry.name}: waiting: {answer.text}"

    def beat(self, now: float) -> str | None:
        """The line that says that it still waits, when it is time for one."""
        if now < self.next_beat:
            return None
        while self.next_beat <= now:
            self.next_beat += self._heartbeat
        return f"still waiting after {_seconds(now - self._at)} for {self._listed()}"

    def verdict(self, outcome: Outcome, now: float, why: str = "") -> str:
        """The last line. `why`: what ended it."""
        after = _seconds(now - self._at)
        match outcome:
            case "there":
                return f"all {len(self.entries)} there after {after}"
            case "deadline":
                return f"gave up after {after}, waiting for {self._listed()}"
            case "ended":
                return f"ended by {why} after {after}, waiting for {self._listed()}"

    def status(self, outcome: Outcome, now: float) -> dict[str, Any]:
        """All of it, for `-o json`."""
        return {
            "outcome": outcome,
            "seconds": round(now - self._at, 3),
            "targets": [self._entry_status(one, now) for one in self.entries],
        }

    def _entry_status(self, entry: Entry, now: float) -> dict[str, Any]:
        seconds = entry.seconds if entry.there else now - self._at
        told = {"answer": entry.text} if entry.there else {"error": entry.text}
        return {
            "target": entry.name, "there": entry.there, "attempts": entry.attempts, "seconds": round(seconds, 3), **told
        }  # fmt: skip

    def _listed(self) -> str:
        missing = self.missing
        reasons = "; ".join(f"{one.name}: {one.text[:_SHOWN]}" for one in missing)
        return f"{len(missing)} of {len(self.entries)}: {reasons}"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 100 else f"{value:.0f} s"
