"""A real cluster of three with real oslo.messaging servers and callers, harmed in one way after the other. After each harm the
metrics say what happened and the verdict names it; after each healing all is well again."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from exporters.rabbitmq.collector import RabbitmqCollector
from exporters.rabbitmq.settings import RabbitmqNode, RabbitmqSettings, RabbitmqThresholds
from parsers.secret import Secret
from tests.exporters.rabbitmq.looking import Look, until
from tests.servers import oslo
from tests.servers.process import Process, wait_until
from tests.servers.rabbitmq import RabbitmqCluster
from tests.servers.rabbitmq import RabbitmqNode as Broker

pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

PASSWORD = "monitoring-password"


@dataclass
class World:
    """The cluster, what runs on it, and who looks at it."""

    cluster: RabbitmqCluster
    collector: RabbitmqCollector
    folder: Path
    url: str
    conductor: Process

    def until(self, *reasons: str) -> Look:
        """Fetch until the verdict has these reasons; a queue tells of itself every five seconds."""
        return until(self.collector, lambda seen: set(reasons) <= set(seen.verdict.reasons), ", ".join(reasons))

    def until_healthy(self) -> Look:
        """Fetch until all is well, which it is not before the slow lane has seen it."""

        def holds(seen: Look) -> bool:
            return seen.verdict.healthy and seen.snapshot.slow.queues is not None and seen.snapshot.slow.connections is not None

        return until(self.collector, holds, "all is well")

    def call(self, kind: str, topic: str, host: str) -> None:
        """Let nova-api send something, and wait until it has."""
        caller = oslo.client("nova-api", self.url, kind, topic, host, self.folder)
        wait_until(lambda: not caller.running(), f"{kind} to {topic} is sent")
        assert caller.stop() == 0, caller.tail()

    def stop_conductor(self) -> None:
        """That of now; a test may have put another in its place."""
        self.conductor.kill()

    def forget_orphans(self) -> None:
        """Delete the queues of processes that are gone, as half an hour would."""
        for name in self.names():
            if "_fanout_" in name or name.startswith("reply_"):
                with contextlib.suppress(httpx.HTTPStatusError):  # it is in use
                    self.cluster.nodes[0].api("DELETE", f"/queues/%2F/{name}", params={"if-unused": "true"})

    def names(self) -> list[str]:
        return [str(row["name"]) for row in self.cluster.nodes[0].api("GET", "/queues")]

    def consumers(self, name: str) -> int:
        return int(self.cluster.nodes[0].api("GET", f"/queues/%2F/{name}").get("consumers", 0))


def settings(cluster: RabbitmqCluster) -> RabbitmqSettings:
    nodes = tuple(
        RabbitmqNode(f"http://127.0.0.1:{node.prometheus}", f"http://127.0.0.1:{node.management}") for node in cluster.nodes
    )
    thresholds = RabbitmqThresholds(
        dropped_per_second=0, undeliverable_per_second=0, window=3, stuck_after=1, orphans=0, memory=1.0
    )
    return RabbitmqSettings(
        "main", "monitor", Secret(PASSWORD), nodes, slow_interval=1, node_timeout=3, page_pause=0, thresholds=thresholds
    )


@pytest.fixture(scope="module")
def world(cluster: RabbitmqCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("oslo")
    with contextlib.ExitStack() as running:
        first = cluster.nodes[0]
        cluster.add_user("monitor", PASSWORD, "monitoring", {"/": "^$"})
        for name, kind in (("notifications.info", "quorum"), ("q-plugin_fanout", "stream")):
            first.api("PUT", f"/queues/%2F/{name}", json={"durable": True, "arguments": {"x-queue-type": kind}})
        # The queues of the services are on the first two: what becomes of the third does not touch them.
        url = cluster.transport_url().rpartition(",")[0] + "/"
        for service, topic, host in (("nova-compute", "compute", "cmp001"), ("nova-compute", "compute", "cmp002")):
            running.enter_context(oslo.server(service, url, topic, host, folder))
        collector = running.enter_context(contextlib.closing(RabbitmqCollector(settings(cluster))))
        conductor = oslo.server("nova-conductor", url, "conductor", "ctl001", folder)
        made = World(cluster, collector, folder, url, conductor)
        running.callback(made.stop_conductor)
        yield made


def test_healthy(world: World) -> None:
    world.call("call", "compute", "cmp001")
    world.forget_orphans()
    seen = world.until_healthy()
    assert seen.verdict.state == "healthy"
    assert seen.holding("verdict") == {"healthy"}
    assert seen.holding("reason") == set()
    assert seen.value("members_known") == seen.value("members_running") == 3
    assert seen.value("alarm", resource="memory") == 0
    assert seen.value("queues", kind="rpc_topic") == 2
    assert seen.value("queues", kind="rpc_server") == 3
    assert seen.value("topic_consumers", kind="rpc_topic", topic="compute") == 2
    assert seen.value("topic_consumers", kind="rpc_server", topic="conductor") == 1
    assert seen.value("host_queues", host="cmp002") == 1
    assert seen.value("queues_without_consumers", kind="rpc_server") == 0
    assert seen.value("queues_by_type", kind="notification", type="quorum") == 1
    assert seen.value("queues_by_type", kind="fanout", type="stream") == 1
    assert seen.value("queues_by_type", kind="rpc_server", type="classic") == 3
    assert seen.value("queues_without_expiry") == 0
    assert seen.holding("source_state") == {"ok"}


def test_connections_by_service(world: World) -> None:
    """The broker tells states and channels of a connection some seconds after it has come."""

    def holds(seen: Look) -> bool:
        running = [seen.value("connections", client=f"nova-{name}", state="running") or 0 for name in ("compute", "conductor")]
        whole = seen.value("member_connections") == seen.value("connections")
        return whole and running[0] >= 2 and running[1] >= 1 and bool(seen.value("client_channels", client="nova-compute"))

    seen = until(world.collector, holds, "the connections of both services are told")
    assert seen.value("connections", client="nova-conductor", state="blocked") == 0
    assert seen.value("connection_names_kept") == 1


def test_promtool_has_nothing_to_say(world: World) -> None:
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=world.until_healthy().text(), capture_output=True, timeout=60, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_the_only_server_of_a_topic_dies(world: World) -> None:
    world.until_healthy()
    world.conductor.kill()
    seen = world.until("topic_unserved", "orphans")
    assert seen.verdict.state == "degraded"
    assert "conductor" in seen.verdict.evidence["/metrics/detailed queue_consumers"]
    assert seen.value("topic_queues_without_consumers", kind="rpc_topic", topic="conductor") == 1
    assert seen.value("orphan_queues", kind="fanout") == 1
    world.call("cast", "conductor", "ctl001")
    seen = world.until("queue_stuck")
    assert seen.value("stuck_messages", kind="rpc_server") == 1
    assert seen.value("host_queues_without_consumers", host="ctl001") == 1
    assert seen.value("topic_messages_ready", kind="rpc_server", topic="conductor") == 1
    assert "/:conductor.ctl001 (1 ready)" in seen.verdict.evidence["/metrics/detailed queue_messages_ready"]

    world.conductor = oslo.server("nova-conductor", world.url, "conductor", "ctl001", world.folder)
    world.forget_orphans()
    seen = world.until_healthy()
    assert seen.value("messages_ready", kind="rpc_server") == 0
    assert seen.value("orphan_queues") == 0


def test_a_cast_to_a_host_that_nobody_serves(world: World) -> None:
    before = world.until_healthy().value("casts_dropped_total") or 0
    world.call("cast", "compute", "cmp999")
    seen = world.until("casts_dropped")
    assert (seen.value("casts_dropped_total") or 0) > before
    assert seen.value("casts_dropped_per_second")
    assert "replies_undeliverable" not in seen.verdict.reasons
    world.forget_orphans()
    world.until_healthy()


def test_a_reply_to_a_caller_that_has_gone(world: World) -> None:
    world.until_healthy()
    go_on = world.folder / "go-on"
    before = set(world.names())
    caller = oslo.client("nova-api", world.url, "hold", "compute", "cmp001", world.folder, str(go_on))

    def reply_queues() -> list[str]:
        return [name for name in world.names() if name.startswith("reply_") and name not in before]

    caller.wait_until(lambda: bool(reply_queues()), "the caller waits for its reply")
    (name,) = reply_queues()
    caller.wait_until(lambda: world.consumers(name) > 0, "it reads its reply queue")
    # The call itself has arrived when the server has nothing left to acknowledge: oslo.messaging acknowledges before it works.
    caller.wait_until(lambda: _idle(world, "compute.cmp001"), "the server has the call")
    caller.kill()
    wait_until(lambda: name not in world.names(), "the reply queue has expired")
    go_on.touch()
    seen = world.until("replies_undeliverable")
    assert seen.value("replies_undeliverable_total")
    assert "casts_dropped" not in seen.verdict.reasons
    world.forget_orphans()
    world.until_healthy()


def _idle(world: World, queue: str) -> bool:
    row = world.cluster.nodes[0].api("GET", f"/queues/%2F/{queue}")
    return bool(row.get("message_stats", {}).get("ack")) and not row.get("messages")


def test_a_memory_alarm_and_whom_it_blocks(world: World) -> None:
    world.until_healthy()
    first = world.cluster.nodes[0]
    first.control("set_vm_memory_high_watermark", "absolute", "1MB")
    seen = world.until("memory_alarm")
    assert seen.verdict.state == "blocked"
    assert seen.value("alarm", member=first.name, resource="memory") == 1
    assert seen.value("alarm", member=world.cluster.nodes[1].name, resource="memory") == 0
    until(world.collector, lambda seen: (seen.value("memory_headroom_bytes", member=first.name) or 0) < 0, "no room is left")

    def blocked(seen: Look) -> bool:
        states = [seen.value("connections", client="nova-compute", state=state) or 0 for state in ("blocking", "blocked")]
        return sum(states) >= 2

    seen = until(world.collector, blocked, "the connections of both computes are blocked")
    assert "connections_blocked" in seen.verdict.reasons
    assert "nova-compute" in seen.verdict.evidence["/api/connections state"]

    first.control("set_vm_memory_high_watermark", "absolute", "4GB")
    seen = world.until_healthy()
    assert seen.value("alarm") == 0
    assert not seen.snapshot.slow.connections or not seen.snapshot.slow.connections.blocked()


def test_a_node_is_stopped(world: World) -> None:
    world.until_healthy()
    third = world.cluster.nodes[2]
    third.stop()
    seen = world.until("quorum_critical")
    assert seen.verdict.state == "quorum_at_risk"
    assert {"member_down", "quorum_critical"} <= set(seen.verdict.reasons)
    assert seen.value("member_up", member=third.name) == 0
    assert seen.value("member_running", member=third.name) == 0
    assert seen.value("members_known") == 3
    assert seen.value("members_running") == 2
    assert seen.value("quorum_critical_queues", member=world.cluster.nodes[0].name) == 1
    assert seen.value("unreachable_peers", member=world.cluster.nodes[0].name) == 1
    assert seen.holding("source_state", member=third.name) == {"unreachable"}
    _restarted(world, third)


def test_a_node_freezes_and_wakes_up_alone(world: World) -> None:
    world.until_healthy()
    third = world.cluster.nodes[2]
    third.freeze()
    seen = world.until("member_unreachable")
    assert seen.holding("source_state", member=third.name) == {"timeout"}
    assert seen.value("member_up", member=third.name) == 0
    # The services on the others are seen as before.
    assert seen.value("topic_consumers", kind="rpc_server", topic="compute") == 2
    world.until("member_down")  # its peers have given it up
    third.thaw()
    seen = until(world.collector, lambda seen: seen.verdict.state == "partitioned", "the woken node is alone")
    assert {"partition", "members_disagree"} & set(seen.verdict.reasons)
    assert seen.value("unreachable_peers") or seen.value("partitions")
    third.kill()
    _restarted(world, third)


def _restarted(world: World, node: Broker) -> None:
    node.start()
    node.wait_until_ready()
    world.cluster.wait_for_running(3)
    world.forget_orphans()
    assert world.until_healthy().value("members_running") == 3
