"""What a round saw -> evidence, row by row."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.model import Finding
from probes.rpc.findings import Asked, Known, evidence
from probes.rpc.link import Failed
from probes.rpc.messages import Reply
from probes.rpc.ping import Pinged, Round, Target

TARGET = Target("nova", "compute.cmp001")
OTHER = Target("nova", "compute.cmp001@b", "b")
WELL = Pinged(TARGET, consumers=3, sent=3, answers=(0.002, 0.004, 0.003))
SILENT = Pinged(TARGET, consumers=3, sent=3, open=3)
LOST = Pinged(TARGET, consumers=1, sent=1, returned=True, direct=0.002)
NEVER = Known()
BEFORE = Known({TARGET.queue: 3})
ASKED = Asked("rpc_ping", timeout=4.9)

ROWS = [
    (WELL, ASKED, BEFORE, Finding.FINE, "compute.cmp001: 3 of 3 answered rpc_ping in 4.0 ms"),
    (replace(WELL, late=3), ASKED, BEFORE, Finding.FINE, "compute.cmp001: 3 of 3 answered rpc_ping in 4.0 ms"),
    (
        replace(WELL, answers=(0.1, 1.5)),
        ASKED,
        BEFORE,
        Finding.PARTIAL,
        "2 of 3 pings to compute.cmp001 (rpc_ping) were answered",
    ),
    (SILENT, ASKED, BEFORE, Finding.SILENT, "compute.cmp001 did not answer rpc_ping in 4.9 s; 3 consume it"),
    (
        replace(SILENT, sent=0, open=18),
        ASKED,
        BEFORE,
        Finding.SILENT,
        "leaves 18 pings (rpc_ping) unanswered, so no more were sent",
    ),
    (replace(SILENT, late=2), ASKED, BEFORE, Finding.DRAINED, "answers rpc_ping late: 2 answers to earlier pings came"),
    (LOST, ASKED, BEFORE, Finding.LOST_ROUTE, "its binding is lost, and requests with it; its queue itself answers in 2.0 ms"),
    (replace(LOST, direct=None), ASKED, BEFORE, Finding.LOST_ROUTE, "no answer either in compute.cmp001 itself"),
    (Pinged(TARGET), ASKED, BEFORE, Finding.LOST_ROUTE, "the queue compute.cmp001 is gone"),
    (Pinged(TARGET), ASKED, NEVER, Finding.NOT_YET, "there is no queue compute.cmp001 so far"),
    (Pinged(TARGET, consumers=0), ASKED, BEFORE, Finding.GONE, "nobody consumes compute.cmp001 any more (3 did)"),
    (Pinged(TARGET, consumers=0), ASKED, NEVER, Finding.NOT_YET, "nobody consumes compute.cmp001 so far"),
    (WELL, replace(ASKED, workers=4), BEFORE, Finding.NOT_YET, "3 of 4 workers consume compute.cmp001 so far"),
    (WELL, replace(ASKED, workers=4), Known({TARGET.queue: 4}), Finding.PARTIAL, "3 of 4 workers consume compute.cmp001"),
    (replace(SILENT, sent=0, open=0), Asked("", mute="nothing to ping with"), BEFORE, Finding.UNKNOWN, "nothing to ping with"),
    (replace(WELL, odd=Reply("1", None, "RemoteError", "a\nb")), ASKED, BEFORE, Finding.FINE, "with RemoteError (a b)"),
    (replace(WELL, odd=Reply("1", "other")), ASKED, BEFORE, Finding.FINE, "with something else"),
]


@pytest.mark.parametrize(("pinged", "asked", "known", "finding", "text"), ROWS)
def test_one_target(pinged: Pinged, asked: Asked, known: Known, finding: Finding, text: str) -> None:
    seen = Round("rabbit:5672", control=0.001, pinged=(pinged,))
    service, control = evidence(5.0, 0.1, seen, asked, known)
    assert (service.finding, control.finding) == (finding, Finding.FINE)
    assert text in service.text
    assert (service.check, control.check, service.at, service.seconds) == ("", "_control", 5.0, 0.1)
    told = "our own message through rabbit:5672 took 1.0 ms"
    assert (told in service.text) is (finding is not Finding.FINE)
    assert control.text == told


def test_our_own_message_that_does_not_come_back_is_the_broker_and_not_the_service() -> None:
    for pinged in (SILENT, LOST, Pinged(TARGET)):
        service, control = evidence(0.0, 5.0, Round("rabbit:5672", pinged=(pinged,)), ASKED, BEFORE)
        assert [service.finding, control.finding] == [Finding.DEPENDENCY] * 2
        assert service.about == control.about == "broker"
        assert service.text == "rabbit:5672 took our own message and did not give it back in time: it hangs or is overloaded"


def test_a_service_that_answers_is_fine_even_so() -> None:
    service, control = evidence(0.0, 5.0, Round("rabbit:5672", pinged=(WELL,)), ASKED, BEFORE)
    assert (service.finding, control.finding) == (Finding.FINE, Finding.DEPENDENCY)
    assert "queueing_seconds" not in service.figures


@pytest.mark.parametrize(
    ("failed", "known", "finding", "text"),
    [
        (Failed(0.0, missing=True, text=""), BEFORE, Finding.LOST_ROUTE, "there is no exchange nova at rabbit:5672 any more"),
        (Failed(0.0, missing=True, text=""), NEVER, Finding.NOT_YET, "there is no exchange nova at rabbit:5672 so far"),
        (Failed(0.0, missing=False, text="ACCESS_REFUSED"), BEFORE, Finding.UNKNOWN, "give our user `write` on it"),
    ],
)
def test_the_broker_closes_the_channel(failed: Failed, known: Known, finding: Finding, text: str) -> None:
    seen = Round("rabbit:5672", control=0.001, failed=failed, pinged=(replace(SILENT, open=0),))
    service, _ = evidence(0.0, 0.1, seen, ASKED, known)
    assert service.finding is finding
    assert text in service.text


@pytest.mark.parametrize(
    ("second", "finding", "about"),
    [
        (replace(WELL, target=OTHER), Finding.FINE, ""),
        (replace(SILENT, target=OTHER), Finding.PARTIAL, "b"),
        (replace(LOST, target=OTHER), Finding.PARTIAL, "b"),
    ],
)
def test_one_of_several_targets(second: Pinged, finding: Finding, about: str) -> None:
    seen = Round("rabbit:5672", control=0.001, pinged=(WELL, second))
    service, _ = evidence(0.0, 0.1, seen, ASKED, BEFORE)
    assert (service.finding, service.about) == (finding, about)


def test_of_targets_that_are_all_bad_what_a_restart_would_mend_least_is_said() -> None:
    first = replace(SILENT, target=Target("nova", "a", "a"))
    for second, finding in ((replace(SILENT, target=OTHER), Finding.SILENT), (replace(LOST, target=OTHER), Finding.LOST_ROUTE)):
        service, _ = evidence(0.0, 0.1, Round("rabbit:5672", control=0.001, pinged=(first, second)), ASKED, BEFORE)
        assert (service.finding, service.about) == (finding, "a, b")


def test_figures() -> None:
    pinged = replace(WELL, late=2, open=1)
    service, control = evidence(0.0, 0.1, Round("rabbit:5672", 0.001, pinged=(pinged,)), replace(ASKED, workers=3), BEFORE)
    assert service.figures == {
        "consumers": 3,
        "workers": 3,
        "answering": 3,
        "late": 2,
        "open": 1,
        "control_seconds": 0.001,
        "ping_seconds": 0.004,
        "queueing_seconds": 0.003,
    }
    assert control.figures == {"control_seconds": 0.001}


numbers = st.integers(min_value=0, max_value=4)
any_pinged = st.builds(
    Pinged,
    st.just(TARGET),
    st.one_of(st.none(), numbers),
    numbers,
    st.lists(st.floats(0, 9), max_size=4).map(tuple),
    returned=st.booleans(),
    direct=st.one_of(st.none(), st.floats(0, 9)),
    late=numbers,
    open=numbers,
)


class TestWhatSpeaksAgainstTheService:
    """ "Only two things speak against the service itself: SILENT (a consumer took the ping and nothing came, while our own
    message came back), and PARTIAL."
    """

    @given(any_pinged, st.one_of(st.none(), st.floats(0, 9)), st.sampled_from(("", "low on memory")))
    def test_silent(self, pinged: Pinged, control: float | None, blocked: str) -> None:
        seen = Round("rabbit:5672", control, blocked, pinged=(pinged,))
        service, way = evidence(0.0, 0.1, seen, ASKED, BEFORE)
        if service.finding is Finding.SILENT:
            assert way.finding is Finding.FINE
            assert pinged.consumers
            assert not pinged.answers
            assert not pinged.returned
        if service.finding is Finding.PARTIAL:
            assert pinged.answers
        assert "\n" not in service.text
