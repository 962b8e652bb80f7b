"""Reads a live cluster with a collector of its own until it shows something, and looks at what it gives out."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Self

import pymysql

from clients.model import Deadline
from exporters.galera.collector import GaleraCollector
from exporters.galera.settings import GaleraSettings, GaleraThresholds, GaleraTls
from exporters.model import Verdict
from parsers.secret import Secret
from tests.servers.galera import GaleraCluster, GaleraNode
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from exporters.galera.snapshot import Snapshot

DEADLINE = 2.0


class Watch:
    """A collector for all nodes of a cluster."""

    def __init__(
        self,
        cluster: GaleraCluster,
        *,
        user: str = "stratoscope",
        password: str = "secret",
        tls: GaleraTls | None = None,
        thresholds: GaleraThresholds | None = None,
    ) -> None:
        settings = GaleraSettings(
            name="main",
            nodes=tuple(node.address for node in cluster.nodes),
            user=user,
            password=Secret(password),
            tls=tls,
            deadline=DEADLINE,
            variables_interval=1.0,
            thresholds=thresholds or GaleraThresholds(view_changes=1000),
        )
        self.collector = GaleraCollector(settings)
        self.snapshot: Snapshot
        self.verdict: Verdict

    def look(self) -> Verdict:
        """One reading, and the verdict on it."""
        self.snapshot = self.collector.fetch(Deadline.after(10))
        (self.verdict,) = self.collector.verdicts(self.snapshot)
        return self.verdict

    def until(self, state: str, *reasons: str) -> Verdict:
        """Read until the verdict is this, with (at least) these reasons."""
        seen: dict[str, None] = {}

        def holds() -> bool:
            verdict = self.look()
            seen[f"{verdict.state}: {' '.join(verdict.reasons)}"] = None
            return verdict.state == state and {*reasons} <= {*verdict.reasons}

        with _told(seen):
            wait_until(holds, f"{state} {' '.join(reasons)}")
        return self.verdict

    def healthy(self) -> Verdict:
        """Read until all is well again."""
        return self.until("healthy")

    def figures(self, metric: str) -> dict[tuple[str, ...], float]:
        """The samples of a metric: the values of their labels but `cluster`, in the order declared -> value."""
        found = {}
        for family in self.collector.families(self.snapshot):
            for sample in family.samples:
                if sample.name == metric:
                    found[tuple(value for label, value in sample.labels.items() if label != "cluster")] = sample.value
        return found

    def figure(self, metric: str, *labels: str) -> float | None:
        """One of them."""
        return self.figures(metric).get(labels)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.collector.close()


@contextlib.contextmanager
def load(node: GaleraNode, size: int = 100) -> Iterator[None]:
    """Rows are written to a node as fast as it takes them."""
    stop = threading.Event()

    def write() -> None:
        with node.connect() as connection, connection.cursor() as cursor:
            while not stop.is_set():
                with contextlib.suppress(pymysql.err.OperationalError):
                    cursor.execute(f"INSERT INTO load_test.rows (filler) VALUES (REPEAT('x', {size}))")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def fill(node: GaleraNode, rows: int, size: int) -> None:
    """So many rows of so many bytes, each a write set."""
    with node.connect() as connection, connection.cursor() as cursor:
        for _ in range(rows):
            cursor.execute(f"INSERT INTO load_test.rows (filler) VALUES (REPEAT('x', {size}))")


@contextlib.contextmanager
def _told(seen: Mapping[str, None]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note("seen so far:\n" + "\n".join(seen))
        raise
