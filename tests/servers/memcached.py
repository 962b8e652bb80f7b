"""A real memcached on 127.0.0.1."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from tests.servers.process import Process, free_port


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def memcached(folder: Path, *options: str) -> Iterator[tuple[Process, int]]:
    """The process and its port, once it accepts."""
    port = free_port()
    user = ["-u", "root"] if os.geteuid() == 0 else []  # it would become another, and could not read the files of a test
    command = ["memcached", "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-t", "1", *user, *options]
    with Process(command, folder / "memcached.log") as process:
        process.wait_until(lambda: _accepts(port), "memcached accepts")
        yield process, port
