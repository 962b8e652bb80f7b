"""Faults of a memcached."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from tests.probes.faults.rows import Options, Row, Trial, by_fault, section, trial
from tests.servers.memcached import memcached
from tests.servers.process import READY, Process

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

LIMIT = 400
"""Connections; a dozen of them are its own files."""
BLIND = "memcached-alone"
"""The same server, by a sidecar that shares no pid namespace with it."""


@dataclass(frozen=True, slots=True)
class Cache:
    """What runs."""

    process: Process
    port: int

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stopped by a signal."""
        self.process.freeze()
        try:
            yield
        finally:
            self.process.thaw()

    @contextmanager
    def full(self) -> Iterator[None]:
        """All its connections are taken."""
        with ExitStack() as held:
            for _ in range(LIMIT):
                held.enter_context(socket.create_connection(("127.0.0.1", self.port), READY))
            yield


ROWS = {
    "frozen": Row("memcached", "stopped by a signal", Cache.frozen, "hang", "memcached", "is stopped by a signal", live=False),
    "frozen, and its process not to be seen": Row(
        "memcached",
        "the same, in a pod without shareProcessNamespace",
        Cache.frozen,
        "silent",
        "memcached",
        service=BLIND,
    ),
    "full": Row("memcached", "all connections in use", Cache.full, "unfit", "memcached", "full"),
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial[Cache]]:
    with memcached(tmp_path_factory.mktemp("memcached"), "-c", str(LIMIT)) as (process, port):
        where: Options = {"memcached": {"address": f"tcp:127.0.0.1:{port}"}, "sockets": {"listen_ports": [port]}}
        sections = {
            "memcached": section("memcached", where, processes=[rf"memcached .*-p {port} "]),
            BLIND: section("memcached", where, processes=["nothing that runs here"]),
        }
        with trial(tmp_path_factory.mktemp("sidecar"), Cache(process, port), sections) as made:
            yield made


FAULTS = by_fault(ROWS)


@pytest.mark.parametrize("rows", FAULTS.values(), ids=FAULTS.keys())
def test_a_memcached_that_is(cache: Trial[Cache], rows: list[Row[Cache]]) -> None:
    cache.tried(rows)
