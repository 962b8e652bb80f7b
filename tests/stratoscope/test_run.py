"""`run` as a process: it catches up, serves, follows, ends on a signal, goes on, and survives `kill -9`."""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stratoscope import samples
from stratoscope.cli import main
from stratoscope.run_command import age_of
from stratoscope.store.reader import Reader
from tests.stratoscope.made import bodies

DEADLINE = 30.0


def lines(first: int, last: int) -> str:
    return "".join(f"2026-11-23T03:00:00Z number {i}\n  more of {i}\n" for i in range(first, last))


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not what():
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.02)


class Run:
    """A `run` of a file, started."""

    def __init__(self, log: Path, store: Path, listen: str = "127.0.0.1:0") -> None:
        command = [sys.executable, "-m", "tests.stratoscope.line_run", str(log), str(store), *([listen] if listen else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def caught_up(self) -> str:
        """What it prints until it follows."""
        assert self.process.stdout
        text = ""
        while "Ctrl-C ends" not in text:
            line = self.process.stdout.readline()
            assert line, text + self.process.communicate()[1]
            text += line
        return text

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Send a signal; exit code, further output, own log."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str, str]:
        out, log = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, out, log


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Starts a `run` of tmp_path/nova.log; what still runs is killed."""
    runs: list[Run] = []

    def begin(listen: str = "127.0.0.1:0") -> Run:
        runs.append(Run(tmp_path / "nova.log", tmp_path / "events.db", listen))
        return runs[-1]

    yield begin
    for run in runs:
        run.process.kill()
        run.process.communicate()


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=DEADLINE) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_catches_up_serves_follows_and_ends(tmp_path: Path, start: Callable[..., Run], number: int) -> None:
    log, store = tmp_path / "nova.log", tmp_path / "events.db"
    log.write_text(lines(0, 10))
    run = start()
    text = run.caught_up()
    assert "9 new events." in text
    assert re.search(r"nova-compute +9 +0 +0", text)
    url = re.findall(r"page +(\S+)", text)[0]
    assert "number 8" in get(url)
    assert 'stratoscope_store_events_total{sink="store"} 9.0' in get(f"{url}/metrics")
    with log.open("a") as file:
        file.write(lines(10, 20))
    wait_for(lambda: len(bodies(store)) == 19)
    assert "number 18" in get(f"{url}/?q=%22number+18%22")
    code, out, own = run.end(number)
    assert (code, out) == (0, "")
    assert [json.loads(line)["body"] for line in own.splitlines()] == ["started", "stopped"]


def test_a_second_start_goes_on_and_says_so(tmp_path: Path, start: Callable[..., Run]) -> None:
    log, store = tmp_path / "nova.log", tmp_path / "events.db"
    log.write_text(lines(0, 10))
    first = start()
    first.caught_up()
    first.end()
    with log.open("a") as file:
        file.write(lines(10, 12))
    second = start()
    text = second.caught_up()
    assert text.startswith(f"Going on where the last run stopped; files known in {store}: 1.")
    assert "2 new events." in text
    assert second.end()[0] == 0
    assert len(bodies(store)) == 11


def test_killed_in_the_middle_again_and_again_no_event_is_lost_or_doubled(tmp_path: Path, start: Callable[..., Run]) -> None:
    log, store = tmp_path / "nova.log", tmp_path / "events.db"
    count = 30_000
    log.write_text(lines(0, count))
    seen = [0]

    def stored() -> int:
        if not store.exists():
            return 0
        with Reader(store) as reader:
            return reader.totals().events

    for _ in range(3):
        run = start()
        wait_for(lambda: stored() > seen[-1])
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.wait(DEADLINE)
        seen.append(stored())
    assert seen[1] < count, "it was too quick to be killed in the middle"
    assert start("").ended()[0] == 0
    assert sorted(int(body.split()[1]) for body in bodies(store, limit=count + 1)) == list(range(count))


def test_without_following_it_prints_what_it_found_and_ends(tmp_path: Path, start: Callable[..., Run]) -> None:
    (tmp_path / "nova.log").write_text(lines(0, 10))
    code, out, _ = start("").ended()
    assert code == 0
    assert "10 new events." in out
    assert "page" not in out


def test_nothing_to_read_is_an_error(start: Callable[..., Run]) -> None:
    code, _, own = start("").ended()
    assert code == 2
    assert "does not exist" in own


def test_a_port_in_use_is_an_error(tmp_path: Path, start: Callable[..., Run]) -> None:
    (tmp_path / "nova.log").write_text(lines(0, 10))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, out, error = start(f"127.0.0.1:{port}").ended()
    assert (code, out) == (2, "")
    assert (
        error
        == f"stratoscope run: port {port} on 127.0.0.1 cannot be used: Address already in use; choose another with --listen\n"
    )


def test_listening_beyond_this_machine_is_refused(start: Callable[..., Run]) -> None:
    code, _, error = start("0.0.0.0:8765").ended()
    assert code == 2
    assert "no passwords are set, so the page only listens on this machine" in error


def test_a_sample_log_from_the_command_line_to_a_search(tmp_path: Path) -> None:
    (sample,) = (path for path in samples.paths() if "nova-scheduler" in path)
    command = [sys.executable, "-m", "stratoscope"]
    option = ["--store", str(tmp_path / "events.db")]
    done = subprocess.run([*command, "run", "--no-follow", *option, sample], capture_output=True, text=True, check=True)
    assert re.search(r"nova-scheduler +248 ", done.stdout)
    assert "DBConnectionError" in done.stdout
    search = [*command, "search", *option, "exception:DBConnectionError service:nova until:2026-11-23T05:21"]
    done = subprocess.run(search, capture_output=True, text=True, check=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events
    assert {event["resource"]["service.name"] for event in events} == {"nova-scheduler"}
    assert all("Traceback" in event["attributes"]["exception.stacktrace"] for event in events)


def test_how_old_events_may_become() -> None:
    assert age_of("7d") == 7 * 86_400
    for text, words in (("7", "is no duration"), ("10s", "at least 1m"), ("", "is no duration")):
        with pytest.raises(argparse.ArgumentTypeError, match=words):
            age_of(text)


def test_a_run_drops_what_is_too_old(tmp_path: Path) -> None:
    log, store = tmp_path / "nova-compute.log", tmp_path / "events.db"
    for days in (("2020-01-01", "2020-01-02"), (f"{datetime.now(UTC):%Y-%m-%d}",)):
        with log.open("a") as file:
            file.writelines(f"{day} 00:00:00.000 7 INFO nova.compute.manager [-] on {day}\n" for day in days)
        assert main(["run", str(log), "--no-follow", "--store", str(store), "--max-age", "7d"]) == 0
    assert bodies(store) == [f"on {datetime.now(UTC):%Y-%m-%d}"]
