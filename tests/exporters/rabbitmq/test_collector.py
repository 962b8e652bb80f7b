"""The collector against brokers that play recorded answers: what it asks, and what it makes of bad ones."""

import contextlib
import json
from collections.abc import Iterator

import pytest

from clients.model import Deadline, UnreachableError
from exporters.rabbitmq import detailed, management, metrics
from exporters.rabbitmq.collector import RabbitmqCollector
from exporters.rabbitmq.settings import HeadlessNodes, RabbitmqNode, RabbitmqSettings, RabbitmqThresholds
from parsers.secret import Secret
from tests.exporters.rabbitmq.looking import Look, look
from tests.exporters.rabbitmq.recorded import recorded
from tests.exporters.rabbitmq.scripted import Broker, Handler, answering, broker, http, raw_server, silent
from tests.servers.process import free_port

DETAILED = detailed.path()
QUEUES = management.queues_path(None, 1)
CONNECTIONS = management.connections_path(None, 1)


def answers() -> dict[str, tuple[int, bytes]]:
    """Those of a healthy node."""
    return {
        "/metrics": (200, recorded("metrics-3.10.8.txt")),
        DETAILED: (200, recorded("detailed-3.10.8.txt")),
        management.ALARMS: (200, recorded("alarms-3.10.8.json")),
        management.NODES: (200, recorded("nodes-3.10.8.json")),
        management.QUORUM: (200, recorded("quorum-3.10.8.json")),
        management.OVERVIEW: (200, recorded("overview-3.10.8.json")),
        QUEUES: (200, recorded("queues-3.10.8.json")),
        CONNECTIONS: (200, recorded("connections-3.10.8.json")),
    }


def settings(*urls: str, **changed: object) -> RabbitmqSettings:
    nodes = tuple(RabbitmqNode(url, url) for url in urls)
    values = {"nodes": nodes, "node_timeout": 5.0, "page_pause": 0.0, **changed}
    return RabbitmqSettings("main", "monitor", Secret("secret"), **values)  # type: ignore[arg-type]


@contextlib.contextmanager
def collecting(*urls: str, **changed: object) -> Iterator[RabbitmqCollector]:
    with contextlib.closing(RabbitmqCollector(settings(*urls, **changed))) as collector:
        yield collector


@pytest.fixture
def node() -> Iterator[Broker]:
    with broker(answers()) as made:
        yield made


def seen_of(made: Broker, **changed: object) -> Look:
    with collecting(made.url, **changed) as collector:
        return look(collector)


def test_a_healthy_node(node: Broker) -> None:
    seen = seen_of(node)
    assert seen.verdict.state == "healthy"
    assert seen.value("queues", vhost="/", kind="rpc_server") == 3
    assert seen.value("queues", kind="other") == 1
    assert seen.value("orphan_queues", kind="reply") == 1
    assert seen.value("topic_consumers", kind="rpc_topic", topic="compute") == 2
    assert seen.value("casts_dropped_total", member="a@localhost") == 1
    assert seen.value("queues_by_type", kind="fanout", type="stream") == 1
    assert seen.value("connections", client="nova-compute", state="running") == 3
    assert seen.value("auth_failures_total", protocol="amqp091") == 0
    assert seen.snapshot.reachable


def test_exactly_these_requests_and_each_once(node: Broker) -> None:
    """Never bare /api/queues, never /api/channels or /api/consumers."""
    seen_of(node)
    assert sorted(node.asked) == sorted(answers())


def test_the_slow_lane_is_not_read_at_each_fetch(node: Broker) -> None:
    with collecting(node.url) as collector:
        look(collector)
        node.asked.clear()
        seen = look(collector)
    assert set(node.asked) == {"/metrics", DETAILED, management.ALARMS, management.NODES, management.QUORUM}
    assert seen.value("connections", client="nova-compute", state="running") == 3
    assert seen.value("listing_age_seconds", listing="queues") is not None


def test_the_password_goes_to_the_management_api_only(node: Broker) -> None:
    seen_of(node)
    told = {path for path, headers in zip(node.asked, node.headers, strict=True) if "Authorization" in headers}
    assert told == {path for path in node.asked if path.startswith("/api/")}
    node.asked.clear()
    node.headers.clear()
    seen_of(node, metrics_authentication=True)
    assert all("Authorization" in headers for headers in node.headers)


def test_only_some_vhosts() -> None:
    vhost = "a/b"
    given = answers()
    given[detailed.path((vhost,))] = given.pop(DETAILED)
    given[management.queues_path(vhost, 1)] = given.pop(QUEUES)
    given[management.connections_path(vhost, 1)] = given.pop(CONNECTIONS)
    with broker(given) as made:
        seen = seen_of(made, vhosts=(vhost,))
        assert sorted(made.asked) == sorted(given)
    assert seen.verdict.state == "healthy"


