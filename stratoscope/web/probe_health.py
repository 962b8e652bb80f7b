"""The verdicts of the probes of this process, for the view of health. Pure: the newest snapshot, and the time."""

from collections.abc import Iterator

from probes.model import Evidence, State
from stratoscope.probe.snapshot import Snapshot, View
from stratoscope.web import runbooks
from stratoscope.web.asked import address, term
from stratoscope.web.empty import PROBES
from stratoscope.web.model import Check, Checks, Fact, Link
from stratoscope.web.model import State as Colour
from stratoscope.web.rendering import seconds

_COLOURS: dict[State, Colour] = {
    State.STARTING: "unknown",
    State.HEALTHY: "good",
    State.DEGRADED: "warning",
    State.SATURATED: "warning",
    State.DEPENDENCY_DOWN: "bad",
    State.UNROUTABLE: "bad",
    State.HUNG: "bad",
}


def probe_checks(snapshot: Snapshot, now: float, wall: float, books: str = "") -> Checks:
    """A check for each service. `now` and `wall` are the same moment on both clocks; `books`: where runbooks are, if known."""
    checks = [_check(name, view, now, wall, books) for name, view in snapshot.views.items()]
    return Checks("Probes", checks, PROBES)


def _check(name: str, view: View, now: float, wall: float, books: str) -> Check:
    verdict = view.verdict
    stale = view.stale(now)
    word = "stale" if stale else verdict.state.value
    text = verdict.reason.removeprefix(f"{verdict.state.value}: ")
    if stale:
        text = f"The verdict is {seconds(view.age(now))} old, as the loop of this process stands still or is late: {text}"
    events = Link("Its events", address("/", {"q": term("service", name)}))
    return Check(
        name,
        "unknown" if stale else _COLOURS[verdict.state],
        text,
        word.replace("_", " "),
        wall - (now - verdict.since),
        tuple(_facts(view, now)),
        (events, *runbooks.of_probe(books, word)),
    )


def _facts(view: View, now: float) -> Iterator[Fact]:
    verdict = view.verdict
    profile = view.profile.name if view.profile else "not found yet"
    yield Fact("profile", profile, "enforce" if view.enforcing else "observe")
    for name, answer in (("liveness", view.live), ("readiness", view.ready), ("startup", view.started)):
        yield Fact(name, answer.reason, "ok" if answer.ok else "fails")
    for proof, since in verdict.proofs.items():
        yield Fact(f"proof: {proof}", f"holds for {seconds(now - since)}")
    if verdict.hung_workers:
        yield Fact("hung workers", ", ".join(verdict.hung_workers))
    for shown in view.checks:
        if not shown.evidence:
            yield Fact(shown.use.name, "has not looked yet")
        for evidence in shown.evidence:
            yield _fact(evidence, now)
        if shown.overdue:
            yield Fact(shown.use.name, f"the look under way is {seconds(shown.overdue)} past its time-out", "overdue")
    for rule, text in view.doubts:
        yield Fact(rule.replace("_", " "), text, "doubtful")


def _fact(evidence: Evidence, now: float) -> Fact:
    about = f" ({evidence.about})" if evidence.about else ""
    return Fact(
        f"{evidence.check}{about}", f"{evidence.text}; {seconds(max(0.0, now - evidence.at))} ago", evidence.finding.value
    )
