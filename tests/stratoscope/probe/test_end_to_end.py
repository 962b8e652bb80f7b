"""Fault x verdict: a real RabbitMQ, real oslo.messaging services, and the real sidecar with the profiles that it ships.

One sidecar looks at all of them, in shorter periods than a pod's does. Each row makes a fault, waits for its verdict, and heals
it. Liveness fails only in the rows that say so: kubelets ask all the while.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from probes.model import State
from tests.servers.oslo_service import OsloService, Shape
from tests.servers.process import free_port, wait_until
from tests.servers.rabbitmq import RabbitmqCluster, RabbitmqNode
from tests.stratoscope.probe.process import Kubelets, SidecarProcess
from tests.stratoscope.probe.test_process import written

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

COMMAND = (sys.executable, "-m", "stratoscope", "probe")
HANG_AFTER = 3.0


@dataclass(frozen=True, slots=True)
class Cloud:
    """What runs: `compute` and `conductor` have threads, the latter three workers; `engine` is on eventlet."""

    broker: RabbitmqNode
    services: dict[str, OsloService]
    sidecar: SidecarProcess

    def until(self, name: str, state: State, *parts: str) -> None:
        """Until the verdict is that one, and /debug says so."""
        self.sidecar.until(f"/debug/{name}", 200, f"verdict    {state} ", *parts)

    def well(self) -> None:
        """Until all are."""
        for name in self.services:
            self.until(name, State.HEALTHY)
            self.sidecar.until(f"/readyz/{name}", 200)

    def kubelets(self) -> Kubelets:
        return Kubelets(self.sidecar, [f"/livez/{name}" for name in self.services], number=2, period=0.1)


SHAPES = {
    "compute": Shape(),
    "conductor": Shape(topic="conductor", host="ctl001", workers=3, program="nova-conductor"),
    "engine": Shape(topic="scheduler", host="ctl002", executor="eventlet", program="nova-scheduler"),
}
PROFILES = {"compute": "nova-compute", "conductor": "nova-conductor", "engine": "nova-scheduler"}


def section(name: str, service: OsloService, port: int, *more: str) -> str:
    """What the sidecar is told: the profile, where to look, and shorter times than a pod has."""
    off = "      libvirt: {off: true}\n      instances: {off: true}\n" if name == "compute" else ""
    lines = "".join(f"    {line}\n" for line in more)
    return f"""
  {name}:
    profile: {PROFILES[name]}
    config_files: [{service.config}]
    processes: ["{service.config.name}"]
    hang_after: {HANG_AFTER:g}s
{lines}    checks:
      rpc: {{period: 300ms, timeout: 2s}}
      sockets: {{period: 300ms, options: {{remote_ports: [{port}]}}}}
      threads: {{period: 300ms, options: {{still_after: 6s}}}}
      main_thread: {{period: 300ms, options: {{still_after: 6s}}}}
      process: {{period: 300ms}}
{off}"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("sidecar")
    with ExitStack() as stack:
        broker = stack.enter_context(RabbitmqCluster.made(size=1)).nodes[0]
        services = {
            name: stack.enter_context(OsloService.made(broker, tmp_path_factory.mktemp(name), shape))
            for name, shape in SHAPES.items()
        }
        sections = "".join(section(name, service, broker.amqp) for name, service in services.items())
        top = f"state: {folder / 'state'}\npolicy: {{mode: enforce, kills_per_hour: 1000}}\nservices:\n"
        sidecar = stack.enter_context(SidecarProcess(written(folder, top + sections), free_port(), COMMAND))
        sidecar.wait_until(lambda: sidecar.says("/-/healthy", 200), "it answers")
        yield Cloud(broker, services, sidecar)


@dataclass(frozen=True, slots=True)
class Row:
    """A fault of one service, and what is to come of it. `live`: whether liveness stays well; `says`: part of the reason."""

    service: str
    fault: Callable[[Cloud, OsloService], object]
    heal: Callable[[Cloud, OsloService], object]
    state: State
    live: bool = True
    ready: bool = False
    says: str = ""


def frozen_worker(_: Cloud, service: OsloService) -> None:
    service.freeze_worker(0)


def thawed_workers(_: Cloud, service: OsloService) -> None:
    for pid in service.workers():
        os.kill(pid, signal.SIGCONT)


def restarted(_: Cloud, service: OsloService) -> None:
    service.start()


ROWS = {
    "one worker of three stopped": Row("conductor", frozen_worker, thawed_workers, State.DEGRADED, ready=True),
    "eventlet's hub blocked in C": Row(
        "engine", lambda _, one: one.block_hub(), lambda _, one: one.release(), State.HUNG, live=False
    ),
    "all threads of the pool are busy": Row(
        "compute", lambda _, one: one.exhaust(), lambda _, one: one.release(), State.SATURATED
    ),
    "the binding lost": Row("compute", lambda _, one: one.unbind(), lambda _, one: one.bind(), State.UNROUTABLE),
    "the process dead": Row("compute", lambda _, one: one.stop(), restarted, State.STARTING, says="ended"),
}
STOPPED = {
    name: Row(name, lambda _, one: one.freeze(), lambda _, one: one.thaw(), State.HUNG, live=False, says="hung for")
    for name in SHAPES
}
"""Tried all at once."""


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_fault_of_a_service(cloud: Cloud, row: Row) -> None:
    cloud.well()
    service = cloud.services[row.service]
    with cloud.kubelets() as kubelets:
        row.fault(cloud, service)
        try:
            cloud.until(row.service, row.state)
            live = f"/livez/{row.service}"
            cloud.sidecar.until(live, 200 if row.live else 503, row.says)
            cloud.sidecar.until(f"/readyz/{row.service}", 200 if row.ready else 503)
            for other in cloud.services.keys() - {row.service}:
                assert cloud.sidecar.get(f"/readyz/{other}")[0] == 200
        finally:
            row.heal(cloud, service)
        cloud.well()
    assert kubelets.failed == []
    for path, codes in kubelets.codes.items():
        assert set(codes) == ({200} if row.live or path != live else {200, 503}), path


