"""A real uWSGI with a small application whose requests take as long as a test wants.

GET /fast answers; GET /wait answers when `release()` was called; GET /fail raises.
"""

import shutil
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.process import READY, Process, free_port

_APPLICATION = """\
import os, time
def application(environ, start):
    path = environ["PATH_INFO"]
    if path == "/fail":
        raise RuntimeError("as asked")
    while path == "/wait" and not os.path.exists(os.environ["RELEASED"]):
        time.sleep(0.02)
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"fine"]
"""
BINARY = shutil.which("uwsgi-core") or "uwsgi-core"


class Uwsgi:
    """Listens on `port`; its stats server on the unix socket `stats`. Leaving the context ends it."""

    def __init__(self, folder: Path, *options: str, workers: int = 2, listen: int = 20) -> None:
        self.port = free_port()
        self.stats = folder / "stats"
        self._released = folder / "released"
        (folder / "application.py").write_text(_APPLICATION)
        command = [
            BINARY, "--plugin", "python3", "--http-socket", f"127.0.0.1:{self.port}", "--stats", str(self.stats), "--master",
            "--wsgi-file", str(folder / "application.py"), "--processes", str(workers), "--listen", str(listen),
            "--buffer-size", "32768", "--die-on-term", *options,
        ]  # fmt: skip
        environment = {"RELEASED": str(self._released)}
        # The interpreter inside is the system's, not that of the tests.
        self.process = Process(
            ["env", "-u", "PYTHONHOME", "-u", "PYTHONPATH", *command], folder / "uwsgi.log", environment=environment
        )
        self._held: list[socket.socket] = []

    def wait_until_ready(self) -> None:
        """Return once an application answers."""
        self.process.wait_until(lambda: self.ask("/fast") == b"fine", "uWSGI answers")

    def ask(self, path: str) -> bytes:
        """The body of an answer; empty where there is none."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), READY) as held:
                held.sendall(f"GET {path} HTTP/1.0\r\nX-Auth-Token: hunter2\r\n\r\n".encode())
                return b"".join(iter(lambda: held.recv(4096), b"")).partition(b"\r\n\r\n")[2]
        except OSError:
            return b""

    def start_waiting(self, path: str = "/wait") -> None:
        """Ask and do not wait for the answer."""
        held = socket.create_connection(("127.0.0.1", self.port), READY)
        held.sendall(f"GET {path} HTTP/1.0\r\nX-Auth-Token: hunter2\r\n\r\n".encode())
        self._held.append(held)

    def release(self) -> None:
        """Let all that wait be answered."""
        self._released.touch()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for held in self._held:
            held.close()
        self.process.kill()
