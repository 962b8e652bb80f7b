"""A log that goes on, stands still, is rotated, is cut down, is flooded."""

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.checks import log
from probes.checks.log import LogCheck, Settings
from probes.model import Context, Finding
from tests.probes.checks.looking import Looker, by_about

ITERATION = (
    "2026-11-27 02:00:00.000 7 DEBUG neutron.plugins.ml2.drivers.openvswitch.agent.ovs_neutron_agent "
    "[None req-0f4dc2a1-93b5-4b0e-9c2e-6d1f3b0a7c11 - - - - - -] Agent rpc_loop - iteration:{} started\n"
)
PATTERN = r"Agent rpc_loop - iteration:\d+"
ROUTER = "6a8c1f66-8f2e-4d4b-8a7e-0d5f0e7c9b{:02d}"
BEGIN, END = r"Starting router update for (?P<key>[-0-9a-f]{36})", r"Finished a router update for (?P<key>[-0-9a-f]{36})"


class Log:
    """A log at `path` and a check that follows it."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        self.check: LogCheck = log.make(settings, Context("service"))
        self.looker = Looker(self.check)

    def write(self, text: str) -> None:
        with self.path.open("a") as stream:
            stream.write(text)

    def iterate(self, number: int) -> None:
        self.write(ITERATION.format(number))

    def look(self) -> Finding:
        return self.looker.whole().finding


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Log]:
    path = tmp_path / "neutron-openvswitch-agent.log"
    made = Log(path, Settings(str(path), PATTERN, silence=60))
    made.write("2026-11-27 01:00:00.000 7 INFO neutron.common.config [-] Logging enabled!\n")
    yield made
    made.check.close()


def test_a_line_that_never_came_says_nothing(agent: Log) -> None:
    assert {agent.look() for _ in range(20)} == {Finding.UNKNOWN}


def test_a_line_that_came_before_the_first_look_counts_from_then(agent: Log) -> None:
    agent.iterate(1)
    assert [agent.look() for _ in range(7)] == [*[Finding.FINE] * 6, Finding.STUCK]


def test_silence_is_told_with_its_length_and_ends_with_a_line(agent: Log) -> None:
    agent.iterate(1)
    agent.look()
    for _ in range(6):
        agent.write("2026-11-27 02:00:00.000 7 INFO oslo.messaging [-] something else\n")
        last = agent.looker.whole()
    assert last.finding is Finding.STUCK
    assert last.text == f"the line that should come again and again has not come for 60 s in {agent.path}"
    assert last.figures == {"quiet_seconds": 60}
    agent.iterate(2)
    assert agent.look() is Finding.FINE


def test_a_line_that_is_half_written_counts_once_it_is_whole(agent: Log) -> None:
    line = ITERATION.format(1)
    agent.write(line[:-20])
    assert agent.look() is Finding.UNKNOWN
    agent.write(line[-20:])
    assert agent.look() is Finding.FINE


def test_rotation_by_renaming_loses_nothing(agent: Log) -> None:
    agent.look()
    agent.iterate(1)
    agent.path.rename(agent.path.with_suffix(".log.1"))
    assert agent.look() is Finding.FINE  # renamed, and not made anew yet
    agent.write("first line of the new one\n")
    assert agent.look() is Finding.FINE
    for _ in range(5):
        agent.look()
    assert agent.look() is Finding.STUCK
    agent.iterate(2)
    assert agent.look() is Finding.FINE


def test_lines_at_the_end_of_the_old_file_and_in_the_new_one_count(agent: Log) -> None:
    agent.look()
    agent.iterate(1)
    agent.path.rename(agent.path.with_suffix(".log.1"))
    agent.write("new\n")
    with gzip.open(agent.path.with_suffix(".log.1.gz"), "wb") as packed, agent.path.with_suffix(".log.1").open("rb") as old:
        shutil.copyfileobj(old, packed)
    agent.path.with_suffix(".log.1").unlink()
    assert agent.look() is Finding.FINE


def test_a_file_that_is_copied_and_cut_down_is_read_from_its_beginning(agent: Log) -> None:
    agent.write("x" * 5000 + "\n")
    agent.look()
    with agent.path.open("w"):
        pass
    agent.iterate(1)
    assert agent.look() is Finding.FINE


def test_a_flood_is_passed_over_up_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    flooded = Log(path, Settings(str(path), PATTERN, read_limit=1 << 16))
    flooded.write("start\n")
    flooded.look()
    flooded.iterate(1)
    flooded.write("noise\n" * 50_000)
    assert flooded.look() is Finding.UNKNOWN
    flooded.write("noise\n" * 50_000)
    flooded.iterate(2)
    assert flooded.look() is Finding.FINE
    flooded.check.close()


def test_of_a_long_log_only_the_end_is_read_at_first(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    long = Log(path, Settings(str(path), PATTERN))
    long.iterate(1)
    long.write("noise\n" * 100_000)
    assert long.look() is Finding.UNKNOWN
    long.check.close()


def test_the_log_of_a_pod_is_the_newest_that_fits(tmp_path: Path) -> None:
    """The kubelet begins a new file with each start of a container; each line has the runtime's stamp in front."""
    folder = tmp_path / "openstack_neutron-ovs-agent-default-x7k2p_0f4dc2a1-93b5-4b0e-9c2e-6d1f3b0a7c11" / "neutron-ovs-agent"
    pattern = f"{tmp_path}/openstack_neutron-ovs-agent-*/neutron-ovs-agent/*.log"
    check = log.make(Settings(pattern, PATTERN), Context("service"))
    look = Looker(check)
    missing = look.whole()
    assert missing.finding is Finding.UNKNOWN
    assert "no file fits" in missing.text
    folder.mkdir(parents=True)
    (folder / "0.log").write_text(f"2026-11-27T02:00:00.000000000Z stdout F {ITERATION.format(9)}")
    assert look.whole().finding is Finding.FINE
    check.close()


