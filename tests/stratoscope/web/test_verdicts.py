"""Verdicts of probes and of exporters, as the view of health tells them."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from exporters.frame.exposition import Rendering
from exporters.frame.shown import Shown
from exporters.frame.state import Good
from exporters.frame.state import State as Fetched
from exporters.model import Verdict as Meaning
from exporters.table import EXPORTERS
from probes.model import Evidence, Finding, Proof, Role, State, Use, Verdict
from probes.verdict import Answer
from probes.watch.model import Shown as Looked
from stratoscope.probe.snapshot import STALE_AFTER, Snapshot, View
from stratoscope.web import exporter_health, probe_health, runbooks
from stratoscope.web.exporter_health import exporter_checks
from stratoscope.web.model import Check, Fact, Link
from stratoscope.web.probe_health import probe_checks

NOW, WALL = 1000.0, 1_800_000_000.0
BOOKS = "https://wiki.example.org/runbooks"
RUNBOOKS = Path(__file__).parents[3] / "dashboards" / "runbooks"


def view(state: State, *, at: float = NOW, checks: tuple[Looked, ...] = (), **more: Any) -> View:
    verdict = Verdict("nova", state, at, NOW - 90.0, f"{state}: the file says so", ready=False, started=True, **more)
    fine, bad = Answer(True, "fine"), Answer(False, "not ready")
    return View(verdict, fine, bad, fine, checks=checks, doubts=(("no_heartbeat", "heartbeats are off"),))


def probed(one: View, books: str = "") -> Check:
    (check,) = probe_checks(Snapshot(NOW, {"nova": one}), NOW, WALL, books).checks
    return check


@pytest.mark.parametrize("state", State)
def test_each_state_of_a_service_has_its_word(state: State) -> None:
    check = probed(view(state))
    assert check.word == state.value.replace("_", " ")
    assert check.text == "the file says so"
    assert check.since == WALL - 90.0
    assert (check.state == "good") is (state is State.HEALTHY)
    assert check.links == (Link("Its events", "/?q=service%3Anova"),)


def test_a_verdict_shows_what_it_rests_on() -> None:
    use = Use("rpc", "rpc", frozenset({Role.LIVENESS}), "why")
    seen = Evidence("rpc", Finding.SILENT, NOW - 3.0, "no answer in 5 s", about="7")
    looked = Looked(use, (seen,), NOW - 3.0, overdue=4.0)
    facts = probed(
        view(State.HUNG, checks=(looked, Looked(use)), proofs={Proof.BACKLOG: NOW - 60.0}, hung_workers=("7", "8"))
    ).facts
    assert list(facts) == [
        Fact("profile", "not found yet", "observe"),
        Fact("liveness", "fine", "ok"),
        Fact("readiness", "not ready", "fails"),
        Fact("startup", "fine", "ok"),
        Fact("proof: backlog", "holds for 1 min"),
        Fact("hung workers", "7, 8"),
        Fact("rpc (7)", "no answer in 5 s; 3 s ago", "silent"),
        Fact("rpc", "the look under way is 4 s past its time-out", "overdue"),
        Fact("rpc", "has not looked yet"),
        Fact("no heartbeat", "heartbeats are off", "doubtful"),
    ]


def test_a_verdict_that_is_too_old_is_no_verdict() -> None:
    check = probed(view(State.HEALTHY, at=NOW - STALE_AFTER - 1), BOOKS)
    assert (check.state, check.word) == ("unknown", "stale")
    assert check.text.startswith("The verdict is 11 s old")
    assert check.links[-1] == Link("Runbook", f"{BOOKS}/probes/ProbeStale.md")


def test_nothing_that_runs_is_told_with_how_to_change_that() -> None:
    for none in (probe_checks(Snapshot(NOW), NOW, WALL), exporter_checks([], WALL)):
        assert not none.checks
        assert "stratoscope run -c FILE" in none.empty


def test_every_runbook_that_is_linked_is_there() -> None:
    assert set(runbooks.PROBES) <= {"stale", *State}
    for state, alert in runbooks.PROBES.items():
        assert (RUNBOOKS / "probes" / f"{alert}.md").exists(), state
    assert (RUNBOOKS / runbooks.FAILING).exists()
    assert set(runbooks.EXPORTERS) == {one.name for one in EXPORTERS}
    assert all((RUNBOOKS / folder).is_dir() for folder in runbooks.EXPORTERS.values())


def target(fetched: Fetched, verdicts: Sequence[Meaning] | Exception = (), *, late: bool = False, over: int = 0) -> Shown:
    def given(_: object) -> Sequence[Meaning]:
        if isinstance(verdicts, Exception):
            raise verdicts
        return verdicts

    job: Any = SimpleNamespace(exporter="galera", target="main", collector=SimpleNamespace(verdicts=given))
    good = Good(None, Rendering(over_limit=over), NOW, WALL) if fetched.success else None
    return Shown(job, fetched, good, None, late, NOW)


FINE = Fetched(success=True, reachable=True, duration=0.25, last_success=WALL - 12.0)
BLAMED = Link("Errors that blame it", "/errors?q=dependency%3Agalera")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (target(Fetched()), ("unknown", "waiting", "Not asked yet.", ())),
        (target(FINE), ("good", "reachable", "Answered 12 s ago.", (BLAMED,))),
        (
            target(Fetched(success=False, reachable=False, reason="db1: refused; is it running?")),
            (
                "bad",
                "unreachable",
                "db1: refused; is it running? (last good answer: never)",
                (BLAMED, Link("Runbook", f"{BOOKS}/stratoscope/ExporterFailing.md")),
            ),
        ),
        (
            target(Fetched(success=False, reachable=True, reason="password?", last_success=WALL - 90.0)),
            (
                "bad",
                "failing",
                "password? (last good answer: 1 min 30 s ago)",
                (BLAMED, Link("Runbook", f"{BOOKS}/stratoscope/ExporterFailing.md")),
            ),
        ),
    ],
)
def test_how_a_target_is_asked(shown: Shown, expected: tuple[str, str, str, tuple[Link, ...]]) -> None:
    check = exporter_checks([shown], WALL, BOOKS).checks[0]
    assert check.name == "galera main"
    assert (check.state, check.word, check.text, tuple(check.links)) == expected


def test_a_target_that_hangs_and_one_that_is_cut() -> None:
    late, cut = (exporter_checks([one], WALL).checks[0] for one in (target(FINE, late=True), target(FINE, over=7)))
    assert (late.state, late.word) == ("bad", "unreachable")
    assert "the target hangs, or the timeout is too short" in late.text
    assert Fact("cut", "7 series are over max_series", "lossy") in cut.facts


@pytest.mark.parametrize(("state", "colour"), [("degraded", "warning"), ("read_only", "bad"), ("unknown", "unknown")])
def test_what_an_answer_means(state: str, colour: str) -> None:
    verdict = Meaning("cluster main", state, False, ("node_not_ready", "2 of 3 agree"), {"db1 wsrep_ready": "OFF"})
    check = exporter_checks([target(FINE, [verdict])], WALL, BOOKS).checks[1]
    assert (check.name, check.state, check.word) == ("cluster main", colour, state.replace("_", " "))
    assert check.text == "node not ready; 2 of 3 agree"
    assert list(check.facts) == [Fact("db1 wsrep_ready", "OFF")]
    assert list(check.links) == [Link("Runbooks", f"{BOOKS}/galera/")]


def test_a_healthy_cluster_needs_no_runbook() -> None:
    check = exporter_checks([target(FINE, [Meaning("cluster main", "healthy", True)])], WALL, BOOKS).checks[1]
    assert (check.state, check.text, list(check.links)) == ("good", "Nothing speaks against it.", [])


def test_verdicts_and_evidence_are_bounded_and_the_bad_ones_come_first() -> None:
    evidence = {f"row {number}": "x" for number in range(50)}
    verdicts = [
        Meaning(f"host {number}", "healthy" if number < 90 else "down", number < 90, (), evidence) for number in range(120)
    ]
    _, *checks, more = exporter_checks([target(FINE, verdicts)], WALL).checks
    assert len(checks) == exporter_health.VERDICTS
    assert {check.word for check in checks} == {"down"}
    assert len(checks[0].facts) == exporter_health.EVIDENCE + 1
    assert (more.state, more.text) == ("bad", "100 more verdicts, 10 of them not healthy; /metrics has all.")


def test_a_fault_in_a_verdict_costs_that_verdict_only() -> None:
    assert len(exporter_checks([target(FINE, ValueError("ours"))], WALL).checks) == 1


def test_the_colours_of_all_states_are_decided() -> None:
    assert set(probe_health._COLOURS) == set(State)
