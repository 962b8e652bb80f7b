"""`stratoscope inject` in a pipe."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stratoscope.inject.manifests.test_stream import DEPLOYMENT

IMAGE = ("--image", "registry.example/stratoscope:0.1.0")


def run(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "stratoscope", "inject", *words], input=stdin, capture_output=True, check=False, timeout=100
    )


def test_a_pipe() -> None:
    done = run(*IMAGE, stdin=DEPLOYMENT.encode())
    assert done.returncode == 0
    assert b"name: stratoscope-probe" in done.stdout
    assert done.stderr.endswith(b"1 of 1 workloads have sidecars put in\n")
    assert run(*IMAGE, "--report", "none", stdin=done.stdout).stdout == done.stdout


def test_a_file_and_a_report_for_programs(tmp_path: Path) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(DEPLOYMENT)
    done = run(*IMAGE, "-f", str(file), "--report", "json")
    assert json.loads(done.stderr)["port"] == 9768


def test_settings_and_an_image_that_goes_before(tmp_path: Path) -> None:
    file = tmp_path / "inject.yaml"
    file.write_text("image: a:1\nport: 9800\n")
    done = run("-c", str(file), "--image", "b:2", stdin=DEPLOYMENT.encode())
    assert b'image: "b:2"' in done.stdout
    assert b"port: 9800" in done.stdout


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        ((), b"", "name the image of the sidecars: --image IMAGE"),
        ((*IMAGE, "-f", "nowhere.yaml"), b"", "nowhere.yaml: cannot be read: No such file or directory; check the path"),
        (IMAGE, b"a: [", "standard input: document 2, line 31: this is not YAML"),
        (IMAGE, b"\xff", "standard input: line 30: this is not UTF-8"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(words: tuple[str, ...], stdin: bytes, told: str) -> None:
    done = run(*words, stdin=DEPLOYMENT.encode() + b"---\n" + stdin)
    assert done.returncode == 2
    assert done.stdout == b""
    assert told in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_settings_that_are_wrong_are_told_all_at_once(tmp_path: Path) -> None:
    file = tmp_path / "inject.yaml"
    file.write_text(
        "image: a:1\nport: 80\nmode: kill\nworkloads: [{labels: {}}, {labels: {a: b}, profile: x, log_files: [x.log]}]\n"
    )
    done = run("-c", str(file))
    assert done.returncode == 2
    for told in (
        "port",
        "mode",
        "workloads[0].labels",
        "workloads[1].profile: there is no profile 'x'",
        "workloads[1].log_files[0]",
    ):
        assert told in done.stderr.decode()
