"""The one broker that the tests of this folder share; each leaves it as it was."""

from collections.abc import Iterator

import pytest
import trustme

from tests.servers.rabbitmq import RabbitmqCluster, RabbitmqNode, ServerCertificate


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificate:
    """Of the broker, for the name localhost only."""
    folder = tmp_path_factory.mktemp("certificate")
    files = ServerCertificate(folder / "ca.pem", folder / "certificate.pem", folder / "key.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(files.ca))
    issued = authority.issue_cert("localhost")
    issued.private_key_pem.write_to_path(str(files.key))
    issued.cert_chain_pems[0].write_to_path(str(files.certificate))
    return files


@pytest.fixture(scope="package")
def cluster(certificate: ServerCertificate) -> Iterator[RabbitmqCluster]:
    with RabbitmqCluster.made(size=1, certificate=certificate) as made:
        yield made


@pytest.fixture(scope="package")
def broker(cluster: RabbitmqCluster) -> RabbitmqNode:
    return cluster.nodes[0]
