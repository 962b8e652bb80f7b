"""The programs that are compared: each tails files and hands them on by the forward protocol, with acknowledgement."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Program:
    """`command(folder)` writes what it needs into `folder`, and says how it is started.

    It reads `folder`/*.log and sends to `folder`/peer.sock; `$FOLDER` tells it the folder too.
    """

    name: str
    command: Callable[[Path], list[str]]


def stratoscope(folder: Path) -> list[str]:
    """`stratoscope collect`."""
    settings = {
        "state": str(folder / "state"),
        "sources": {"logs": {"kind": "files", "paths": [f"{folder}/*.log"]}},
        "sinks": {"peer": {"to": {"kind": "forward", "address": f"unix:{folder}/peer.sock"}}},
    }
    (folder / "collect.yaml").write_text(json.dumps(settings))
    return [sys.executable, "-m", "stratoscope", "collect", "-c", str(folder / "collect.yaml")]


def fluent_bit(path: str) -> Program:
    """Fluent Bit, doing about the same."""
    return Program("fluent-bit", lambda _: [path, "-q", "-c", str(Path(__file__).with_name("fluent-bit.yaml"))])


class Running:
    """A program and the peer it sends to, started; `stop` gives what came of it."""

    def __init__(self, program: Program, folder: Path) -> None:
        peer = [sys.executable, "-m", "benchmarks.collect.peer", str(folder / "peer.sock")]
        self._peer = subprocess.Popen(peer, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own words
        while not (folder / "peer.sock").exists():
            time.sleep(0.01)
        with (folder / "own.txt").open("ab") as log:
            environment = {**os.environ, "FOLDER": str(folder)}
            self._agent = subprocess.Popen(program.command(folder), stdout=log, stderr=log, env=environment)  # noqa: S603

    def cpu(self) -> float:
        """Seconds of processor time that the program has taken."""
        fields = Path(f"/proc/{self._agent.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> int:
        """Bytes of its peak resident memory."""
        status = Path(f"/proc/{self._agent.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) << 10

    def stop(self) -> dict[str, float]:
        """End both; what the peer has seen."""
        self._agent.send_signal(signal.SIGTERM)
        try:
            self._agent.wait(60)
        finally:  # Fluent Bit 5.1.1 goes on for ever where it cannot deliver
            self._agent.kill()
            self._agent.wait()
            self._peer.send_signal(signal.SIGTERM)
            out = self._peer.communicate(timeout=60)[0]
        told: dict[str, float] = json.loads(out)
        return told
