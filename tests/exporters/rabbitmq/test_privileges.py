"""The least that the exporter needs on a real broker, and what it says when it has less; TLS on real ports."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from clients.http import HttpTls
from exporters.rabbitmq.collector import RabbitmqCollector
from exporters.rabbitmq.settings import RabbitmqNode, RabbitmqSettings
from parsers.secret import Secret
from tests.exporters.rabbitmq.looking import Look, look, until
from tests.servers.rabbitmq import RabbitmqCluster, ServerCertificate

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", autouse=True)
def queue(cluster: RabbitmqCluster) -> Iterator[str]:
    """Something to be seen, in a vhost of its own."""
    first = cluster.nodes[0]
    cluster.add_vhost("nova")
    cluster.add_user("guest", "guest", "administrator", {"nova": ".*"})
    first.api("PUT", "/queues/nova/compute", json={"durable": False})
    yield "compute"
    first.api("DELETE", "/vhosts/nova")


def settings(cluster: RabbitmqCluster, user: str, password: str = "right") -> RabbitmqSettings:
    nodes = tuple(
        RabbitmqNode(f"http://127.0.0.1:{node.prometheus}", f"http://127.0.0.1:{node.management}") for node in cluster.nodes
    )
    return RabbitmqSettings("main", user, Secret(password), nodes)


def seen(given: RabbitmqSettings) -> Look:
    with contextlib.closing(RabbitmqCollector(given)) as collector:
        return look(collector)


def listed(given: RabbitmqSettings) -> float | None:
    """Queues in the first whole listing."""
    with contextlib.closing(RabbitmqCollector(given)) as collector:
        found = until(collector, lambda seen: seen.snapshot.slow.queues is not None, "the slow lane is through")
    return found.value("queues_by_type", kind="rpc_topic", type="classic")


def test_monitoring_and_a_permission_for_nothing_are_enough(cluster: RabbitmqCluster) -> None:
    cluster.add_user("least", "right", "monitoring", {"nova": "^$"})
    given = settings(cluster, "least")
    assert seen(given).holding("source_state") == {"ok"}
    assert (listed(given) or 0) >= 1


def test_without_the_permission_the_vhost_is_not_listed(cluster: RabbitmqCluster) -> None:
    """The plugin tells its queues all the same; their types are missing."""
    cluster.add_user("no-vhost", "right", "monitoring")
    given = settings(cluster, "no-vhost")
    assert not listed(given)
    with contextlib.closing(RabbitmqCollector(given)) as collector:
        until(collector, lambda seen: bool(seen.value("queues", vhost="nova")), "the plugin tells the queue")


@pytest.mark.parametrize(("name", "tags"), [("manager", "management"), ("nobody", "")])
def test_without_the_tag(cluster: RabbitmqCluster, name: str, tags: str) -> None:
    cluster.add_user(name, "right", tags, {"nova": "^$"})
    found = seen(settings(cluster, name))
    assert found.holding("source_state", source="management") == {"refused"}
    assert found.holding("source_state", source="queues") == {"ok"}
    assert "unseen" in found.verdict.reasons


def test_a_wrong_password(cluster: RabbitmqCluster) -> None:
    cluster.add_user("forgetful", "right", "monitoring")
    found = seen(settings(cluster, "forgetful", "a-wrong-one"))
    assert found.holding("source_state", source="management") == {"refused"}
    assert "a-wrong-one" not in str(found.verdict)


def test_tls(cluster: RabbitmqCluster, certificate: ServerCertificate, tmp_path: Path) -> None:
    cluster.add_user("secured", "right", "monitoring", {"nova": "^$"})
    nodes = tuple(
        RabbitmqNode(f"https://127.0.0.1:{node.prometheus_tls}", f"https://localhost:{node.management_tls}")
        for node in cluster.nodes
    )
    given = dataclasses.replace(settings(cluster, "secured"), nodes=nodes)
    assert seen(dataclasses.replace(given, tls=HttpTls(certificate.ca))).holding("source_state") == {"ok"}

    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    assert seen(dataclasses.replace(given, tls=HttpTls(stranger))).holding("source_state") == {"refused"}

    plain_urls = tuple(RabbitmqNode(node.prometheus.replace("https", "http"), node.management) for node in nodes)
    found = seen(dataclasses.replace(given, nodes=plain_urls, tls=HttpTls(certificate.ca)))
    assert found.holding("source_state", source="management") == {"ok"}
    assert found.holding("source_state", source="metrics") <= {"unreachable", "malformed"}
