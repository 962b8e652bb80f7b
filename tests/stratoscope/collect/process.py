"""`stratoscope collect` as a process, with a file to read and a file to write."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.servers.process import Process, wait_until


def lines(first: int, last: int) -> str:
    """Log lines with these numbers."""
    return "".join(
        f"2026-11-23 03:33:{number % 60:02}.{number % 1000:03} 7 INFO nova.compute.manager [-] record {number}\n"
        for number in range(first, last)
    )


class Collect:
    """Settings and files in `folder`, and the process once it is started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "collect.yaml"
        self.log = folder / "nova-compute.log"
        self.out = folder / "out.jsonl"
        self.settings: dict[str, Any] = {
            "state": str(folder / "state"),
            "sources": {"logs": {"kind": "files", "paths": [str(self.log)]}},
            "sinks": {"out": {"to": {"kind": "file", "path": str(self.out)}, "retry": {"first": "0.05s", "most": "0.1s"}}},
            "batch": {"age": "0.05s"},
            "parser": {"idle": "0.3s"},
        }
        self.process: Process | None = None

    def write(self) -> None:
        """The settings file as it is now."""
        self.config.write_text(json.dumps(self.settings))

    def start(self) -> Process:
        """Start it, and wait until it says so."""
        self.write()
        own = self.folder / "own.log"
        own.unlink(missing_ok=True)
        self.process = Process([sys.executable, "-m", "stratoscope", "collect", "-c", self.config], own)
        self.process.wait_until(lambda: "started" in self.said(), "it has started")
        return self.process

    def run(self, *arguments: str, piped: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        self.write()
        command = [sys.executable, "-m", "stratoscope", "collect", "-c", str(self.config), *arguments]
        return subprocess.run(command, capture_output=True, text=True, input=piped, timeout=60, check=False)

    def signal(self, number: int) -> None:
        """Send a signal."""
        assert self.process
        self.process._popen.send_signal(number)

    def end(self) -> int:
        """SIGTERM; its exit code."""
        assert self.process
        self.signal(signal.SIGTERM)
        return self.process._popen.wait(60)

    def said(self) -> list[str]:
        """The messages of its own log."""
        path = self.folder / "own.log"
        if not path.exists():
            return []
        return [json.loads(line)["body"] for line in path.read_bytes().split(b"\n")[:-1] if line.startswith(b"{")]

    def wait_for_word(self, word: str) -> None:
        """Wait until it says something."""
        wait_until(lambda: any(word in line for line in self.said()), f"it says {word!r}; it said {self.said()}")

    def bodies(self, out: Path | None = None) -> list[str]:
        """The messages of the events that have arrived; the last line may be just being written."""
        return [json.loads(line)["body"] for line in self._lines(out)]

    def bodies_after_a_kill(self) -> list[str]:
        """The same, without the lines that a kill tore: the kernel may end a write at any page."""
        return [json.loads(line)["body"] for line in self._lines(None) if _is_whole(line)]

    def _lines(self, out: Path | None) -> list[bytes]:
        path = out or self.out
        return path.read_bytes().split(b"\n")[:-1] if path.exists() else []

    def wait_for(self, count: int, out: Path | None = None) -> None:
        """Wait until so many events have arrived."""
        wait_until(lambda: len(self.bodies(out)) >= count, f"{count} events, not {len(self.bodies(out))}: {self.said()}")


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except json.JSONDecodeError:
        return False
    return True


def records(first: int, last: int) -> list[str]:
    """The messages of `lines`."""
    return [f"record {number}" for number in range(first, last)]
