"""`collect` as a process: it delivers, follows its settings, ends well, and says what is wrong."""

import json
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.process import free_port, wait_until
from tests.stratoscope.collect.process import Collect, lines, records
from tests.torture.peer import BulkPeer

pytestmark = pytest.mark.servers


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Collect]:
    made = Collect(tmp_path)
    yield made
    if made.process:
        made.process.kill()


def test_it_delivers_follows_and_goes_on_in_its_next_life(collect: Collect) -> None:
    collect.log.write_text(lines(0, 5))
    collect.start()
    collect.wait_for(5)
    with collect.log.open("a") as log:
        log.write(lines(5, 8))
    collect.wait_for(8)
    assert collect.end() == 0
    assert collect.said()[-1] == "stopped"
    with collect.log.open("a") as log:
        log.write(lines(8, 10))
    collect.start()
    collect.wait_for(10)
    assert collect.end() == 0
    assert collect.bodies() == records(0, 10)


def test_the_path_of_a_pods_log_tells_the_pod(collect: Collect) -> None:
    log = collect.folder / "pods" / "openstack_nova-api-0_0a1b2c" / "nova-osapi" / "0.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"2026-11-23T03:33:01.000000001Z stdout F {line}\n" for line in lines(0, 3).splitlines()))
    collect.settings["sources"]["logs"]["paths"] = [str(collect.folder / "pods")]
    collect.start()
    collect.wait_for(3)
    assert collect.end() == 0
    resource = json.loads(collect.out.read_text().splitlines()[0])["resource"]
    assert resource["k8s.pod.name"] == "nova-api-0"
    assert resource["k8s.namespace.name"] == "openstack"
    assert resource["k8s.container.name"] == "nova-osapi"
    assert resource["k8s.pod.uid"] == "0a1b2c"


def test_kill_9_of_a_whole_process(collect: Collect) -> None:
    collect.log.write_text(lines(0, 2000))
    for _ in range(3):
        process = collect.start()
        process.kill()
    collect.start()
    wait_until(lambda: len(set(collect.bodies_after_a_kill())) == 2000, "all records")
    assert collect.end() == 0


def test_standard_input_is_read_to_its_end(collect: Collect) -> None:
    collect.settings["sources"] = {"in": {"kind": "stdin"}}
    done = collect.run(piped=lines(0, 3))
    assert done.returncode == 0, done.stderr
    assert collect.bodies() == records(0, 3)


