"""What a service has in flight, by its own log."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.model import RefusedError
from probes.drain.settings import WorkSettings
from probes.drain.work import make
from probes.drain.work_lines import KINDS, InFlight
from probes.model import Context
from tests.probes.soon import soon

ONE, TWO = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"


def line(text: str, instance: str = ONE, time: str = "02:00:00.000") -> str:
    return f"2026-11-27 {time} 7 INFO nova.compute.manager [None req-1 admin admin] [instance: {instance}] {text}"


def in_flight(*lines: str, service: str = "nova-compute", longest: float = 3600.0) -> list[tuple[str, str]]:
    found = InFlight(KINDS[service], longest)
    for one in lines:
        found.feed(one)
    return found.open()


CLAIMED = line("Claim successful on node compute-1")
BUILT = line("Took 19.84 seconds to build instance.")
PREPARED = line("Took 2.62 seconds for pre_live_migration on destination host compute-2.")
RUNNING = line("Migration running for 30 secs, memory 10% remaining (bytes processed=1, remaining=2, total=3); disk 0%.")


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ((CLAIMED,), [("build", ONE)]),
        ((CLAIMED, BUILT), []),
        ((BUILT,), []),
        ((CLAIMED, line("Claim successful on node compute-1", TWO), BUILT), [("build", TWO)]),
        ((CLAIMED, line("VM Started (Lifecycle Event)")), []),
        ((CLAIMED, line("VM Paused (Lifecycle Event)")), [("build", ONE)]),
        ((CLAIMED, line("Instance failed to spawn: NoValidHost")), []),
        ((CLAIMED, line("Took 0.91 seconds to deallocate network for instance.")), []),
        ((CLAIMED, line("Terminating instance")), []),
        ((PREPARED,), [("live migration", ONE)]),
        ((PREPARED, RUNNING), [("live migration", ONE)]),
        ((RUNNING, line("Migration operation has completed")), []),
        ((RUNNING, line("Migration operation was cancelled")), []),
        ((RUNNING, line("Live Migration failure: internal error")), []),
        ((line("instance snapshotting"),), [("snapshot", ONE)]),
        ((line("instance snapshotting"), line("Took 8.80 seconds to snapshot the instance on the hypervisor.")), []),
        ((CLAIMED, "2026-11-27 02:00:01 8 INFO nova.service [-] Starting compute node (version 34.0.0)"), []),
        ((line("Attaching volume x to /dev/vdb"), "", "no line of oslo.log", "Claim successful without an instance"), []),
    ],
)
def test_what_begins_is_in_flight_until_its_end(lines: tuple[str, ...], left: list[tuple[str, str]]) -> None:
    assert in_flight(*lines) == left


def test_what_began_long_ago_does_not_count_any_more() -> None:
    assert in_flight(CLAIMED, line("VM Paused (Lifecycle Event)", TWO, "02:59:59.000")) == [("build", ONE)]
    assert in_flight(CLAIMED, line("VM Paused (Lifecycle Event)", TWO, "03:00:01.000")) == []


def test_the_kubelet_s_own_time_before_each_line_does_no_harm() -> None:
    wrapped = [f"2026-11-27T02:00:00.123456789Z stdout F {one}" for one in (CLAIMED, BUILT)]
    assert in_flight(wrapped[0]) == [("build", ONE)]
    assert in_flight(*wrapped) == []


def test_backups_of_cinder() -> None:
    begun = f"2026-11-27 02:00:00.1 7 INFO cinder.backup.manager [req-1] Create backup started, backup: {ONE} volume: {TWO}."
    ended = f"2026-11-27 02:00:09.1 7 INFO cinder.backup.manager [req-1] Create backup finished. backup: {ONE}."
    assert in_flight(begun, service="cinder-backup") == [("backup", ONE)]
    assert in_flight(begun, ended, service="cinder-backup") == []


def test_a_look_costs_what_came_since_and_follows_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "nova.log"
    log.write_text(CLAIMED + "\n")
    action = make(WorkSettings(log_files=(log,)), Context("nova-compute"))
    progress = action.look(soon())
    assert (progress.done, progress.in_flight, progress.text) == (False, 1, f"in flight: build {ONE}")
    with log.open("a") as file:
        file.write(BUILT[:60])
    assert not action.look(soon()).done, "half a line is none yet"
    with log.open("a") as file:
        file.write(BUILT[60:] + "\n")
    assert action.look(soon()).done
    log.rename(tmp_path / "nova.log.1")
    log.write_text(line("Claim successful on node compute-1", TWO) + "\n")
    assert action.look(soon()).text == f"in flight: build {TWO}"
    log.write_text("")
    assert action.look(soon()).in_flight == 1, "a file that was emptied ends nothing"


def test_only_so_much_is_looked_back_over(tmp_path: Path) -> None:
    log = tmp_path / "nova.log"
    log.write_text(CLAIMED + "\n" + "x" * 10_000 + "\n" + line("instance snapshotting") + "\n")
    action = make(WorkSettings(log_files=(log,), look_back=1000), Context("nova-compute"))
    assert action.look(soon()).text == f"in flight: snapshot {ONE}"


def test_one_file_of_two_that_cannot_be_read_is_not_the_end(tmp_path: Path) -> None:
    log = tmp_path / "nova.log"
    log.write_text(CLAIMED + "\n")
    action = make(WorkSettings(log_files=(tmp_path / "none", log)), Context("nova-compute"))
    assert action.look(soon()).in_flight == 1


def test_where_no_log_can_be_read_it_is_not_known_and_told() -> None:
    for files in ((), (Path("/nowhere/nova.log"),)):
        with pytest.raises(RefusedError, match="what is in flight is not known"):
            make(WorkSettings(log_files=files), Context("nova-compute")).look(soon())


def test_many_are_told_by_number() -> None:
    log = [line("instance snapshotting", f"{number:08d}-2222-3333-4444-555555555555") for number in range(9)]
    assert len(in_flight(*log)) == 9


@given(st.lists(st.sampled_from([CLAIMED, BUILT, PREPARED, RUNNING, line("Terminating instance"), "x" * 9000, "\x00\udc80"])))
def test_after_the_instance_has_ended_nothing_of_it_is_in_flight(lines: list[str]) -> None:
    """What begins is in flight until its end."""
    assert in_flight(*lines, line("Terminating instance")) in ([], [("snapshot", ONE)])
