"""Looks of a check at times that the test chooses: no test waits for seconds to pass."""

from collections.abc import Callable

from clients.model import Deadline
from probes.model import Check, Evidence, Finding
from tests.servers.process import wait_until


class Looker:
    """Makes a check look. `now`: the clock that it is told."""

    def __init__(self, check: Check, step: float = 10.0) -> None:
        self._check = check
        self._step = step
        self.now = 1000.0

    def look(self) -> list[Evidence]:
        """One look, a step after the last one."""
        self.now += self._step
        return list(self._check.look(Deadline(self.now + 5, lambda: self.now)))

    def whole(self) -> Evidence:
        """Of one look what is about the service as a whole."""
        (whole,) = (one for one in self.look() if not one.about)
        return whole

    def until(self, finding: Finding) -> Evidence:
        """Looks until the service as a whole is found so."""
        last: list[Evidence] = []

        def found() -> bool:
            last[:] = [self.whole()]
            return last[0].finding is finding

        wait_until(found, f"it is found {finding}")
        return last[0]


def by_about(evidence: list[Evidence]) -> dict[str, Finding]:
    """The findings by what they are about."""
    return {one.about: one.finding for one in evidence}


def never(looker: Looker, finding: Finding, looks: int, between: Callable[[], None] = lambda: None) -> None:
    """Look so many times, and find it so at none."""
    for _ in range(looks):
        between()
        assert looker.whole().finding is not finding
