"""Real oslo.messaging processes: RPC servers that serve, and callers that call, cast and vanish.

Each is called as the service it plays, so that the broker sees connections of `nova-compute`. What they do stands in
`oslo_process`: oslo.messaging imports eventlet, which is nothing for the process of the tests.
"""

import sys
import time
from pathlib import Path

from tests.servers.process import Process

_READY = "ready"


def server(service: str, url: str, topic: str, host: str, folder: Path) -> Process:
    """A running RPC server; returns when it consumes."""
    process = _process(folder, service, url, "serve", topic, host)
    process.wait_until(lambda: _READY in process.tail(), f"{service} on {host} serves {topic}")
    return process


def client(service: str, url: str, kind: str, topic: str, host: str, folder: Path, *words: str) -> Process:
    """A caller: `cast`, `fanout`, `call` and it ends; `hold` calls and waits for a reply that comes when the file exists.

    The reply queue of `hold` expires a second after its caller is gone.
    """
    return _process(folder, service, url, kind, topic, host, *words)


def _process(folder: Path, service: str, *words: str) -> Process:
    log = folder / f"{service}-{time.monotonic_ns()}.log"
    return Process([sys.executable, "-m", "tests.servers.oslo_process", service, *words], log)
