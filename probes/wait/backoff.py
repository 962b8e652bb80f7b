"""How long to pause between two questions: longer each time, up to a bound, and partly by chance. Pure.

The chance is what keeps five hundred computes, started together by a power cut, from asking one database together for ever.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """The pause doubles from `first` to `most` seconds; of each, a part by chance: between its half and the whole."""

    first: float = 0.5
    most: float = 15.0

    def bounds(self, failures: int) -> tuple[float, float]:
        """The shortest and the longest pause in seconds after so many failures in a row, of which there is at least one."""
        longest = min(self.most, self.first * 2.0 ** min(failures - 1, 60))
        return longest / 2, longest

    def pause(self, failures: int, chance: float) -> float:
        """Seconds; `chance` is between 0 and 1."""
        shortest, longest = self.bounds(failures)
        return shortest + (longest - shortest) * chance
