"""What one check has said over time, of its whole and of each of its subjects. Bounded, whatever is fed.

A look may bring evidence of several subjects (workers, children); what it says of the whole is made out of them, unless it
says so itself. UNKNOWN counts for nothing: it neither begins, goes on with nor ends anything. When a check has not looked for
long (it hung, we were frozen), what it said before is forgotten: nobody knows what went on meanwhile.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from math import inf

from probes.model import Evidence, Finding, Proof, Use

SAMPLES = 3
"""Looks that a proof needs within its time: one sample is none."""
UNREADY_AFTER = 2
"""Bad looks in a row until a check speaks against readiness."""
READY_AFTER = 3
"""Good looks in a row until it no longer does. The very first look counts at once."""
GAP_LOOKS = 3
"""Looks that may be missing until a check counts as not looking."""
MAX_PARTS = 512
"""Subjects of one check: a network node has some hundred children; what is beyond is left out."""

FIT = frozenset({Finding.FINE, Finding.PARTIAL})
ACCUSING = frozenset({Finding.SILENT, Finding.STUCK})
LACKING = ACCUSING | {Finding.PARTIAL}
ALIVE = frozenset({Finding.FINE, Finding.DRAINED})
UNREACHED = frozenset({Finding.GONE, Finding.LOST_ROUTE})
"""Continue a silence and do not begin one: a broker closes the connection of a process that hangs after some minutes."""
_MILDEST = (
    Finding.DEPENDENCY, Finding.UNFIT, Finding.DRAINED, Finding.NOT_YET, Finding.LOST_ROUTE, Finding.GONE, Finding.SILENT,
    Finding.STUCK,
)  # fmt: skip
"""Of several that differ and of which none is fine, the one that accuses least."""


@dataclass(slots=True)
class Run:
    """Looks in a row that say the same: the first one, and the last few."""

    since: float
    times: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES))

    def add(self, at: float) -> None:
        """One more look."""
        self.times.append(at)

    @property
    def last(self) -> float:
        """When the last look began."""
        return self.times[-1]

    def holds(self, start: float, seconds: float) -> bool:
        """Whether it held for so long from `start` on, by enough looks."""
        enough = len(self.times) == SAMPLES and self.times[0] >= start
        return enough and self.last - max(start, self.since) >= seconds


@dataclass(slots=True)
class Track:
    """One subject of one check. `at`: when the last look that counts began; `finding`: what it found."""

    finding: Finding = Finding.UNKNOWN
    at: float = -inf
    since: float = -inf
    odd: int = 0
    """Looks in a row that were not FINE."""
    accused: Run | None = None
    """SILENT or STUCK, again and again."""
    lacking: Run | None = None
    """The same, or PARTIAL: not all was as it should be."""
    fine_since: float = inf
    """Since when every look was FINE, UNKNOWN ones too; for controls."""
    was_fine: bool = False
    alive_at: float = -inf
    """The last look that showed life."""
    watched_since: float = inf
    """Since when it has been looked at without a gap."""
    ready: bool | None = None
    """Whether it speaks for readiness; None while nothing is known."""
    _fit: int = 0
    _unfit: int = 0

    def see(
        self, finding: Finding, at: float, gap: float, goes_on: Collection[Finding] = (), alive: Collection[Finding] = ALIVE
    ) -> None:
        """One more look. `gap`: seconds after which what was before is forgotten.

        `goes_on`: findings with which an accusation goes on that has begun. `alive`: those that are a sign of life.
        """
        if finding is not Finding.FINE or at - self.at > gap:
            self.fine_since = inf
        if finding is Finding.UNKNOWN:
            return
        if at - self.at > gap:
            self.accused = self.lacking = None
            self.watched_since = at
            self.odd = self._fit = self._unfit = 0
        if finding is not self.finding:
            self.finding, self.since = finding, at
        self.at = at
        self.was_fine = self.was_fine or finding is Finding.FINE
        self.fine_since = min(self.fine_since, at) if finding is Finding.FINE else inf
        self.odd = 0 if finding is Finding.FINE else self.odd + 1
        if finding in alive:
            self.alive_at = at
        self.accused = _next(self.accused, at, finding, ACCUSING, goes_on)
        self.lacking = _next(self.lacking, at, finding, LACKING, goes_on)
        self._latch(fit=finding in FIT)

    def _latch(self, *, fit: bool) -> None:
        self._fit = self._fit + 1 if fit else 0
        self._unfit = 0 if fit else self._unfit + 1
        if self.ready is None:
            self.ready = fit
        elif self._fit >= READY_AFTER:
            self.ready = True
        elif self._unfit >= UNREADY_AFTER:
            self.ready = False


def _next(
    run: Run | None, at: float, finding: Finding, begins: Collection[Finding], goes_on: Collection[Finding]
) -> Run | None:
    if finding not in begins and (run is None or finding not in goes_on):
        return None
    run = run or Run(at)
    run.add(at)
    return run


class Timeline:
    """One check of a profile. `able`: whether it could ever look; one that never could lacks a privilege."""

    def __init__(self, use: Use, *, able: bool = False) -> None:
        self.use = use
        self.able = able
        self.gap = GAP_LOOKS * (use.period + use.timeout)
        self.whole = Track()
        self.parts: dict[str, Track] = {}
        self.evidence: tuple[Evidence, ...] = ()
        self._look: list[Evidence] = []
        partly = {Finding.PARTIAL} if use.proof in {Proof.UNANSWERED, Proof.BACKLOG} else set()
        self._alive = ALIVE | partly
        self._goes_on = UNREACHED if use.proof is Proof.UNANSWERED else frozenset()

    def feed(self, evidence: Evidence) -> None:
        """Evidence; with another `at` it is that of the next look. A look that comes after a later one is left out."""
        if self._look and evidence.at != self._look[0].at:
            self.settle()
        if (not self.evidence or evidence.at > self.evidence[0].at) and len(self._look) < MAX_PARTS:
            self._look.append(evidence)

    def settle(self) -> None:
        """The look has brought all that it will."""
        look, self._look = tuple(self._look), []
        if not look:
            return
        self.evidence = look
        at = look[0].at
        self.whole.see(whole_of(look), at, self.gap, self._goes_on, self._alive)
        told = dict(parts_of(look))
        if self.whole.at != at:
            return  # nothing but UNKNOWN
        self.able = True
        self.parts = {name: self.parts.get(name) or Track() for name in list(told)[:MAX_PARTS]}
        for name, track in self.parts.items():
            track.see(told[name], at, self.gap, self._goes_on)

    def current(self, now: float) -> bool:
        """Whether what it said last still counts."""
        return now - self.whole.at <= self.gap

    def finding(self, now: float) -> Finding:
        """What counts now."""
        return self.whole.finding if self.current(now) else Finding.UNKNOWN

    @property
    def text(self) -> str:
        """What the last look says of the whole, in a line."""
        said = [one for one in self.evidence if one.finding is self.whole.finding] or list(self.evidence)
        return "; ".join(dict.fromkeys(one.text for one in said[:SAMPLES]))


def whole_of(look: Iterable[Evidence]) -> Finding:
    """What a look says of all its subjects together."""
    told = [one for one in look if not one.about] or list(look)
    findings = {one.finding for one in told}
    if len(findings) == 1:
        return findings.pop()
    if findings & {Finding.FINE, Finding.PARTIAL}:
        return Finding.PARTIAL if findings - {Finding.FINE, Finding.UNKNOWN} else Finding.FINE
    if Finding.UNKNOWN in findings and findings & ACCUSING:
        return Finding.PARTIAL  # some could not be looked at: nobody says that all are silent
    return next(finding for finding in _MILDEST if finding in findings)


def parts_of(look: Iterable[Evidence]) -> Iterator[tuple[str, Finding]]:
    """Each subject that a look names, and what it says of it. What PARTIAL names is not as it should be: it accuses."""
    for one in look:
        if one.finding is Finding.PARTIAL:
            yield from ((name, Finding.STUCK) for name in one.about.split(", ") if name)
        elif one.about and one.finding is not Finding.DEPENDENCY:
            yield one.about, one.finding