def test_a_queue_that_is_gone_kills_nobody(cloud: Cloud) -> None:
    """oslo.messaging declares it anew, once it hears of it."""
    cloud.well()
    with cloud.kubelets() as kubelets:
        cloud.services["compute"].delete_queue()
        begun = len(kubelets.codes["/livez/compute"])
        wait_until(lambda: len(kubelets.codes["/livez/compute"]) > begun + 60, "more time than a hang takes")
        cloud.well()
    assert {code for codes in kubelets.codes.values() for code in codes} == {200}


def test_all_that_are_stopped_by_a_signal_are_hung(cloud: Cloud) -> None:
    cloud.well()
    with cloud.kubelets() as kubelets:
        for name, row in STOPPED.items():
            row.fault(cloud, cloud.services[name])
        try:
            for name, row in STOPPED.items():
                cloud.until(name, row.state, "rule       hang")
                cloud.sidecar.until(f"/livez/{name}", 503, row.says)
                assert cloud.sidecar.get(f"/readyz/{name}")[0] == 503
        finally:
            for name, row in STOPPED.items():
                row.heal(cloud, cloud.services[name])
        cloud.well()
    assert all(set(codes) == {200, 503} for codes in kubelets.codes.values())


@dataclass(frozen=True, slots=True)
class Outage:
    """A fault of the broker, which all feel. `says`: part of the reason."""

    fault: Callable[[RabbitmqNode], object]
    heal: Callable[[RabbitmqNode], object]
    says: str
    state: State = State.DEPENDENCY_DOWN


OUTAGES = {
    "refuses": Outage(lambda one: one.control("stop_app"), lambda one: one.control("start_app"), "connection refused"),
    "hangs": Outage(lambda one: one.freeze(), lambda one: one.thaw(), "hangs"),
    "has a memory alarm": Outage(
        lambda one: one.control("set_vm_memory_high_watermark", "absolute", "1"),
        lambda one: one.control("set_vm_memory_high_watermark", "absolute", "4GB"),
        "low on memory",
    ),
}


@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES.keys())
def test_a_broker_that(cloud: Cloud, outage: Outage) -> None:
    """Nobody is killed, however long it lasts: a restart would make it worse."""
    cloud.well()
    with cloud.kubelets() as kubelets:
        outage.fault(cloud.broker)
        try:
            for name in cloud.services:
                cloud.until(name, outage.state, outage.says)
                cloud.sidecar.until(f"/readyz/{name}", 503)
            begun = len(kubelets.codes["/livez/compute"])
            wait_until(lambda: len(kubelets.codes["/livez/compute"]) > begun + 60, "more time than a hang takes")
            for name in cloud.services:
                assert cloud.sidecar.says(f"/debug/{name}", 200, f"verdict    {outage.state} ")
        finally:
            outage.heal(cloud.broker)
        cloud.well()
    assert kubelets.failed == []
    assert {code for codes in kubelets.codes.values() for code in codes} == {200}


def test_a_hung_worker_is_replaced_where_that_is_asked_for(cloud: Cloud, tmp_path: Path) -> None:
    service = cloud.services["conductor"]
    text = "policy: {mode: enforce}\nservices:\n" + section("conductor", service, cloud.broker.amqp, "kill_hung_workers: true")
    cloud.well()
    with SidecarProcess(written(tmp_path, text), free_port(), COMMAND) as own:
        own.until("/livez/conductor", 200, "healthy")
        before = set(service.workers())
        hung = service.freeze_worker(1)
        own.wait_until(lambda: hung not in service.workers() and len(service.workers()) == 3, "another worker is there")
        assert len(before & set(service.workers())) == 2
        own.until("/metrics", 200, 'stratoscope_probe_worker_kills_total{probe="conductor"} 1.0')
        own.until("/livez/conductor", 200, "healthy")
    cloud.well()


def test_a_wrong_password_of_ours_kills_nobody(cloud: Cloud, tmp_path: Path) -> None:
    service = cloud.services["compute"]
    config = tmp_path / "nova.conf"
    config.write_text(service.config.read_text().replace("guest:guest@", "guest:wrong@"))
    text = "policy: {mode: enforce}\nservices:\n" + section("compute", service, cloud.broker.amqp)
    with SidecarProcess(written(tmp_path, text.replace(str(service.config), str(config))), free_port(), COMMAND) as own:
        own.until("/readyz/compute", 503, "wrong password")
        assert own.get("/livez/compute")[0] == 200
        assert "wrong@" not in own.get("/debug")[1]


def test_a_broker_is_left_as_it_was_by_a_sidecar_that_ends_or_is_killed(cloud: Cloud, tmp_path: Path) -> None:
    service = cloud.services["compute"]

    def queues() -> set[str]:
        return {queue["name"] for queue in cloud.broker.api("GET", "/queues")}

    cloud.well()
    before = queues()
    path = written(tmp_path, "services:\n" + section("compute", service, cloud.broker.amqp).replace("  compute:", "  other:"))
    for end in (SidecarProcess.stop, SidecarProcess.kill):
        with SidecarProcess(path, free_port(), COMMAND) as own:
            own.until("/livez/other", 200, "healthy")
            assert queues() > before
            end(own)
        wait_until(lambda: queues() == before, "its queue is gone")
    assert [line for line in service.errors() if "MessageUndeliverable" in line or "reply" in line] == []
