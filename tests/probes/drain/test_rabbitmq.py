"""A RabbitMQ node may leave when no queue would lose its majority with it."""

import time
from collections.abc import Iterator

import pytest

from clients.model import Deadline, MalformedError, TargetError
from parsers.secret import Secret
from probes.drain.conductor import Drain, Step
from probes.drain.model import Outcome, Phase
from probes.drain.rabbitmq import make
from probes.drain.settings import DrainSettings, RabbitmqSettings
from probes.model import Context
from tests.servers.process import READY, free_port, wait_until
from tests.servers.rabbitmq import RabbitmqCluster

CONTEXT = Context("rabbitmq")


def soon() -> Deadline:
    return Deadline.after(READY)


@pytest.fixture(scope="module")
def cluster() -> Iterator[RabbitmqCluster]:
    with RabbitmqCluster.made(size=2) as made:
        made.add_user("watch", "secret", "monitoring")
        yield made


@pytest.mark.servers
@pytest.mark.timeout(400)
def test_the_drain_waits_until_no_queue_depends_on_the_node(cluster: RabbitmqCluster) -> None:
    node = cluster.nodes[0]
    action = make(RabbitmqSettings(f"http://127.0.0.1:{node.management}", "watch", Secret("secret")), CONTEXT)
    assert action.permitted(soon()).done
    node.api("PUT", "/queues/%2F/precious", json={"durable": True, "arguments": {"x-queue-type": "quorum"}})
    wait_until(lambda: not action.permitted(soon()).done, "of two members none may go", pause=0.2)
    progress = action.permitted(soon())
    assert progress.in_flight == 1
    assert progress.text.startswith("must not leave yet: ")
    ready: list[bool] = []
    settings = DrainSettings(grace=4 * READY, margin=0.0, settle=0.0, pause=0.2)
    drain = Drain("rabbitmq", [Step("rabbitmq", action)], settings, grace=60.0, ready=ready.append)
    drain.begin()
    wait_until(lambda: "must not leave yet" in drain.status().text, "it waits")
    assert drain.status().phase is Phase.PERMITTING
    assert ready == [], "clients that it still serves are better off than without it"
    node.api("DELETE", "/queues/%2F/precious")
    assert drain.wait().outcome is Outcome.DRAINED
    assert ready == [False]
    action.close()


@pytest.mark.servers
@pytest.mark.timeout(400)
def test_a_check_that_this_release_does_not_have_is_passed_and_a_wrong_password_told(cluster: RabbitmqCluster) -> None:
    url = f"http://127.0.0.1:{cluster.nodes[0].management}"
    older = make(RabbitmqSettings(url, "watch", Secret("secret"), checks=("of-the-future",)), CONTEXT)
    assert older.permitted(soon()).done
    older.close()
    wrong = make(RabbitmqSettings(url, "watch", Secret("wrong")), CONTEXT)
    with pytest.raises(TargetError, match="refused with 401"):
        wrong.permitted(soon())
    wrong.close()


def test_a_node_that_is_down_has_nothing_to_wait_for() -> None:
    action = make(RabbitmqSettings(f"http://127.0.0.1:{free_port()}"), CONTEXT)
    settings = DrainSettings(grace=2 * READY, margin=0.0, settle=0.0, pause=0.01)
    drain = Drain("rabbitmq", [Step("rabbitmq", action)], settings, grace=60.0, ready=lambda _: None)
    begun = time.monotonic()
    drain.begin()
    status = drain.wait()
    assert status.outcome is Outcome.DRAINED
    assert status.steps[0].failed
    assert time.monotonic() - begun < READY


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"reason": 1, "queues": 7}', b"<html>"])
def test_a_503_of_somebody_else_is_told(body: bytes) -> None:
    from probes.drain.rabbitmq import _critical

    with pytest.raises(MalformedError, match="is a proxy in between"):
        _critical(body, "127.0.0.1:15672")


@pytest.mark.parametrize(("settings", "key"), [(RabbitmqSettings("x"), "url"), (RabbitmqSettings(checks=()), "checks")])
def test_settings_that_cannot_work_are_told(settings: RabbitmqSettings, key: str) -> None:
    assert [name for name, _ in settings.mistakes()] == [key]