def get(port: int, path: str = "/metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return str(answer.read().decode())


def test_metrics_and_health(collect: Collect) -> None:
    port = free_port()
    collect.settings["listen"] = f"127.0.0.1:{port}"
    collect.log.write_text(lines(0, 5))
    collect.start()
    collect.wait_for(5)
    wait_until(lambda: "stratoscope_acknowledged_events_total 5.0" in get(port), "the acknowledgement is counted")
    text = get(port)
    for line in (
        'stratoscope_read_lines_total{source="logs"} 5.0',
        'stratoscope_emitted_events_total{sink="out"} 5.0',
        'stratoscope_sink_up{sink="out"} 1.0',
        'stratoscope_lag_bytes{source="logs"} 0.0',
        "stratoscope_config_last_reload_successful 1.0",
        'openstack_log_events_total{component="nova-compute",severity="info"} 5.0',
    ):
        assert line in text.splitlines()
    assert get(port, "/-/healthy")
    assert collect.end() == 0


def test_one_sends_to_another_who_tells_of_it(collect: Collect, tmp_path: Path) -> None:
    port, forward = free_port(), free_port()
    collect.settings |= {
        "listen": f"127.0.0.1:{port}",
        "sources": {"nodes": {"kind": "forward", "listen": f"127.0.0.1:{forward}"}},
    }
    collect.start()
    (tmp_path / "node").mkdir()
    node = Collect(tmp_path / "node")
    node.settings["sinks"] = {"on": {"to": {"kind": "forward", "address": f"127.0.0.1:{forward}"}}}
    node.log.write_text(lines(0, 5))
    with node.start():
        collect.wait_for(5)
        told = {
            'stratoscope_forward_records_total{source="nodes"} 5.0',
            'stratoscope_forward_connections{source="nodes"} 1.0',
            'stratoscope_forward_unacknowledged_messages{source="nodes"} 0.0',
        }
        wait_until(lambda: told <= set(get(port).splitlines()), "all is acknowledged")
        assert node.end() == 0
    assert collect.end() == 0
    assert collect.bodies() == records(0, 5)


class TestTheEnd:
    """SIGTERM drains within a deadline, says what was not acknowledged, and a second signal ends it at once."""

    def test_a_sink_that_hangs_does_not_hold_the_end_up(self, collect: Collect) -> None:
        with BulkPeer(lambda: "hang") as peer:
            collect.settings |= {"sinks": {"out": peer.sink()}, "drain": "0.5s"}
            collect.log.write_text(lines(0, 5))
            collect.start()
            wait_until(lambda: peer.requests > 0, "it has sent something")
            assert collect.end() == 2
        (told,) = [line for line in collect.said() if "has not acknowledged" in line]
        assert re.fullmatch("sink out has not acknowledged [45] events; the next start reads them again", told)
        with BulkPeer() as peer:
            collect.settings["sinks"] = {"out": peer.sink()}
            collect.start()
            wait_until(lambda: peer.count() == 5, "the next start has sent them")
            assert collect.end() == 0

    def test_what_a_spool_holds_is_safe(self, collect: Collect) -> None:
        with BulkPeer(lambda: "busy") as peer:
            collect.settings |= {"sinks": {"out": {**peer.sink(), "buffer": {"spool": "64M"}}}, "drain": "0.5s"}
            collect.log.write_text(lines(0, 5))
            collect.start()
            wait_until(lambda: peer.requests > 0, "it has sent something")
            assert collect.end() == 0
        collect.log.unlink()
        with BulkPeer() as peer:
            collect.settings["sinks"]["out"]["to"] = peer.sink()["to"]
            collect.start()
            wait_until(lambda: peer.count() >= 4, "the next start has sent what the spool held; the last record may be open")
            assert collect.end() == 0

    def test_a_second_signal_ends_it_at_once(self, collect: Collect) -> None:
        with BulkPeer(lambda: "hang") as peer:
            collect.settings |= {"sinks": {"out": peer.sink()}, "drain": "300s"}
            collect.log.write_text(lines(0, 5))
            process = collect.start()
            wait_until(lambda: peer.requests > 0, "it has sent something")
            collect.signal(signal.SIGTERM)
            collect.wait_for_word("ending; what is on its way has 300 s")
            collect.signal(signal.SIGTERM)
            wait_until(lambda: not process.running(), "it has ended")
        assert process._popen.returncode == -signal.SIGTERM


class TestOneSinkFailingNeverStopsTheOthers:
    """Each of several has a spool."""

    def test_the_others_go_on_and_the_spool_is_sent_when_it_is_back(self, collect: Collect) -> None:
        moods = ["busy"]
        with BulkPeer(lambda: moods[0]) as peer:  # type: ignore[arg-type, return-value]
            collect.settings["sinks"]["far"] = {**peer.sink(), "buffer": {"memory": "1M"}}
            collect.log.write_text(lines(0, 5000))
            collect.start()
            collect.wait_for(5000)
            collect.wait_for_word("sink far is behind: its events go to the spool on disk")
            moods[0] = "take"
            wait_until(lambda: peer.count() == 5000, "the spool has been sent")
            collect.wait_for_word("sink far has caught up")
            assert collect.end() == 0
        assert collect.bodies() == records(0, 5000)
        assert len(peer.delivered.events) == 5000


class TestReload:
    """SIGHUP: a bad file keeps the old settings, a good one is followed without loss."""

    def test_a_bad_file_keeps_the_old_settings(self, collect: Collect) -> None:
        collect.log.write_text(lines(0, 3))
        collect.start()
        collect.wait_for(3)
        collect.config.write_text("sources: {}\nsinks: 7\n")
        collect.signal(signal.SIGHUP)
        collect.wait_for_word("settings not reloaded, the old ones stay in force")
        with collect.log.open("a") as log:
            log.write(lines(3, 6))
        collect.wait_for(6)
        assert collect.end() == 0

    def test_state_cannot_change_while_it_runs(self, collect: Collect) -> None:
        collect.start()
        collect.settings["state"] = str(collect.folder / "other")
        collect.write()
        collect.signal(signal.SIGHUP)
        collect.wait_for_word("state cannot change while it runs; restart it for that")
        assert collect.end() == 0

    def test_sinks_come_go_and_change_and_nothing_is_lost(self, collect: Collect) -> None:
        second = collect.folder / "second.jsonl"
        collect.log.write_text(lines(0, 100))
        collect.start()
        collect.wait_for(100)
        collect.settings["sinks"]["second"] = {"to": {"kind": "file", "path": str(second)}}
        collect.settings["sinks"]["out"]["timeout"] = "20s"
        self.follow(collect, 1)
        with collect.log.open("a") as log:
            log.write(lines(100, 200))
        collect.wait_for(200)
        collect.wait_for(100, second)
        del collect.settings["sinks"]["second"]
        self.follow(collect, 2)
        with collect.log.open("a") as log:
            log.write(lines(200, 300))
        collect.wait_for(300)
        assert collect.end() == 0
        assert collect.bodies() == records(0, 300)
        assert collect.bodies(second) == records(100, 200)

    def test_a_sink_that_hangs_is_replaced_and_takes_its_batches_along(self, collect: Collect) -> None:
        with BulkPeer(lambda: "hang") as hanging, BulkPeer() as peer:
            collect.settings["sinks"] = {"out": hanging.sink()}
            collect.log.write_text(lines(0, 50))
            collect.start()
            wait_until(lambda: hanging.requests > 0, "it hangs")
            collect.settings["sinks"] = {"out": peer.sink()}
            self.follow(collect, 1)
            wait_until(lambda: peer.count() == 50, "the new far side has all")
            assert collect.end() == 0

    def test_sources_and_parsers_change_and_nothing_is_lost_or_repeated(self, collect: Collect) -> None:
        other = collect.folder / "nova-api.log"
        other.write_text(lines(1000, 1010))
        collect.log.write_text(lines(0, 100))
        collect.start()
        collect.wait_for(100)
        collect.settings["sources"]["logs"]["paths"].append(str(other))
        self.follow(collect, 1)
        collect.wait_for(110)
        collect.settings["parser"]["raw"] = True
        self.follow(collect, 2)
        with collect.log.open("a") as log:
            log.write(lines(100, 200))
        collect.wait_for(210)
        assert collect.end() == 0
        assert sorted(collect.bodies()) == sorted([*records(0, 200), *records(1000, 1010)])
        events = [json.loads(line) for line in collect.out.read_text().splitlines()]
        assert ["log.record.original" in event["attributes"] for event in events] == [False] * 110 + [True] * 100

    def test_a_source_that_cannot_be_made_leaves_the_old_ones(self, collect: Collect) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            collect.log.write_text(lines(0, 10))
            collect.start()
            collect.wait_for(10)
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            collect.settings["sources"]["forward"] = {"kind": "forward", "listen": address}
            collect.settings["sources"]["logs"]["exclude"] = ["*.nothing"]
            collect.write()
            collect.signal(signal.SIGHUP)
            collect.wait_for_word("settings not reloaded")
            with collect.log.open("a") as log:
                log.write(lines(10, 20))
            collect.wait_for(20)
            assert collect.end() == 0
        assert collect.bodies() == records(0, 20)

    @staticmethod
    def follow(collect: Collect, times: int) -> None:
        collect.write()
        collect.signal(signal.SIGHUP)
        wait_until(lambda: collect.said().count("settings reloaded") == times, "the settings are followed")


class TestWhatIsWrongIsSaid:
    """In one line each, and with exit code 2."""

    def test_check(self, collect: Collect) -> None:
        done = collect.run("--check")
        assert (done.returncode, done.stdout) == (0, f"{collect.config}: fine\n")
        collect.settings["sinks"]["out"]["to"]["kind"] = "fil"
        collect.settings["nonsense"] = 1
        done = collect.run("--check")
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 2

    def test_the_configuration_of_fluent_bit(self, collect: Collect) -> None:
        done = collect.run("--print-fluent-bit")
        assert (done.returncode, "the section fluent_bit is missing" in done.stderr) == (2, True)
        collect.settings["fluent_bit"] = {"role": "raw", "match": "kube.*"}
        done = collect.run("--print-fluent-bit")
        assert done.returncode == 0, done.stderr
        assert "kube.*" in done.stdout

    def test_two_processes_cannot_share_a_state(self, collect: Collect) -> None:
        collect.start()
        done = collect.run()
        assert done.returncode == 2
        assert "is used by another process; give each its own `state`" in done.stderr
        assert collect.end() == 0

    def test_damaged_positions_are_told_and_set_aside(self, collect: Collect) -> None:
        (collect.folder / "state").mkdir()
        (collect.folder / "state" / "positions.json").write_text("{")
        collect.log.write_text(lines(0, 3))
        collect.start()
        collect.wait_for(3)
        assert "all files are read from their beginnings" in collect.said()[0]
        assert collect.end() == 0

    @pytest.mark.parametrize(
        ("path", "text", "message"),
        [
            ("positions.json", '{"version": 9}', "has version 9"),
            ("spool/out/00000001.spool", "another program's\n", "was written by another version"),
        ],
    )
    def test_state_of_another_version(self, collect: Collect, path: str, text: str, message: str) -> None:
        file = collect.folder / "state" / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
        done = collect.run()
        assert done.returncode == 2
        assert message in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_state_that_is_no_folder(self, collect: Collect) -> None:
        (collect.folder / "state").write_text("")
        done = collect.run()
        assert done.returncode == 2
        assert "cannot be written" in done.stderr
