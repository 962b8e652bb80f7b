"""The sidecar as a real process, asked as a kubelet asks."""

import http.client
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.servers.process import Process, free_port

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "tests.stratoscope.probe.made")


class SidecarProcess(Process):
    """A sidecar on a port of its own."""

    def __init__(self, config: Path, port: int, command: Sequence[str] = COMMAND, log: str = "log") -> None:
        self.port = port
        self.log_file = config.parent / log
        super().__init__([*command, "-c", config, "--listen", f"127.0.0.1:{port}"], self.log_file, folder=ROOT)

    def get(self, path: str, method: str = "GET", timeout: float = 30.0) -> tuple[int, str]:
        """Status and body; each on a connection of its own, as a kubelet does it. Raises OSError."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def says(self, path: str, status: int, *parts: str) -> bool:
        """Whether it answers so; False as well while it does not answer."""
        try:
            got, body = self.get(path)
        except (OSError, http.client.HTTPException):
            return False
        return got == status and all(part in body for part in parts)

    def until(self, path: str, status: int, *parts: str) -> None:
        """Until it answers so."""
        self.wait_until(lambda: self.says(path, status, *parts), f"{path} answers {status} {' '.join(parts)}")

    def signal(self, number: int) -> None:
        """To the sidecar alone."""
        os.kill(self.pid, number)

    def resident(self) -> float:
        """Megabytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@contextmanager
def sidecar(config: Path, command: Sequence[str] = COMMAND, port: int | None = None) -> Iterator[SidecarProcess]:
    """Running, and answering."""
    with SidecarProcess(config, port or free_port(), command) as process:
        process.wait_until(lambda: process.says("/-/healthy", 200), "it answers")
        yield process


class Kubelets:
    """So many askers of `paths`, each of all of them once a `period`, in threads. A context; then `codes` and `slow`."""

    def __init__(self, process: SidecarProcess, paths: Sequence[str], number: int = 4, period: float = 1.0) -> None:
        self.codes: dict[str, list[int]] = {path: [] for path in paths}
        self.failed: list[str] = []
        self.seconds: list[float] = []
        self._process = process
        self._period = period
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(number)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._over.wait(self._period):
            for path in self.codes:
                begun = time.monotonic()
                try:
                    self.codes[path].append(self._process.get(path)[0])
                except (OSError, http.client.HTTPException) as error:
                    self.failed.append(f"{path}: {error!r}")
                self.seconds.append(time.monotonic() - begun)


def stop_and_go(process: SidecarProcess, seconds: float) -> None:
    """SIGSTOP for so long: the fault that is tried."""
    process.signal(signal.SIGSTOP)
    time.sleep(seconds)
    process.signal(signal.SIGCONT)
