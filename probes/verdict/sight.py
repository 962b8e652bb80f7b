"""All timelines of a service at one moment: which row of the table matches, which proofs hold, whether it is ready. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

from probes.model import Finding, Profile, Proof, Role
from probes.verdict import reasons
from probes.verdict.hang import Window, hang, hung_workers, witnesses
from probes.verdict.rules import RULES, Of, Rule, When, concerns
from probes.verdict.timeline import Timeline

PULSE = "pulse"
"""The control that whoever runs the checks must feed: FINE while its own loop is on time, at least every ten seconds."""

Culprits = Sequence[Timeline]


@dataclass(frozen=True)
class Sight:
    """`own`: checks of the service; `controls`: those of the way to it, and the pulse.

    `ill_at`: when something that it needs was ill for the last time. `missing`: the startup checks for which the start still
    waits. `started_at`: since when it starts. `main`: pid of the main process, as text.
    """

    profile: Profile
    own: Sequence[Timeline]
    controls: Sequence[Timeline]
    now: float
    ill_at: float
    started: bool
    started_at: float
    missing: Culprits
    main: str

    def first(self) -> tuple[Rule, Culprits]:
        """The first row that matches, and the checks by which it does."""
        for rule in RULES:
            culprits = self._match(rule)
            if culprits is not None:
                return rule, culprits
        raise AssertionError("the last row matches always")

    def _match(self, rule: Rule) -> Culprits | None:
        if rule.when in _WHEN:
            return _WHEN[rule.when](self)
        if rule.of is Of.NOBODY:
            return []
        found = [
            one
            for one in self._odd
            if one.whole.finding in rule.findings and one.whole.odd >= rule.looks and concerns(rule.of, one.use)
        ]
        if rule.when is When.CONTROL_FAILS and found:
            return [*found, *self._failing] if self._failing else None
        return found or None

    @cached_property
    def _odd(self) -> Culprits:
        """The checks that did not find all fine, where that still counts."""
        return [one for one in (*self.own, *self.controls) if one.whole.odd and one.current(self.now)]

    @cached_property
    def _failing(self) -> Culprits:
        """Controls that fail. One of which nothing is known does not; but the pulse, as it tells of ourselves."""
        return [
            one
            for one in self.controls
            if one.finding(self.now) not in {Finding.FINE, Finding.UNKNOWN}
            or (one.use.name == PULSE and one.evidence and one.whole.fine_since == inf)
        ]

    @cached_property
    def _window(self) -> Window:
        current = all(one.current(self.now) for one in self.controls)
        fine_since = max(one.whole.fine_since for one in self.controls) if current else inf
        return Window(max(fine_since, self.ill_at), self.now, self.profile.hang_after)

    # -- what must hold besides -----------------------------------------------------------------------------------------

    def not_started(self) -> Culprits | None:
        """Waits for the end of its start."""
        return None if self.started else self.missing

    def hang(self) -> Culprits | None:
        """Hangs as a whole."""
        return hang(self.own, self._window) or None

    def worker_hang(self) -> Culprits | None:
        """Some of its workers hang."""
        return [one for one in witnesses(self.own) if one.whole.lacking] if self.hung_workers else None

    def blind(self) -> Culprits | None:
        """No check could look."""
        return self.own if all(one.finding(self.now) is Finding.UNKNOWN for one in self.own) else None

    # -- for the verdict --------------------------------------------------------------------------------------------------

    @cached_property
    def hung_workers(self) -> tuple[str, ...]:
        """The workers that hang."""
        return tuple(hung_workers(self.own, self._window, self.main)) if self.started else ()

    def ready(self) -> bool:
        """Whether no check speaks against it, and each has looked."""
        wanted = (one for one in self.own if Role.READINESS in one.use.roles)
        return all(one.whole.ready is not False and one.evidence for one in wanted)

    @cached_property
    def proofs(self) -> dict[Proof, float]:
        """The families that hold, and since when."""
        found: dict[Proof, float] = {}
        for one in witnesses(self._odd):
            run = one.whole.accused
            if one.use.proof and run and one.whole.odd > 1:
                found[one.use.proof] = min(run.since, found.get(one.use.proof, inf))
        return found

    def reason(self, rule: Rule, culprits: Culprits) -> str:
        """One line for a person."""
        match rule.name:
            case "not_started":
                return reasons.starting(self.now - self.started_at, self.profile.start_seconds, culprits)
            case "hang":
                return reasons.hung(culprits, self.controls, self.now)
            case "silent":
                others = [one for one in witnesses(self.own) if one.use.proof in self.proofs and one not in culprits]
                return reasons.suspected(culprits, others, self.profile.hang_after, self.now)
            case "well":
                return reasons.healthy(self.own)
        return reasons.plain(rule, culprits, self.hung_workers if rule.name == "worker_hung" else ())


_WHEN: Mapping[When, Callable[[Sight], Culprits | None]] = {
    When.NOT_STARTED: Sight.not_started,
    When.HANG: Sight.hang,
    When.WORKER_HANG: Sight.worker_hang,
    When.BLIND: Sight.blind,
}
