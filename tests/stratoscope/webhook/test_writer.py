"""Events written to an API server: made, counted, and what happens when it refuses, forgets, or never answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clients.kubernetes import Api
from clients.kubernetes_access import ApiAccess
from exporters.metrics import Samples
from stratoscope.webhook.happenings import Happenings
from stratoscope.webhook.ledger import BURST, PER_SECOND
from stratoscope.webhook.writer import WAITING, EventWriter
from tests.servers.kube_objects import KubeObjects
from tests.servers.process import wait_until
from tests.stratoscope.serving.test_web_config import Clock
from tests.stratoscope.webhook.test_ledger import complaint

pytestmark = pytest.mark.servers
EVENTS = "/apis/events.k8s.io/v1/namespaces/openstack/events"


@pytest.fixture(name="server")
def running_server() -> Iterator[KubeObjects]:
    with KubeObjects() as server:
        yield server


class Writing:
    """A writer of Events, and its clock."""

    def __init__(self, server: KubeObjects, folder: Path) -> None:
        self.clock = Clock()
        self.happenings = Happenings()
        api = Api(ApiAccess(kubeconfig=server.kubeconfig(folder), timeout=30))
        self.writer = EventWriter(api, "webhook-0", self.happenings, self.clock)

    def counted(self) -> dict[str, float]:
        samples = Samples()
        self.happenings.tell(samples)
        (family,) = (one for one in samples if one.name == "stratoscope_webhook_events")
        return {one.labels["outcome"]: one.value for one in family.samples if one.value}

    def until(self, **counts: float) -> None:
        wait_until(lambda: self.counted() == counts, f"{counts}")


def test_an_event_is_made_once_and_then_counted(server: KubeObjects, tmp_path: Path) -> None:
    writing = Writing(server, tmp_path)
    with writing.writer as writer:
        for _ in range(3):
            writer.offer(complaint())
        writing.until(created=1)
        wait_until(writer._queue.empty, "all were taken")
        (event,) = server.under(EVENTS)
        assert event["reportingController"] == "stratoscope.io/webhook"
        assert event["regarding"]["name"] == "api"
        assert "series" not in event
        writing.clock.now += 61
        writing.until(created=1, repeated=1)
        (event,) = server.under(EVENTS)
        assert event["series"]["count"] == 3


def test_one_that_the_api_server_has_forgotten_is_made_again(server: KubeObjects, tmp_path: Path) -> None:
    writing = Writing(server, tmp_path)
    with writing.writer as writer:
        writer.offer(complaint())
        writer.offer(complaint())
        writing.until(created=1)
        server.objects.clear()
        writing.clock.now += 61
        wait_until(lambda: server.times("PATCH") == 1, "it is counted in what is not there")
        writer.offer(complaint())
        writing.until(created=2)
    assert len(server.under(EVENTS)) == 1


def test_without_the_right_it_says_so_once_and_goes_on(
    server: KubeObjects, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.refuse = lambda method, _: (403, "events is forbidden") if method == "POST" else None
    writing = Writing(server, tmp_path)
    with writing.writer as writer:
        for number in range(3):
            writer.offer(complaint(f"api-{number}"))
        writing.until(failed=3)
        (line,) = [one.getMessage() for one in caplog.records]
        assert "403 events is forbidden; allow our service account to create and patch events of events.k8s.io" in line
        server.refuse = lambda *_: None
        writer.offer(complaint("api-0"))
        writing.until(failed=3, created=1)


def test_more_than_the_bounds_wait_for_their_turn(server: KubeObjects, tmp_path: Path) -> None:
    writing = Writing(server, tmp_path)
    with writing.writer as writer:
        for number in range(int(BURST) + 5):
            writer.offer(complaint(f"api-{number}"))
        writing.until(created=BURST)
        writing.clock.now += 5 / PER_SECOND
        writing.until(created=BURST + 5)


def test_an_api_server_that_never_answers_holds_nobody_up(tmp_path: Path) -> None:
    with KubeObjects(silent=True) as server:
        writing = Writing(server, tmp_path)
        with writing.writer as writer:
            writer.offer(complaint())
            wait_until(lambda: server.times("POST") == 1, "it waits for an answer")
            for number in range(WAITING + 7):
                writer.offer(complaint(f"api-{number}"))
            assert writing.counted() == {"dropped": 7}
            server.ended.set()  # and the end is not held up either


def test_what_waits_at_the_end_is_written(server: KubeObjects, tmp_path: Path) -> None:
    writing = Writing(server, tmp_path)
    with writing.writer as writer:
        writer.offer(complaint())
        writer.offer(complaint("other"))
    writing.until(created=2)


def test_a_fault_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def create(self, *_: Any) -> Any:
            raise LookupError("the fault")

        patch = create

    happenings = Happenings()
    with EventWriter(Broken(), "", happenings) as writer:
        writer.offer(complaint())
        writer.offer(complaint("other"))
        wait_until(lambda: len(caplog.records) == 2, "both were tried")
