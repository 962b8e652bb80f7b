"""`stratoscope parse` as a person or a pipe runs it."""

import gzip
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stratoscope.cli import main

COMMAND = [sys.executable, "-m", "stratoscope"]
PARSE = [*COMMAND, "parse"]
INFO = "2026-11-23 03:33:01.807 32594 INFO nova.compute.manager [-] Synchronizing state\n"
ERROR = "2026-11-23 03:33:02.000 32594 ERROR neutron.agent.dhcp.agent [-] Failed reporting state!\n"
Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs `parse` with these words: exit code, events, and what was said on standard error."""

    def in_process(*words: object) -> tuple[int, list[dict[str, Any]], str]:
        try:
            code = main(["parse", *map(str, words)])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfdbinary.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err.decode()

    return in_process


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "all.log"
    path.write_text(INFO + ERROR)
    return path


def test_each_record_is_a_line_of_json(run: Run, log: Path) -> None:
    code, events, said = run(log)
    assert (code, said) == (0, "")
    assert [event["body"] for event in events] == ["Synchronizing state", "Failed reporting state!"]
    assert events[0]["source"]["file"] == str(log)
    assert "observed_timestamp" not in events[0]


def test_the_files_name_tells_the_service_else_the_logger_does(run: Run, log: Path) -> None:
    named = log.rename(log.with_name("nova-compute.log"))
    log.write_text(INFO + ERROR)

    def services(*words: object) -> list[str]:
        return [event["resource"]["service.name"] for event in run(*words)[1]]

    assert services(log) == ["nova", "neutron"]
    assert services(named) == ["nova-compute", "nova-compute"]
    assert services(named, "--as-service", "x") == ["x", "x"]


def test_standard_input_is_read_when_nothing_is_named(run: Run, piped: Callable[[str], None]) -> None:
    piped(INFO)
    assert len(run()[1]) == 1
    piped(INFO + ERROR)
    assert len(run("-")[1]) == 2


def test_packed_files_and_directories_are_read(run: Run, log: Path) -> None:
    (log.parent / "all.log.1").write_bytes(gzip.compress((INFO * 3).encode()))
    code, events, _ = run(log.parent)
    assert (code, len(events)) == (0, 5)


def test_what_cannot_be_read_is_told_in_one_line_and_the_rest_is_read(run: Run, log: Path) -> None:
    broken = log.parent / "broken.gz"
    broken.write_bytes(gzip.compress((INFO * 5).encode())[:-4])
    code, events, said = run(log.parent / "missing.log", broken, log)
    assert (code, len(events)) == (2, 7)
    advice = "what stands before that was read; make a new copy of the file"
    assert said.splitlines() == [
        f"stratoscope: {log.parent}/missing.log: does not exist; check the name",
        f"stratoscope: {broken}: ends in the middle of its gzip data; {advice}",
    ]


@pytest.mark.parametrize(
    ("words", "bodies", "code"),
    [
        (["-l", "error"], ["Failed reporting state!"], 0),
        (["-s", "nova"], ["Synchronizing state"], 0),
        (["--since", "2026-11-23 03:33:02"], ["Failed reporting state!"], 0),
        (["--grep", "32594 INFO"], ["Synchronizing state"], 0),
        (["--grep", "nothing of the kind"], [], 1),
        (["-s", "glance"], [], 1),
    ],
)
def test_filters_select_and_the_exit_code_tells_whether_anything_matched(
    run: Run, log: Path, words: list[str], bodies: list[str], code: int
) -> None:
    got, events, said = run(*words, log)
    assert ([event["body"] for event in events], got, said) == (bodies, code, "")
    assert all("log.record.original" not in event["attributes"] for event in events)


def test_an_empty_input_without_filters_is_fine(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.log").touch()
    assert run(tmp_path / "empty.log") == (0, [], "")


def test_raw_adds_the_original_text_and_raw_output_is_nothing_else(
    run: Run, log: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert [event["attributes"]["log.record.original"] for event in run("--raw", log)[1]] == [INFO, ERROR]
    assert main(["parse", "-o", "raw", "-l", "error", str(log)]) == 0
    assert capfdbinary.readouterr().out == ERROR.encode()


def test_options_say_how_the_log_is_read(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.log"
    path.write_text("2026-11-23 03:33:01.807 (nova.api) <WARNING> password=hunter2secret\n")
    head = "%(asctime)s.%(msecs)03d (%(name)s) <%(levelname)s> "
    formats = ["--oslo-default-format", f"{head}%(message)s", "--oslo-context-format", f"{head}[%(request_id)s] %(message)s"]
    code, events, said = run(path, *formats, "--tz", "+02:00", "--as-service", "nova-api", "--no-mask")
    assert (code, said) == (0, "")
    (event,) = events
    assert event["timestamp"] == "2026-11-23T01:33:01.807Z"
    assert event["severity_text"] == "WARNING"
    assert event["resource"]["service.name"] == "nova-api"
    assert event["body"] == "password=hunter2secret"


def test_formats_can_be_listed_and_restricted(run: Run, log: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["parse", "--format", "help"]) == 0
    names = capfdbinary.readouterr().out.decode().split()
    assert "oslo.text" in names
    assert run(log, "--format", "oslo.text")[1][0]["severity_text"] == "INFO"
    other = next(name for name in names if name != "oslo.text")
    assert run(log, "--format", other)[1][0].get("severity_text") is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["parse", "--colour"], "stratoscope: unrecognized arguments: --colour; see stratoscope --help"),
        (["parse", "-o", "xml"], "stratoscope parse: argument -o/--output: invalid choice: 'xml'"),
        (
            ["parse", "--tz", "Europe/Atlantis"],
            "stratoscope parse: argument --tz: no zone 'Europe/Atlantis' on this machine; write",
        ),
        (
            ["parse", "--tz", "../etc/passwd"],
            "stratoscope parse: argument --tz: no zone '../etc/passwd' on this machine; write",
        ),
        (["parse", "--format", "osol"], "stratoscope parse: --format: 'osol' is not known; --format help lists all"),
        (["parse", "--oslo-default-format", "%(asctime"], "stratoscope parse: --oslo-default-format: "),
        (["parse", "--since", "soon", "-"], "stratoscope parse: --since: 'soon' is no time; write"),
        (["prase"], "stratoscope: argument COMMAND: invalid choice: 'prase'"),
        ([], "stratoscope: the following arguments are required: COMMAND; see stratoscope --help"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], piped: Callable[[str], None]
) -> None:
    piped("")
    try:
        code: object = main(words)
    except SystemExit as end:
        code = end.code
    (line,) = capsys.readouterr().err.splitlines()
    assert code == 2
    assert line.startswith(said)


def test_a_closed_pipe_is_no_reason_to_complain(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_text(INFO * 20_000)
    with subprocess.Popen([*PARSE, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_following_goes_on_over_a_rotation_and_an_interrupt_brings_out_the_last_records(log: Path) -> None:
    with subprocess.Popen([*PARSE, "-f", str(log)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["body"] == "Synchronizing state"
        log.rename(log.with_suffix(".log.1"))
        log.write_text(INFO.replace("Synchronizing", "Rotated") + ERROR)
        events = [json.loads(process.stdout.readline())]
        while events[-1]["body"] != "Rotated state":
            events.append(json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=30)
    events += map(json.loads, rest.splitlines())
    assert sorted(event["body"] for event in events) == ["Failed reporting state!", "Failed reporting state!", "Rotated state"]
    assert all(event["observed_timestamp"] > "2026" for event in events)
    assert (process.returncode, said) == (130, b"")


def test_a_terminal_gets_readable_coloured_text_and_a_person_without_input_gets_help(log: Path) -> None:
    own, other = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    process = subprocess.run([*PARSE, str(log)], stdout=other, stderr=other, env=environment, check=False, timeout=30)
    text = os.read(own, 65536).decode()
    assert process.returncode == 0
    assert "\x1b[1;31mERROR   \x1b[0m \x1b[36mneutron.agent.dhcp.agent\x1b[0m Failed reporting state!\r\n" in text
    nothing = subprocess.run(PARSE, stdin=other, stderr=subprocess.PIPE, check=False, timeout=30)
    assert nothing.returncode == 2
    assert nothing.stderr.decode() == (
        "stratoscope parse: nothing to read; name a log file or a directory, or pipe a log in; see stratoscope parse --help\n"
    )
    os.close(own)
    os.close(other)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("stratoscope 0.")


def test_parse_imports_nothing_heavy() -> None:
    program = (
        "import sys, stratoscope.parse_command\n"
        "heavy = {'regex', 'jinja2', 'starlette', 'prometheus_client', 'asyncio', 'logging', 'zoneinfo', 'sqlite3'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # it needs sqlite3
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "\n"
