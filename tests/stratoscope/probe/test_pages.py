"""What the endpoint says, out of snapshots made by hand: no server, no clock."""

import logging
from dataclasses import replace

import pytest

from probes.model import Evidence, Finding, Proof, Role, State, Use, Verdict
from probes.verdict import Answer, Outcome
from probes.watch.model import Shown
from stratoscope.probe.drain_page import may_ask
from stratoscope.probe.happenings import Happenings
from stratoscope.probe.pages import PATHS, Pages, Sources
from stratoscope.probe.snapshot import DEAD_AFTER, STALE_AFTER, Drained, Snapshot, View
from stratoscope.serving.light_http import Reply, Request

NOW = 1000.0
USE = Use("ask", "rpc", frozenset({Role.LIVENESS}), "A test.", proof=Proof.UNANSWERED)
SEEN = Evidence("ask", Finding.SILENT, NOW - 3, "3 pings, no answer", about="cmp001", figures={"ping_seconds": 0.5})


def view(name: str = "nova", state: State = State.HEALTHY, at: float = NOW, *, live: bool = True, ready: bool = True) -> View:
    verdict = Verdict(
        name, state, at, NOW - 60, f"{state}: told", ready, started=True, proofs={Proof.UNANSWERED: NOW - 9}, rule="well"
    )
    outcome = Outcome.LIVE if live else Outcome.KILL
    return View(
        verdict=replace(verdict, evidence=(SEEN, Evidence("pulse", Finding.FINE, NOW, "on time"))),
        live=Answer(live, f"{state}: told", outcome),
        ready=Answer(ready, f"{state}: told"),
        started=Answer(ok=True, reason=f"{state}: told"),
        checks=(Shown(USE, (SEEN,), NOW - 3, 0.25, looks=7, faults=2, overdue=4.0, stuck=1),),
        settings=("policy.mode = observe",),
        doubts=(("grace_period", "too short"),),
    )


def pages(snapshot: Snapshot, happenings: Happenings | None = None, now: float = NOW) -> Pages:
    happenings = happenings or Happenings(logging.getLogger("stratoscope.probe"))
    return Pages(
        Sources(
            lambda: snapshot,
            lambda request: Reply(200, "metrics\n"),
            lambda name, request: Reply(202, f"{request.method} {name}\n"),
            happenings,
            lambda: now,
        )
    )


def asked(
    path: str, *views: View, method: str = "GET", now: float = NOW, at: float = NOW, trouble: str = ""
) -> tuple[int, str]:
    snapshot = Snapshot(at, {one.verdict.service: one for one in views}, trouble)
    reply = pages(snapshot, now=now)(Request(method, path))
    assert isinstance(reply, Reply)
    return reply.status, reply.data().decode()


BAD = view(state=State.HUNG, live=False, ready=False)


@pytest.mark.parametrize("path", ["/livez/nova", "/livez", "/livez/", "/livez/nova/"])
def test_liveness_fails_when_the_policy_says_so_and_says_why(path: str) -> None:
    assert asked(path, view()) == (200, "healthy: told\n")
    assert asked(path, BAD) == (503, "hung: told\n")
    assert asked(path, BAD, method="HEAD")[0] == 503


def test_liveness_never_fails_for_a_name_that_is_not_known(caplog: pytest.LogCaptureFixture) -> None:
    assert asked("/livez/nvoa", BAD) == (200, "fine as far as is known: there is no service 'nvoa' here, only nova\n")
    assert asked("/livez", BAD, view("heat"))[0] == 200
    assert "asked for /livez/nvoa, and there is no such service" in caplog.text
    assert asked("/readyz/nvoa", view())[0] == 404
    assert asked("/startupz/nvoa", view())[0] == 404


def test_what_is_too_old_kills_nobody_and_is_not_ready() -> None:
    late = NOW + STALE_AFTER + 1
    status, told = asked("/livez/nova", BAD, now=late)
    assert (status, told.startswith("stale: the last verdict is 11 s old")) == (200, True)
    assert asked("/startupz/nova", BAD, now=late)[0] == 200
    assert asked("/readyz/nova", view(), now=late)[0] == 503
    assert asked("/livez/nova", BAD, now=NOW + STALE_AFTER - 1)[0] == 503


def test_one_whose_step_fails_grows_stale_beside_others() -> None:
    stuck, well = replace(BAD, verdict=replace(BAD.verdict, at=NOW - 60)), view("heat")
    assert asked("/livez/nova", stuck, well)[0] == 200
    assert asked("/livez/heat", stuck, well) == (200, "healthy: told\n")


def test_a_fault_of_ours_kills_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "stratoscope.probe")
    broken = pages(None)  # type: ignore[arg-type]
    reply = broken(Request("GET", "/livez/nova"))
    assert isinstance(reply, Reply)
    assert reply.status == 200
    with pytest.raises(AttributeError):
        broken(Request("GET", "/readyz"))