def test_what_it_costs_the_target_is_counted(node: Broker) -> None:
    seen = seen_of(node)
    assert seen.value("requests_total") == len(node.asked) == 8
    assert seen.value("received_bytes_total") == sum(len(body) for _, body in answers().values())


def test_every_metric_of_the_table_is_given_out_and_no_other(node: Broker) -> None:
    with collecting(node.url) as collector:
        look(collector)
        names = {family.name for family in look(collector).families}
    assert names == {metric.name.removesuffix("_total").removesuffix("_info") for metric in metrics.METRICS}


class TestVersions:
    """What other versions lack or add. Their texts are made from the recorded ones, by what their source prints."""

    def test_4_3(self) -> None:
        """No sockets, no alarm of the file descriptors; unreachable peers, the queues' types, nodes without partitions."""
        gone = (b"tcp_sockets", b"file_descriptor_limit")
        lines = [line for line in recorded("metrics-3.10.8.txt").splitlines() if not any(name in line for name in gone)]
        lines.append(b"rabbitmq_unreachable_cluster_peers_count 0")
        text = b"\n".join(lines).replace(b"3.10.8", b"4.3.5") + b"\n"
        extra = (
            b'rabbitmq_detailed_queue_info{vhost="/",queue="compute",queue_type="rabbit_classic_queue",membership="leader"} 1\n'
        )
        given = answers()
        given["/metrics"] = (200, text)
        given[DETAILED] = (200, recorded("detailed-3.10.8.txt") + extra)
        given[management.NODES] = (200, b'[{"name":"a@localhost","running":true}]')
        with broker(given) as made:
            seen = seen_of(made)
        assert seen.verdict.state == "healthy"
        assert seen.value("unreachable_peers") == 0
        assert seen.value("alarm", resource="memory") == 0
        assert seen.value("alarm", resource="file_descriptor_limit") is None
        assert seen.value("queues") == 12

    def test_before_3_9_7(self, node: Broker) -> None:
        del node.answers[DETAILED]
        seen = seen_of(node)
        assert seen.holding("source_state", source="queues") == {"malformed"}
        assert seen.verdict.reasons == ("unseen",)
        assert seen.value("member_up") == 1

    def test_no_statistics(self, node: Broker) -> None:
        """management_agent.disable_metrics_collector: connections have no names, nodes no partitions."""
        node.answers[management.OVERVIEW] = (200, b'{"disable_stats":true}')
        rows = [{"name": "127.0.0.1:1 -> 127.0.0.1:2"}] * 3
        page = {"items": rows, "page_count": 1, "filtered_count": 3}
        node.answers[CONNECTIONS] = (200, json.dumps(page).encode())
        seen = seen_of(node)
        assert seen.value("connection_names_kept") == 0
        assert seen.value("connections", client="unnamed", state="other") == 3
        assert seen.verdict.state == "healthy"

    def test_unreachable_peers_are_told_by_the_plugin_where_the_api_is_silent(self, node: Broker) -> None:
        node.answers["/metrics"] = (200, recorded("metrics-3.10.8.txt") + b"rabbitmq_unreachable_cluster_peers_count 2\n")
        node.answers[management.NODES] = (500, b"")
        assert seen_of(node).value("unreachable_peers") == 2


class TestBadAnswers:
    """Each failure costs what it hits, and has a name."""

    def test_a_wrong_password(self, node: Broker) -> None:
        for path in node.answers:
            if path.startswith("/api/"):
                node.answers[path] = (401, b'{"error":"not_authorized","reason":"Login failed"}')
        seen = seen_of(node)
        assert seen.holding("source_state", source="management") == {"refused"}
        assert seen.holding("source_state", source="queues") == {"ok"}
        assert seen.holding("listing_state", listing="queues") == {"pending"}
        assert seen.verdict.reasons == ("unseen",)
        assert "refused with 401" in seen.verdict.evidence["a@localhost management"]
        assert seen.value("queues") == 12
        assert sum(path.startswith("/api/") for path in node.asked) == 1, "a wrong password is tried once a fetch"

    @pytest.mark.parametrize("path", ["/metrics", DETAILED, management.ALARMS, management.NODES, QUEUES, CONNECTIONS])
    @pytest.mark.parametrize("body", [b"", b"<html>no broker</html>", b'{"items": 3}', b'[{"name": 3}]', b"[[]]", b"null"])
    def test_something_else_answers(self, node: Broker, path: str, body: bytes) -> None:
        node.answers[path] = (200, body)
        seen = seen_of(node)
        states = seen.holding("source_state") | seen.holding("listing_state")
        assert "malformed" in states
        assert seen.verdict.state == "degraded"
        assert "unseen" in seen.verdict.reasons

    def test_a_number_that_is_none(self, node: Broker) -> None:
        node.answers["/metrics"] = (200, recorded("metrics-3.10.8.txt") + b"rabbitmq_connections many\n")
        assert seen_of(node).holding("source_state", source="metrics") == {"malformed"}

    @pytest.mark.parametrize(
        ("handler", "state"),
        [
            pytest.param(silent, "timeout", id="silent"),
            pytest.param(answering(b""), "unreachable", id="closed"),
            pytest.param(answering(http(recorded("metrics-3.10.8.txt"))[:5000]), "malformed", id="half an answer"),
        ],
    )
    def test_one_node_of_two_is_ill(self, node: Broker, handler: Handler, state: str) -> None:
        with raw_server(handler) as port, collecting(node.url, f"http://127.0.0.1:{port}", node_timeout=1.0) as collector:
            seen = look(collector)
        ill = f"127.0.0.1:{port}"
        assert state in seen.holding("source_state", member=ill)
        assert seen.holding("source_state", member="a@localhost") == {"ok"}
        assert seen.value("queues") == 12
        assert not seen.verdict.healthy

    def test_nobody_answers(self) -> None:
        urls = [f"http://127.0.0.1:{free_port()}" for _ in range(3)]
        with collecting(*urls) as collector:
            seen = look(collector)
        assert seen.verdict.state == "down"
        assert not seen.snapshot.reachable
        assert "no_member_answers" in seen.verdict.reasons
        assert seen.value("member_up") == 0
        assert seen.value("members_running") == 0
        assert seen.value("queues") is None

    def test_a_member_that_dies_keeps_its_name(self, node: Broker) -> None:
        with collecting(node.url) as collector:
            look(collector)
            for path in node.answers:
                node.answers[path] = (500, b"")
            seen = look(collector)
        assert seen.value("member_up", member="a@localhost") == 1
        assert seen.value("memory_used_bytes") is None


