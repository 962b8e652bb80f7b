from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trustme

from tests.servers.galera import GaleraCluster

GRANT = "GRANT SELECT ON mysql.wsrep_cluster_members TO 'stratoscope'@'%'"
"""All that is documented."""


@dataclass(frozen=True, slots=True)
class Live:
    """A running cluster whose nodes have a certificate for 127.0.0.1, signed by `ca`."""

    cluster: GaleraCluster
    ca: Path


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """Whoever changes it leaves it as it was: three members, all Synced."""
    with TemporaryDirectory(prefix="galera-tls-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        ca = trustme.CA()
        certificate = ca.issue_cert("127.0.0.1")
        ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
        certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
        (folder / "key.pem").chmod(0o644)
        tls = {"ssl_ca": folder / "ca.pem", "ssl_cert": folder / "cert.pem", "ssl_key": folder / "key.pem"}
        with GaleraCluster.made(settings={key: str(path) for key, path in tls.items()}) as cluster:
            cluster.nodes[0].sql(
                "CREATE USER 'plain'@'%' IDENTIFIED BY 'plain-secret'",
                "CREATE USER 'stratoscope'@'%' IDENTIFIED BY 'secret'",
                GRANT,
                "CREATE DATABASE load_test",
                "CREATE TABLE load_test.rows (id INT AUTO_INCREMENT PRIMARY KEY, filler LONGBLOB)",
            )
            yield Live(cluster, folder / "ca.pem")