def test_readiness_of_all_names_those_that_are_not() -> None:
    heat = view("heat", State.DEPENDENCY_DOWN, ready=False)
    assert asked("/readyz", view(), heat) == (503, "heat: dependency_down: told\n")
    assert asked("/readyz/nova", view(), heat) == (200, "healthy: told\n")
    assert asked("/readyz", view(), view("heat")) == (200, "nova: healthy: told\nheat: healthy: told\n")


def test_without_usable_settings_nothing_is_killed_and_nothing_is_ready() -> None:
    trouble = "the settings cannot be used: probe.yaml:1: no"
    assert asked("/livez/nova", trouble=trouble) == (200, f"fine as far as is known: {trouble}\n")
    assert asked("/readyz/nova", trouble=trouble) == (503, f"{trouble}\n")
    assert asked("/startupz", trouble=trouble)[0] == 503
    assert asked("/-/healthy", trouble=trouble)[0] == 200
    assert trouble in asked("/debug", trouble=trouble)[1]


def test_the_sidecar_itself_is_healthy_while_its_loop_runs() -> None:
    assert asked("/-/healthy", view()) == (200, "Healthy\n")
    assert asked("/-/healthy", view(), now=NOW + DEAD_AFTER + 1)[0] == 503


def test_debug_shows_what_a_verdict_rests_on() -> None:
    status, told = asked("/debug/nova", replace(BAD, drained=Drained(over=False, seconds=3, told="draining")), view("heat"))
    assert status == 200
    for part in (
        "== nova (profile not found yet, observe)",
        "verdict    hung for 60 s: hung: told",
        "rule       well",
        "liveness   503 (kill): hung: told",
        "proof      unanswered holds for 9 s",
        "drain      under way for 3 s: draining",
        "-- ask: check rpc for liveness, proof unanswered; every 10 s, within 5 s",
        "   7 looks, 2 faults; the last one 3.0 s ago, took 250.0 ms",
        "   the look under way is 4 s past its time-out; threads given up: 1",
        "   silent      ask (cmp001): 3 pings, no answer [3.0 s ago]",
        "ping_seconds 0.5",
        "-- pulse",
        "doubtful   grace_period: too short",
        "setting    policy.mode = observe",
    ):
        assert part in told
    assert "heat" not in told
    assert asked("/debug", view(), view("heat"))[1].count("== ") == 2
    assert asked("/debug/x", view())[0] == 404


def test_debug_makes_control_characters_visible() -> None:
    evil = replace(view(), verdict=replace(view().verdict, reason="\x1b[2J"))
    assert "\x1b" not in asked("/debug", evil)[1]


def test_other_pages() -> None:
    assert asked("/metrics", view()) == (200, "metrics\n")
    assert asked("/drain/nova", view(), method="POST") == (202, "POST nova\n")
    assert "/livez/SERVICE" in asked("/", view())[1]
    assert asked("/nowhere", view())[0] == 404
    assert asked("/livez", view(), method="POST")[0] == 405


def test_answers_are_counted_by_page_and_code() -> None:
    happenings = Happenings(logging.getLogger("stratoscope.probe"))
    ask = pages(Snapshot(NOW, {"nova": BAD}), happenings)
    for path in ("/livez/nova", "/livez/nova", "/readyz", "/a", "/b"):
        ask(Request("GET", path))
    assert happenings.counts.requests == {("/livez", "503"): 2, ("/readyz", "503"): 1, ("other", "404"): 2}
    assert {path for path, _ in happenings.counts.requests} <= {*PATHS, "other"}


@pytest.mark.parametrize(
    ("request_", "networks", "may"),
    [
        (Request("GET", "/", peer="127.0.0.1", local="127.0.0.1"), (), True),
        (Request("GET", "/", peer="10.1.2.3", local="10.1.2.3"), (), True),
        (Request("GET", "/", peer="::1", local="::1"), (), True),
        (Request("GET", "/", peer="10.1.0.1", local="10.1.2.3"), (), False),
        (Request("GET", "/", peer="10.1.0.1", local="10.1.2.3"), ("10.1.0.0/24",), True),
        (Request("GET", "/", peer="fd00::1", local="fd00::2"), ("10.1.0.0/24", "fd00::/64"), True),
        (Request("GET", "/", peer="10.1.1.1", local="10.1.2.3"), ("10.1.0.0/24",), False),
        (Request("GET", "/", peer="10.1.1.1", local="10.1.2.3", known=True), (), True),
        (Request("GET", "/", peer="", local="10.1.2.3"), ("0.0.0.0/0",), False),
        (Request("GET", "/", headers={"origin": "http://evil"}, peer="127.0.0.1", local="127.0.0.1"), (), False),
        (Request("GET", "/", headers={"sec-fetch-site": "none"}, peer="127.0.0.1", local="127.0.0.1"), (), False),
    ],
)
def test_who_may_drain(request_: Request, networks: tuple[str, ...], may: bool) -> None:
    assert may_ask(request_, networks) is may