class TestHeadless:
    """All nodes by one name."""

    def collector(self, node: Broker, answers: list[list[str]]) -> RabbitmqCollector:
        headless = HeadlessNodes("rabbitmq-nodes", prometheus_port=node.port, management_port=node.port)
        given = settings(headless=headless)
        return RabbitmqCollector(given, resolve=lambda _: answers.pop(0) if answers else [])

    def test_the_addresses_of_now(self, node: Broker) -> None:
        with contextlib.closing(self.collector(node, [["127.0.0.1"], ["127.0.0.1", "127.0.0.2"], ["127.0.0.1"]])) as collector:
            assert [len(look(collector).snapshot.members) for _ in range(3)] == [1, 2, 1]

    def test_the_last_known_ones_when_the_name_service_fails(self, node: Broker) -> None:
        with contextlib.closing(self.collector(node, [["127.0.0.1"]])) as collector:
            assert [len(look(collector).snapshot.members) for _ in range(2)] == [1, 1]

    def test_a_name_that_was_never_known(self, node: Broker) -> None:
        collector = self.collector(node, [])
        with contextlib.closing(collector), pytest.raises(UnreachableError, match="resolves to no address"):
            collector.fetch(Deadline.after(5))

    def test_counters_do_not_fall_when_a_node_goes(self, node: Broker) -> None:
        with contextlib.closing(self.collector(node, [["127.0.0.1", "localhost"], ["127.0.0.1"]])) as collector:
            before, after = (look(collector).value("requests_total") or 0 for _ in range(2))
        assert after > before


class TestStuck:
    """A queue with messages and without consumers."""

    def body(self, ready: int, consumers: int) -> tuple[int, bytes]:
        text = (
            f'rabbitmq_detailed_queue_messages_ready{{vhost="/",queue="compute.cmp1"}} {ready}\n'
            "# TYPE rabbitmq_detailed_queue_consumers gauge\n"
            f'rabbitmq_detailed_queue_consumers{{vhost="/",queue="compute.cmp1"}} {consumers}\n'
        )
        return 200, text.encode()

    @pytest.mark.parametrize(
        ("rounds", "stuck"),
        [
            pytest.param([(5, 0)], 0, id="for the first time"),
            pytest.param([(5, 0), (5, 0)], 5, id="for a while"),
            pytest.param([(5, 0), (6, 0)], 6, id="and more come"),
            pytest.param([(5, 0), (4, 0)], 0, id="but they become fewer"),
            pytest.param([(5, 0), (5, 1)], 0, id="but somebody reads it now"),
            pytest.param([(5, 0), (0, 0), (5, 0)], 0, id="but it was empty in between"),
        ],
    )
    def test_it(self, node: Broker, rounds: list[tuple[int, int]], stuck: int) -> None:
        now = [0.0]
        given = settings(node.url, thresholds=RabbitmqThresholds(stuck_after=60))
        with contextlib.closing(RabbitmqCollector(given, clock=lambda: now[0])) as collector:
            for ready, consumers in rounds:
                node.answers[DETAILED] = self.body(ready, consumers)
                seen = look(collector)
                now[0] += 60
        assert seen.value("stuck_messages") == stuck
        assert ("queue_stuck" in seen.verdict.reasons) == bool(stuck)
