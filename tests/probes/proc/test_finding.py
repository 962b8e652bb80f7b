"""The processes of a service: real ones, and folders that look like /proc for what a test cannot bring about."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.proc.finding import finder
from tests.probes.proc.services import Service
from tests.servers.process import wait_until


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path, workers=3) as started:
        yield started


def test_the_main_one_comes_first_then_its_workers(service: Service) -> None:
    main, *workers = service.find()
    assert main.pid == service.pid
    assert sorted(one.pid for one in workers) == service.workers()
    assert all(one.parent == main.pid and one.command == main.command for one in workers)


def test_a_worker_that_dies_is_seen_as_a_zombie_until_its_parent_collects_it(service: Service) -> None:
    assert len(service.find()) == 4
    os.kill(service.pid, signal.SIGSTOP)
    wait_until(lambda: service.find()[0].state == "T", "its parent is stopped")
    victim = service.workers()[1]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: {one.pid: one.state for one in service.find()}.get(victim) == "Z", "it is a zombie")
    os.kill(service.pid, signal.SIGCONT)
    wait_until(lambda: len(service.find()) == 3, "it is collected")


def test_a_process_that_ended_is_found_again_when_it_is_started_anew(tmp_path: Path) -> None:
    with Service(tmp_path) as first:
        find = finder([r"service-[0-9a-f]{32}"], uid=os.getuid())
        wait_until(lambda: first.pid in {one.pid for one in first.find()}, "it is seen")
    assert first.find() == ()
    assert first.pid not in {one.pid for one in find()}


def test_nobody_of_that_name_or_of_that_user(service: Service) -> None:
    assert finder(["no-service-of-this-name"])() == ()
    assert finder([service.name], uid=4_000_000_000)() == ()
    assert finder([service.name], proc=Path("/nowhere"))() == ()


def put(  # noqa: PLR0913  all that is told of a process
    proc: Path,
    pid: int,
    command: str,
    *,
    parent: int = 1,
    started: int = 100,
    group: str = "/",
    children: str | None = "",
    state: str = "S",
) -> None:
    folder = proc / str(pid)
    (folder / "task" / str(pid)).mkdir(parents=True, exist_ok=True)
    numbers = f"{parent} 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 {started} 0 0"
    (folder / "stat").write_text(f"{pid} (python3) {state} {numbers}\n")
    (folder / "status").write_text("State:\tS\nUid:\t42\t42\t42\t42\n")
    (folder / "cmdline").write_bytes(command.replace(" ", "\0").encode())
    (folder / "cgroup").write_text(f"0::{group}\n")
    if children is not None:
        (folder / "task" / str(pid) / "children").write_text(children)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    put(tmp_path, 1, "/pause")
    (tmp_path / "self").symlink_to("1")
    (tmp_path / "meminfo").write_text("")
    return tmp_path


def pids(proc: Path, *patterns: str) -> list[int]:
    return [one.pid for one in finder(patterns, proc=proc)()]


COMPUTE = "/var/lib/openstack/bin/python /var/lib/openstack/bin/nova-compute --config-file /etc/nova/nova.conf"


def test_what_starts_a_service_looks_at_it_or_works_for_it_is_not_it(proc: Path) -> None:
    put(proc, 10, "/bin/bash /tmp/nova-compute.sh", children="11")
    put(proc, 11, COMPUTE, parent=10, children="12 13 14")
    put(proc, 12, "/usr/bin/python3 /usr/bin/privsep-helper --config-file /etc/nova/nova-compute.conf", parent=11)
    put(proc, 13, "sudo nova-rootwrap /etc/nova/rootwrap.conf privsep-helper nova-compute", parent=11)
    put(proc, 14, "/usr/bin/python3 /usr/bin/nova-rootwrap-daemon nova-compute", parent=11)
    put(proc, 15, "tail -f /var/log/nova/nova-compute.log")
    put(proc, 16, "/opt/venv/bin/python -m stratoscope probe --profile nova-compute")
    put(proc, 17, "/usr/bin/py-spy dump --pid 11 nova-compute")
    assert pids(proc, "nova-compute") == [11]


def test_a_worker_with_a_title_of_its_own(proc: Path) -> None:
    put(proc, 10, "/usr/bin/python3 /usr/bin/neutron-server", children="11 12 13")
    put(proc, 11, "neutron-server:\u00a0api\u00a0worker", parent=10)
    put(proc, 12, "/usr/bin/python3 /usr/bin/neutron-server", parent=10)
    put(proc, 13, "dnsmasq --pid-file=x", parent=10)
    assert pids(proc, r"/neutron-server$", "^neutron-server:") == [10, 11, 12]


def test_processes_of_other_pods_on_a_shared_node(proc: Path) -> None:
    other = "/../../kubepods-besteffort-podaa4dc2a1_93b5_4b0e_9c2e_6d1f3b0a7c22.slice/cri-containerd-" + "3b" * 32 + ".scope"
    put(proc, 10, COMPUTE, group=other, children="11")
    put(proc, 11, COMPUTE, parent=10, group=other)
    put(proc, 20, COMPUTE, group="/../cri-containerd-" + "4c" * 32 + ".scope")
    assert pids(proc, "nova-compute") == [20]


def test_of_two_that_fit_the_one_with_workers_then_the_older_one(proc: Path) -> None:
    put(proc, 10, "heat-engine", started=500)
    put(proc, 20, "heat-engine", started=400)
    assert pids(proc, "heat-engine") == [20]
    put(proc, 10, "heat-engine", started=500, children="11")
    put(proc, 11, "heat-engine", parent=10)
    assert pids(proc, "heat-engine") == [10, 11]


def test_a_kernel_that_does_not_list_children(proc: Path) -> None:
    put(proc, 10, "heat-engine", children=None)
    put(proc, 11, "heat-engine", parent=10, children=None)
    (proc / "12").mkdir()  # ends while it is looked at: nothing can be read
    put(proc, 13, "other", parent=10, children=None)
    assert pids(proc, "heat-engine") == [10, 11]


def test_a_zombie_keeps_the_command_that_it_was_known_by(proc: Path) -> None:
    put(proc, 10, "heat-engine")
    find = finder(["heat-engine"], proc=proc)
    assert [one.state for one in find()] == ["S"]
    put(proc, 10, "", state="Z")
    (zombie,) = find()
    assert (zombie.state, zombie.command) == ("Z", ("heat-engine",))


def test_a_pid_that_is_given_to_another_process_is_not_the_service(proc: Path) -> None:
    put(proc, 10, "heat-engine")
    find = finder(["heat-engine"], proc=proc)
    assert find()
    put(proc, 10, "vacuum", started=900)
    assert find() == ()
    put(proc, 10, "heat-engine", started=901)
    assert [one.started for one in find()] == [901]


def test_a_shell_that_becomes_the_service(proc: Path) -> None:
    put(proc, 10, "bash /start-heat-engine")
    find = finder(["heat-engine"], proc=proc)
    assert find() == ()
    put(proc, 10, "heat-engine")
    assert len(find()) == 1
    put(proc, 10, "sleep 10")
    assert find() == ()


@pytest.mark.parametrize("missing", ["stat", "status", "cmdline", "cgroup"])
def test_processes_that_end_while_they_are_looked_at_are_left_out(proc: Path, missing: str) -> None:
    put(proc, 10, "heat-engine")
    put(proc, 20, "heat-engine", started=200)
    (proc / "10" / missing).unlink()
    assert pids(proc, "heat-engine") == [20]
