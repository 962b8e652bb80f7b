"""Whether it hangs: two independent proofs, over time, with nothing that speaks against them. Pure.

A window begins at the latest moment at which something spoke for the service, or against what it depends on. Each proof must
have held within it for `hang_after`, told by at least three looks.

One of them is that it does not answer. Where nobody can ask it (no such check; or nobody consumes its queue any more, as a
broker gives up the connection of a process that hangs), one must be that it does not move at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from probes.model import Proof, Role
from probes.verdict.rules import INERT, SIGNS_OF_LIFE
from probes.verdict.timeline import UNREACHED, Run, Timeline, Track


@dataclass(frozen=True, slots=True)
class Window:
    """`start`: since when all controls were fine and nothing that it needs was ill; infinite while that is not so."""

    start: float
    now: float
    hang_after: float

    def held(self, run: Run | None, alive_at: float) -> bool:
        """Whether a run of looks has held for long enough, after the last sign of life."""
        return run is not None and run.holds(max(self.start, alive_at), self.hang_after)


def witnesses(timelines: Iterable[Timeline]) -> list[Timeline]:
    """The checks that count for liveness."""
    return [timeline for timeline in timelines if Role.LIVENESS in timeline.use.roles]


def hang(timelines: Iterable[Timeline], window: Window) -> list[Timeline]:
    """The checks that prove that the whole service hangs; none when it does not."""
    looking = witnesses(timelines)
    alive_at = max(_spoke_for_it(one.whole, one, window) for one in looking) if looking else inf
    held = [one for one in looking if one.use.proof and one.current(window.now) and window.held(one.whole.accused, alive_at)]
    families = {timeline.use.proof for timeline in held}
    asks = any(one.use.proof is Proof.UNANSWERED and one.finding(window.now) not in UNREACHED for one in looking)
    proven = Proof.UNANSWERED in families if asks else bool(families & INERT)
    return held if proven and len(families) > 1 else []


def hung_workers(timelines: Iterable[Timeline], window: Window, main: str) -> list[str]:
    """The subjects that hang while the service as a whole does not; never the main process.

    Pings that are not answered seldom tell whose they were. Then each subject needs unread bytes or the kernel's word, and
    more subjects than answers are missing name nobody.
    """
    looking = witnesses(timelines)
    names = dict.fromkeys(name for one in looking for name in one.parts if name != main)
    named, unnamed = [], []
    for name in names:
        silent, by_name = _silence(looking, name, window)
        families = {one.use.proof for one in looking if _part_held(one, name, window, looking)} - {Proof.UNANSWERED, None}
        if silent and by_name and families:
            named.append(name)
        elif silent and families & {Proof.BACKLOG, Proof.STOPPED}:
            unnamed.append(name)
    return named + (unnamed if len(named) + len(unnamed) <= _missing(looking) else [])


def _silence(looking: Sequence[Timeline], name: str, window: Window) -> tuple[bool, bool]:
    """Whether answers are missing for long enough, and whether it is told that they are those of `name`."""
    asking = [one for one in looking if one.use.proof is Proof.UNANSWERED]
    if any(_part_held(one, name, window, looking) for one in asking):
        return True, True
    alive_at = _part_alive_at(looking, name, window)
    return any(
        window.held(one.whole.lacking, alive_at) and name not in one.parts and one.current(window.now) for one in asking
    ), False


def _part_held(one: Timeline, name: str, window: Window, looking: Sequence[Timeline]) -> bool:
    track = one.parts.get(name)
    return track is not None and one.current(window.now) and window.held(track.accused, _part_alive_at(looking, name, window))


def _part_alive_at(looking: Sequence[Timeline], name: str, window: Window) -> float:
    return max((_spoke_for_it(one.parts[name], one, window) for one in looking if name in one.parts), default=-inf)


def _spoke_for_it(track: Track, one: Timeline, window: Window) -> float:
    """When a check showed life for the last time, or might have: what looked once and does not now might see it live.

    One that never could look (it lacks a privilege) is left out.
    """
    if one.use.proof not in SIGNS_OF_LIFE or not one.able:
        return -inf
    return max(track.alive_at, one.whole.watched_since) if one.current(window.now) else inf


def _missing(looking: Sequence[Timeline]) -> int:
    """How many workers did not answer; one, where no check tells."""
    return max(_told(looking), default=1)


def _told(looking: Sequence[Timeline]) -> Iterator[int]:
    for one in looking:
        for evidence in one.evidence if one.use.proof is Proof.UNANSWERED else ():
            if {"workers", "answering"} <= set(evidence.figures):
                yield max(0, int(evidence.figures["workers"] - evidence.figures["answering"]))
