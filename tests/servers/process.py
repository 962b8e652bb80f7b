"""A process that a test starts, watches and ends, and what every server needs: free ports, and waiting until it is ready."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

READY = 60.0
"""Seconds that a server may take to become ready; generous, as two cores may be busy with other things."""
_GONE = 10.0
_FIRST, _SLICE, _SLICES = 12_000, 2_500, 8
_GIVEN: set[int] = set()


class NotReadyError(Exception):
    """A server did not become ready; what it wrote last is in the text."""


def server_ports(count: int) -> list[int]:
    """So many ports of 127.0.0.1 for servers whose ports must stay theirs while they are down, none of them given out before.

    Below those that the kernel gives to outgoing connections, and others for each process of tests that run side by side: a
    server that takes seconds to start finds the ports that were free when they were chosen.
    """
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _SLICES
    chosen = range(_FIRST + process * _SLICE, _FIRST + (process + 1) * _SLICE)
    found: list[int] = []
    for port in random.sample(chosen, _SLICE):
        with contextlib.closing(socket.socket()) as probe, contextlib.suppress(OSError):
            if port not in _GIVEN:
                probe.bind(("127.0.0.1", port))
                found.append(port)
                _GIVEN.add(port)
        if len(found) == count:
            return found
    raise RuntimeError(f"no {count} free ports in {chosen}")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on. It is free a moment later as well, with luck: start at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(holds: Callable[[], bool], what: str, seconds: float = READY, pause: float = 0.05) -> None:
    """Return as soon as `holds()`. Raises NotReadyError, saying `what` was waited for."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise NotReadyError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(pause)


class Process:
    """A running process in a session of its own, its output in `log`. Leaving the context ends it and all it has started."""

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: str | None = None,
    ) -> None:
        self.command = [str(word) for word in command]
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment} if environment else None,
                cwd=folder,
                user=user,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._popen.poll() is None

    @property
    def crashed(self) -> bool:
        """Whether it has ended by a fault of its own memory."""
        return self._popen.poll() == -signal.SIGSEGV

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = READY) -> None:
        """As the function, but gives up at once when the process has ended, and shows what it wrote last."""

        def holds_or_ended() -> bool:
            return not self.running() or holds()

        try:
            wait_until(holds_or_ended, what, seconds)
        except NotReadyError as error:
            raise NotReadyError(f"{error}\n{self.tail()}") from error
        if not self.running():
            raise NotReadyError(f"{self.command[0]} ended with {self._popen.returncode} before {what}\n{self.tail()}")

    def tail(self, lines: int = 30) -> str:
        """The last lines of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def freeze(self) -> None:
        """SIGSTOP: it accepts connections (the kernel does) and says nothing."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        os.killpg(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL to it and all it has started; returns when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait(_GONE)

    def stop(self) -> int:
        """SIGTERM, and SIGKILL to what is left after some seconds; its exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.thaw()
            os.killpg(self.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(_GONE)
        self.kill()
        return self._popen.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()
