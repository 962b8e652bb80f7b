"""The restart budget of a service: at most so many kills within an hour. Pure; its state is a small dict for a file."""

from collections.abc import Mapping

HOUR = 3600.0
VERSION = 1
MAX_KILLS = 1000
"""Kills that are remembered: a bound for a state from a file."""


class Budget:
    """`state`: what `state()` gave, in an earlier life. One that cannot be read counts as spent: a kill too few harms less.

    Times are monotonic seconds since boot, so they outlive a restart of ours, and not one of the node: what lies in the future
    then is taken as now.
    """

    def __init__(self, kills_per_hour: int, state: Mapping[str, object] | None = None) -> None:
        self._limit = min(kills_per_hour, MAX_KILLS)
        self._kills = [] if state is None else _read(state, self._limit)

    def left(self, now: float) -> int:
        """Kills that may still be asked for."""
        self._kills = [at for at in (min(at, now) for at in self._kills) if now - at < HOUR]
        return max(0, self._limit - len(self._kills))

    def spend(self, now: float) -> bool:
        """Take one, if there is one."""
        if not self.left(now):
            return False
        self._kills.append(now)
        return True

    def state(self) -> dict[str, object]:
        """For a file."""
        return {"version": VERSION, "kills": list(self._kills)}


def _read(state: Mapping[str, object], limit: int) -> list[float]:
    kills = state.get("kills")
    if state.get("version") == VERSION and isinstance(kills, list):
        times = [float(at) for at in kills[-MAX_KILLS:] if isinstance(at, int | float)]
        if len(times) == len(kills[-MAX_KILLS:]) and all(at == at for at in times):  # noqa: PLR0124  not a number
            return times
    return [float("inf")] * limit
