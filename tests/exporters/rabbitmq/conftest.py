"""The real cluster that the tests of this folder share; each leaves it as it was."""

from collections.abc import Iterator

import pytest

from tests.servers.rabbitmq import RabbitmqCluster, ServerCertificate


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificate:
    """Of the brokers, for TLS."""
    return ServerCertificate.made(tmp_path_factory.mktemp("certificate"), "localhost", "127.0.0.1")


@pytest.fixture(scope="package")
def cluster(certificate: ServerCertificate) -> Iterator[RabbitmqCluster]:
    """Three nodes, with TLS ports besides."""
    with RabbitmqCluster.made(certificate=certificate) as made:
        yield made
