"""Starts `service.py` and waits until it has set itself up."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from probes.model import Context, Process
from probes.proc.finding import finder
from tests.servers.process import Process as Started

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROGRAM = Path(__file__).with_name("service.py")
SYSTEM_PYTHON = "/usr/bin/python3"
"""One that starts in a few milliseconds, and that no coverage is measured in."""


class Service(Started):
    """A running one, known by a name that no other process has. `workers`: the numbers of its workers."""

    def __init__(self, folder: Path, *options: str, workers: int = 0, user: str | None = None) -> None:
        self.name = f"service-{uuid.uuid4().hex}"
        self.find: Callable[[], Sequence[Process]] = finder([self.name])
        log = folder / f"{self.name}.log"
        command = [SYSTEM_PYTHON, "-I", "-S", str(PROGRAM), self.name, "--workers", str(workers), *options]
        super().__init__(command, log, user=user)
        self.wait_until(lambda: log.read_text().count("ready\n") == workers + 1, f"{options} is set up")

    def workers(self) -> list[int]:
        """Pids of its workers, as it said itself."""
        return sorted(int(line.split()[0]) for line in self.log.read_text().splitlines() if line != "ready")

    def context(self) -> Context:
        """What a check may know of it."""
        return Context("service", self.find)
