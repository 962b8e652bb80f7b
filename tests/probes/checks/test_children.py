"""Children of Neutron's agents: a real dnsmasq and haproxy that run, are stopped or gone, or whose number is another's."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from probes.checks import children
from probes.checks.children import Settings
from probes.model import Context, Finding, Process
from tests.probes.checks.looking import Looker, by_about
from tests.servers.process import Process as Started
from tests.servers.process import free_port, wait_until

NETWORK = "0f4dc2a1-93b5-4b0e-9c2e-6d1f3b0a7c{:02d}"
AGENT = Process(os.getpid(), 1, "python3", ("neutron-dhcp-agent",), 0, "S", 1)


def looker(state_path: Path, *programs: str, agent: bool = True, proc: Path = Path("/proc")) -> Looker:
    settings = Settings(programs or ("dnsmasq",), state_path)  # type: ignore[arg-type]
    return Looker(children.make(settings, Context("service", lambda: [AGENT] if agent else [], proc=proc)))


def settled(number: str) -> bool:
    """Whether the process of that number has become what it should be, so that its command line tells."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes() != b""
    except OSError:
        return False


class Dnsmasq(Started):
    """As the DHCP agent starts one, on loopback, without ports that others use."""

    def __init__(self, state_path: Path, network: str) -> None:
        folder = state_path / "dhcp" / network
        folder.mkdir(parents=True)
        (folder / "interface").write_text("tap0\n")
        self.pid_file = folder / "pid"
        super().__init__(
            [
                "dnsmasq", "--keep-in-foreground", "--no-hosts", "--no-resolv", "--port=0", "--conf-file=/dev/null",
                "--user=", "--group=", f"--pid-file={self.pid_file}", f"--dhcp-hostsfile={folder}/host",
                f"--dhcp-leasefile={folder}/leases",
            ],
            state_path / f"{network}.log",
        )  # fmt: skip
        self.wait_until(lambda: self.pid_file.exists() and self.pid_file.read_text().strip() != "", "it has written its number")


@pytest.fixture
def dnsmasq(tmp_path: Path) -> Iterator[list[Dnsmasq]]:
    with ExitStack() as running:
        yield [running.enter_context(Dnsmasq(tmp_path, NETWORK.format(number))) for number in range(3)]


@pytest.mark.servers
class TestDnsmasq:
    def test_all_run(self, tmp_path: Path, dnsmasq: list[Dnsmasq]) -> None:
        (whole,) = looker(tmp_path).look()
        assert whole.finding is Finding.FINE
        assert whole.text == "all 3 children (dnsmasq) run"
        assert whole.figures == {"children": 3, "children_missing": 0}

    def test_one_is_stopped_and_goes_on(self, tmp_path: Path, dnsmasq: list[Dnsmasq]) -> None:
        look = looker(tmp_path)
        look.look()
        dnsmasq[1].freeze()
        look.until(Finding.PARTIAL)
        whole, one = look.look()
        assert f"1 of 3 children do not run: dnsmasq of {NETWORK.format(1)} does not move: pid " in whole.text
        assert (one.about, one.finding) == (NETWORK.format(1), Finding.PARTIAL)
        dnsmasq[1].thaw()
        look.until(Finding.FINE)

    def test_one_is_dead(self, tmp_path: Path, dnsmasq: list[Dnsmasq]) -> None:
        look = looker(tmp_path)
        look.look()
        dnsmasq[2].kill()
        assert by_about(look.look()) == {"": Finding.PARTIAL, NETWORK.format(2): Finding.PARTIAL}
        assert look.look()[1].text == f"dnsmasq of {NETWORK.format(2)} is not running"

    def test_the_number_of_a_dead_one_was_given_to_another_program(self, tmp_path: Path, dnsmasq: list[Dnsmasq]) -> None:
        look = looker(tmp_path)
        look.look()
        dnsmasq[0].kill()
        dnsmasq[0].pid_file.write_text(f"{os.getpid()}\n")
        assert f"is not running: pid {os.getpid()} is " in look.look()[1].text

    def test_the_number_of_a_dead_one_was_given_to_the_dnsmasq_of_another_network(
        self, tmp_path: Path, dnsmasq: list[Dnsmasq]
    ) -> None:
        look = looker(tmp_path)
        look.look()
        dnsmasq[0].kill()
        dnsmasq[0].pid_file.write_text(dnsmasq[1].pid_file.read_text())
        assert by_about(look.look()) == {"": Finding.PARTIAL, NETWORK.format(0): Finding.PARTIAL}

    def test_numbers_that_count_in_another_pid_namespace(self, tmp_path: Path, dnsmasq: list[Dnsmasq]) -> None:
        """Seen from the host the children have other numbers; their command lines tell them."""
        for one in dnsmasq:
            one.pid_file.write_text("17\n")
        look = looker(tmp_path)
        assert look.whole().finding is Finding.FINE
        dnsmasq[0].kill()
        assert look.until(Finding.PARTIAL).figures["children_missing"] == 1

    def test_a_number_that_is_being_written(self, tmp_path: Path, dnsmasq: list[Dnsmasq]) -> None:
        dnsmasq[0].pid_file.write_text("")
        assert looker(tmp_path).whole().finding is Finding.FINE