def test_a_log_that_is_not_there_or_may_not_be_read(tmp_path: Path) -> None:
    look = Looker(log.make(Settings(str(tmp_path / "none.log"), PATTERN), Context("service")))
    assert "not there" in look.whole().text
    folder = Looker(log.make(Settings(str(tmp_path), PATTERN), Context("service")))
    assert folder.whole().finding is Finding.UNKNOWN


def test_a_pattern_that_does_not_come_to_an_end_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("a" * 3000 + "!\n")
    check = log.make(Settings(str(path), r"(a|aa|a*)+$"), Context("service"))
    slow = Looker(check).whole()
    assert slow.finding is Finding.UNKNOWN
    assert "fewer nested repeats" in slow.text
    check.close()


@pytest.fixture
def l3(tmp_path: Path) -> Iterator[Log]:
    path = tmp_path / "neutron-l3-agent.log"
    path.write_text("")
    made = Log(path, Settings(str(path), begin=BEGIN, end=END, within=60))
    yield made
    made.check.close()


def begun(number: int) -> str:
    return f"INFO neutron.agent.l3.agent [-] Starting router update for {ROUTER.format(number)}, action 3, priority 1\n"


def ended(number: int) -> str:
    return f"INFO neutron.agent.l3.agent [-] Finished a router update for {ROUTER.format(number)}. Time elapsed: 1.0\n"


def test_router_updates_that_end(l3: Log) -> None:
    for number in range(20):
        l3.write(begun(number))
        assert l3.look() is Finding.FINE
        l3.write(ended(number))


def test_a_router_update_that_does_not_end_beside_others_that_do(l3: Log) -> None:
    l3.write(begun(1))
    for number in range(2, 9):
        l3.write(begun(number) + ended(number))
        evidence = l3.looker.look()
    assert by_about(evidence) == {"": Finding.PARTIAL, ROUTER.format(1): Finding.PARTIAL}
    assert evidence[0].figures == {"begun": 1, "overdue": 1}
    l3.write(ended(1))
    assert l3.look() is Finding.FINE


def test_router_updates_of_which_none_ends(l3: Log) -> None:
    l3.write("".join(begun(number) for number in range(8)))
    assert [l3.look() for _ in range(7)] == [*[Finding.FINE] * 6, Finding.STUCK]


def test_beginnings_are_forgotten_when_lines_were_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    flooded = Log(path, Settings(str(path), begin=BEGIN, end=END, within=30, read_limit=1 << 16))
    flooded.write(begun(1))
    assert flooded.look() is Finding.FINE
    flooded.write("noise\n" * 50_000)
    assert [flooded.look() for _ in range(6)] == [Finding.FINE] * 6
    flooded.check.close()


def test_both_at_once_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    both = Log(path, Settings(str(path), PATTERN, begin=BEGIN, end=END))
    both.iterate(1)
    both.write(begun(1))
    assert by_about(both.looker.look()) == {"": Finding.FINE, "begun": Finding.FINE}
    both.check.close()


def test_lines_that_cannot_be_read_in_time(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("noise\n" * 10)
    check = log.make(Settings(str(path), PATTERN), Context("service"))
    late = Looker(check, step=10)
    late.now = 1000
    from clients.model import Deadline

    (found,) = check.look(Deadline(5, lambda: 10))
    assert found.finding is Finding.UNKNOWN
    assert "look more often" in found.text
    check.close()


@pytest.mark.parametrize(
    ("keys", "settings"),
    [
        ([], Settings("/x.log", PATTERN)),
        ([], Settings("/x.log", begin=BEGIN, end=END)),
        (["path"], Settings("x.log", PATTERN)),
        (["pattern"], Settings("/x.log")),
        (["end"], Settings("/x.log", PATTERN, begin=BEGIN)),
        (["begin"], Settings("/x.log", PATTERN, end=END)),
        (["pattern"], Settings("/x.log", "(")),
        (["end"], Settings("/x.log", begin=BEGIN, end="Finished")),
        (["silence", "within", "read_limit"], Settings("/x.log", PATTERN, silence=0, within=0, read_limit=1)),
    ],
)
def test_what_cannot_be_right(keys: list[str], settings: Settings) -> None:
    assert [key for key, _ in settings.mistakes()] == keys
