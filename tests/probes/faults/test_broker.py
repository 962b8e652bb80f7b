"""Faults of a RabbitMQ node, and of what else nova-compute needs.

What services tell of their broker is tried in tests/stratoscope/probe/test_end_to_end.py.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.probes.faults.rows import Options, Row, Trial, by_fault, section, trial
from tests.servers.fuse import Fuse, left_out
from tests.servers.libvirt import URI, Libvirtd, libvirtd
from tests.servers.oslo_service import OsloService
from tests.servers.rabbitmq import RabbitmqCluster, RabbitmqNode

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True)
class Compute:
    """What runs: a broker, a service, and what that needs of its host."""

    broker: RabbitmqNode
    service: OsloService
    libvirt: Libvirtd
    instances: Fuse | None

    @contextmanager
    def broker_frozen(self) -> Iterator[None]:
        """Stopped by a signal."""
        self.broker.freeze()
        try:
            yield
        finally:
            self.broker.thaw()

    @contextmanager
    def libvirt_frozen(self) -> Iterator[None]:
        """Stopped by a signal."""
        self.libvirt.process.freeze()
        try:
            yield
        finally:
            self.libvirt.process.thaw()

    @contextmanager
    def mount_hangs(self) -> Iterator[None]:
        """The file system with the guests' disks takes requests and answers none."""
        assert self.instances
        self.instances.hang()
        try:
            yield
        finally:
            self.instances.go_on()


def _control(there: tuple[str, ...], back: tuple[str, ...]) -> Callable[[Compute], AbstractContextManager[None]]:
    """Two commands of rabbitmqctl: into the fault, and out of it."""

    @contextmanager
    def made(compute: Compute) -> Iterator[None]:
        compute.broker.control(*there)
        try:
            yield
        finally:
            compute.broker.control(*back)

    return made


_MEMORY = ("set_vm_memory_high_watermark", "absolute")
ROWS = {
    "a broker whose application is stopped": Row(
        "rabbitmq", "`rabbitmqctl stop_app`", _control(("stop_app",), ("start_app",)), "unfit", "rabbitmq", "stop_app"
    ),
    "a broker with an alarm": Row(
        "rabbitmq",
        "memory alarm: publishers are blocked",
        _control((*_MEMORY, "1"), (*_MEMORY, "4GB")),
        "partial",
        "rabbitmq",
        "alarm",
        ready=True,
    ),
    "a frozen broker": Row("rabbitmq", "stopped by a signal", Compute.broker_frozen, "silent", "rabbitmq"),
    "nova-compute on a hung mount": Row(
        "nova-compute",
        "the file system with the guests' disks hangs",
        Compute.mount_hangs,
        "dependency",
        "instances",
        "does not answer",
    ),
    "nova-compute on a frozen libvirt": Row(
        "nova-compute", "libvirtd stopped by a signal", Compute.libvirt_frozen, "other_not_there", "libvirt"
    ),
}
TRIED = {name: row for name, row in ROWS.items() if row.told_by != "instances" or not left_out()}
"""Where nothing can be mounted, tests/probes/checks/mount says so."""


def sections(made: Compute, folder: Path) -> dict[str, dict[str, object]]:
    """`folder`: that of the guests' disks."""
    broker, service = made.broker, made.service
    plugin = {"metrics": f"http://127.0.0.1:{broker.prometheus}/metrics"}
    where: Options = {
        "sockets": {"remote_ports": [broker.amqp]},
        "libvirt": {"sockets": [made.libvirt.socket], "uri": URI},
        "instances": {"path": str(folder)},
    }
    return {
        "rabbitmq": section("rabbitmq", {"rabbitmq": plugin}, processes=[rf"beam\.smp .*{broker.folder}"]),
        "nova-compute": section("nova-compute", where, config_files=[str(service.config)], processes=[service.config.name]),
    }


@pytest.fixture(scope="module")
def compute(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial[Compute]]:
    folder = tmp_path_factory.mktemp("nova") / "instances"
    with ExitStack() as stack:
        fuse = None if left_out() else stack.enter_context(Fuse(folder))
        folder.mkdir(exist_ok=True)
        daemon = stack.enter_context(libvirtd(tmp_path_factory.mktemp("v")))
        broker = stack.enter_context(RabbitmqCluster.made(size=1)).nodes[0]
        service = stack.enter_context(OsloService.made(broker, tmp_path_factory.mktemp("compute")))
        made = Compute(broker, service, daemon, fuse)
        yield stack.enter_context(trial(tmp_path_factory.mktemp("sidecar"), made, sections(made, folder)))


FAULTS = by_fault(TRIED)


@pytest.mark.parametrize("rows", FAULTS.values(), ids=FAULTS.keys())
def test_on_a_compute_node(compute: Trial[Compute], rows: list[Row[Compute]]) -> None:
    compute.tried(rows)
