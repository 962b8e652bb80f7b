"""The real cluster that the tests of this folder share; each leaves it as it was."""

from collections.abc import Iterator

import pytest
import trustme

from tests.servers.rabbitmq import RabbitmqCluster, ServerCertificate


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ServerCertificate:
    """Of the brokers, for TLS."""
    folder = tmp_path_factory.mktemp("certificate")
    files = ServerCertificate(folder / "ca.pem", folder / "certificate.pem", folder / "key.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(files.ca))
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_pem.write_to_path(str(files.key))
    issued.cert_chain_pems[0].write_to_path(str(files.certificate))
    return files


@pytest.fixture(scope="package")
def cluster(certificate: ServerCertificate) -> Iterator[RabbitmqCluster]:
    """Three nodes, with TLS ports besides."""
    with RabbitmqCluster.made(certificate=certificate) as made:
        yield made
