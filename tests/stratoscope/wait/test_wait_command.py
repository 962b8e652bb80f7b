"""The command: what it says, where, and with which code it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stratoscope.cli import main
from tests.probes.wait.test_ready import thing
from tests.servers.kube_api import KubeApi
from tests.servers.process import Process, free_port

ROOT = Path(__file__).parents[3]
Run = Callable[..., tuple[int, str, list[str]]]


@pytest.fixture(name="run")
def running(capsys: pytest.CaptureFixture[str]) -> Run:
    """The exit code, standard output, and the lines of standard error without the name of the program."""

    def run(*arguments: str) -> tuple[int, str, list[str]]:
        code = main(["wait", *arguments])
        written = capsys.readouterr()
        lines = written.err.splitlines()
        assert all(line.startswith("stratoscope wait: ") for line in lines)
        return code, written.out, [line.removeprefix("stratoscope wait: ") for line in lines]

    return run


def test_all_there(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code, out, lines = run(f"tcp://127.0.0.1:{port}", f"file:{tmp_path}")
    assert (code, out) == (0, "")
    assert re.fullmatch(r"all 2 there after \d+\.\d s", lines[-1])
    assert len(lines) == 3


def test_the_deadline_as_json(run: Run, tmp_path: Path) -> None:
    missing = f"tcp://127.0.0.1:{free_port()}"
    code, out, lines = run(missing, f"file:{tmp_path}", "--deadline", "1500ms", "-o", "json")
    assert code == 1
    assert lines[-1].startswith("gave up after ")
    told: dict[str, Any] = json.loads(out)
    assert told["outcome"] == "deadline"
    absent, there = told["targets"]
    assert absent["target"] == missing
    assert not absent["there"]
    assert absent["attempts"] >= 1
    assert "connection refused" in absent["error"]
    assert (there["there"], there["attempts"], there["answer"]) == (True, 1, f"{tmp_path}: is there")


def test_wrong_usage_is_told_at_once_and_without_a_secret(run: Run) -> None:
    code, _, lines = run("kafka://x", "mysql://u:hunter2@h", "galera://h")
    assert code == 2
    (line,) = lines
    for words in ("'kafka://x' is no target", "mysql://***@h: a password must not stand", "write galera://USER@HOST"):
        assert words in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "nothing to wait for; name targets"),
        (["--service", "nova-computers"], "--service: openstack-helm has no workload 'nova-computers'"),
        (["tcp://a:1", "--deadline", "0s"], "--deadline: must be at least 10ms"),
        (["-o", "dot", "tcp://a:1"], "-o dot is for --explain"),
        (["--explain", "nova-computers"], "did you mean nova-compute"),
        (["job/x"], "in which namespace?"),
        (["--oslo-config", "/nonexistent/nova.conf"], "no such file"),
        (["-c", "/nonexistent"], "cannot be read"),
    ],
)
def test_what_cannot_be_waited_for_ends_with_2(run: Run, arguments: list[str], words: str) -> None:
    code, _, lines = run(*arguments)
    assert code == 2
    assert words in "\n".join(lines)


def test_a_time_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["wait", "tcp://a:1", "--deadline", "5"])
    assert ended.value.code == 2
    assert "write a number and its unit" in capsys.readouterr().err


def test_explain_one_and_all(run: Run) -> None:
    code, out, _ = run("--explain", "nova-compute")
    assert code == 0
    assert out.startswith("nova-compute\n├─ service/rabbitmq\n│  └─ rabbitmq\n")
    assert "neutron-ovs-agent (same node)" in out
    _, out, _ = run("--explain")
    assert out.startswith("wave 1\n")
    _, out, _ = run("--explain", "libvirt", "-o", "dot")
    assert out.startswith("digraph start {\n")
    _, out, _ = run("--explain", "-o", "json")
    assert json.loads(out)["circles"] == []


@pytest.mark.servers
def test_a_job_by_kubeconfig(run: Run, tmp_path: Path) -> None:
    with KubeApi() as api:
        api.add(thing("job-complete"))
        config = str(api.kubeconfig(tmp_path))
        code, _, lines = run("job/nova-db-sync", "--namespace", "openstack", "--kubeconfig", config)
    assert code == 0
    assert lines[0].endswith(": complete")


def started(folder: Path, *arguments: str) -> Process:
    return Process([sys.executable, "-m", "stratoscope", "wait", *arguments], folder / "log", folder=ROOT)


@pytest.mark.servers
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_at_once_with_the_reason(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with started(tmp_path, f"tcp://127.0.0.1:{free_port()}", "--deadline", "1h") as process:
        process.wait_until(lambda: "waiting: " in process.log.read_text(), "it waits")
        os.kill(process.pid, number)
        assert process._popen.wait(60) == code
        assert f"ended by {number.name} after" in process.tail(1)


@pytest.mark.servers
def test_a_watch_that_hangs_does_not_outlive_a_signal(tmp_path: Path) -> None:
    with KubeApi() as api:
        config = str(api.kubeconfig(tmp_path))
        with started(tmp_path, "job/openstack/x", "--kubeconfig", config) as process:
            process.wait_until(lambda: "there is no job x" in process.log.read_text(), "it watches")
            os.kill(process.pid, signal.SIGTERM)
            assert process._popen.wait(60) == 143


@pytest.mark.servers
@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", ">/dev/full", "| true", ">&- 2>&-"])
@pytest.mark.parametrize(("arguments", "code"), [("file:/nonexistent --deadline 100ms", 1), ("file:/ --deadline 60s", 0)])
def test_the_code_tells_though_nobody_reads(closed: str, arguments: str, code: int) -> None:
    """A 0 would start the service; a 1 would keep it from starting."""
    command = f"{sys.executable} -m stratoscope wait {arguments} -o json {closed}"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], cwd=ROOT, check=False, timeout=100)
    assert done.returncode == code
