"""The one broker that the tests of this folder share; each leaves it as it was."""

from collections.abc import Iterator

import pytest

from tests.servers.rabbitmq import RabbitmqCluster, RabbitmqNode, ServerCertificate


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificate:
    """Of the broker, for the name localhost only."""
    return ServerCertificate.made(tmp_path_factory.mktemp("certificate"), "localhost")


@pytest.fixture(scope="package")
def cluster(certificate: ServerCertificate) -> Iterator[RabbitmqCluster]:
    with RabbitmqCluster.made(size=1, certificate=certificate) as made:
        yield made


@pytest.fixture(scope="package")
def broker(cluster: RabbitmqCluster) -> RabbitmqNode:
    return cluster.nodes[0]
