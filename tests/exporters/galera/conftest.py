from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.servers.galera import GaleraCluster, tls_settings

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
        with GaleraCluster.made(settings=tls_settings(folder)) as cluster:
            cluster.nodes[0].sql(
                "CREATE USER 'plain'@'%' IDENTIFIED BY 'plain-secret'",
                "CREATE USER 'stratoscope'@'%' IDENTIFIED BY 'secret'",
                GRANT,
                "CREATE DATABASE load_test",
                "CREATE TABLE load_test.rows (id INT AUTO_INCREMENT PRIMARY KEY, filler LONGBLOB)",
            )
            yield Live(cluster, folder / "ca.pem")