HAPROXY = """
global
    pidfile {pid_file}
    daemon
    maxconn 16
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
listen listener
    bind 127.0.0.1:{port}
    server metadata {folder}/metadata_proxy
"""


@pytest.mark.servers
def test_haproxy_of_a_network(tmp_path: Path) -> None:
    network = NETWORK.format(7)
    (tmp_path / "external" / "pids").mkdir(parents=True)
    (tmp_path / "ovn-metadata-proxy").mkdir()
    pid_file = tmp_path / "external" / "pids" / f"{network}.pid.haproxy"
    configuration = tmp_path / "ovn-metadata-proxy" / f"{network}.conf"
    configuration.write_text(HAPROXY.format(pid_file=pid_file, port=free_port(), folder=tmp_path))
    subprocess.run(["haproxy", "-f", configuration], check=True, capture_output=True, timeout=60)
    wait_until(lambda: settled(pid_file.read_text().split()[0]), "haproxy runs")
    pid = int(pid_file.read_text())
    try:
        look = looker(tmp_path, "haproxy")
        assert look.whole().text == "all 1 children (haproxy) run"
        os.kill(pid, signal.SIGSTOP)
        stopped = look.until(Finding.PARTIAL)
        assert f"haproxy of {network} does not move: pid {pid} is in state T" in stopped.text
    finally:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: "is not running" in look.whole().text or "state Z" in look.whole().text, "haproxy is gone")


def put(proc: Path, pid: int, command: str) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "stat").write_text(f"{pid} ({command.split(maxsplit=1)[0]}) S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 100 0 0\n")
    (folder / "cmdline").write_bytes(command.replace(" ", "\0").encode())


def test_keepalived_of_a_router_has_two_processes(tmp_path: Path) -> None:
    proc, state = tmp_path / "proc", tmp_path / "state"
    confs = state / "ha_confs"
    confs.mkdir(parents=True)
    proc.mkdir()
    router, older = NETWORK.format(1), NETWORK.format(2)
    names = ((router, ".pid.keepalived"), (router, ".pid.keepalived-vrrp"), (older, ".pid"), (older, ".pid-vrrp"))
    for number, (of, ending) in enumerate(names, start=10):
        (confs / of).mkdir(exist_ok=True)
        (confs / f"{of}{ending}").write_text(f"{number}\n")
        put(proc, number, f"keepalived -P -f {confs}/{of}/keepalived.conf")
    look = looker(state, "keepalived", proc=proc)
    assert look.whole().figures == {"children": 4, "children_missing": 0}
    (proc / "11" / "stat").unlink()
    (proc / "11" / "cmdline").unlink()
    assert look.look()[1].text == f"keepalived of {router} is not running"


def test_none_was_ever_seen(tmp_path: Path) -> None:
    folder = tmp_path / "dhcp" / NETWORK.format(1)
    folder.mkdir(parents=True)
    (folder / "pid").write_text(f"{1 << 22}\n")
    with_agent, without = looker(tmp_path).whole(), looker(tmp_path, agent=False).whole()
    assert with_agent.finding is without.finding is Finding.UNKNOWN
    assert "another pid namespace" in with_agent.text
    assert "share the pid namespace" in without.text


def test_an_agent_without_networks_is_fine(tmp_path: Path) -> None:
    assert looker(tmp_path).whole().finding is Finding.FINE
    (tmp_path / "dhcp" / NETWORK.format(1)).mkdir(parents=True)  # left behind without a pid file
    assert looker(tmp_path).whole().text == "all 0 children (dnsmasq) run"


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "dhcp").write_text("a file")
    found = looker(tmp_path).whole()
    assert found.finding is Finding.UNKNOWN
    assert "mount it" in found.text


def test_what_cannot_be_right() -> None:
    assert list(Settings().mistakes()) == []
    assert [key for key, _ in Settings((), Path("var")).mistakes()] == ["programs", "state_path"]
