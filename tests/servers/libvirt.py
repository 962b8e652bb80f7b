"""A real libvirtd with libvirt's own `test` driver and no other: nothing of the machine is looked at or changed."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import Process

_SETTINGS = """\
listen_tls = 0
listen_tcp = 0
unix_sock_dir = "{folder}"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:stderr"
"""
URI = "test:///default"


@dataclass(frozen=True, slots=True)
class Libvirtd:
    """`socket`: the read-only one; without root there is but the other."""

    process: Process
    socket: str


@contextlib.contextmanager
def libvirtd(folder: Path) -> Iterator[Libvirtd]:
    """Once its socket is there. `folder` must have a short name: a socket's path has at most 107 letters."""
    settings, drivers = folder / "libvirtd.conf", folder / "drivers"
    settings.write_text(_SETTINGS.format(folder=folder))
    drivers.mkdir()
    environment = {"LIBVIRT_DRIVER_DIR": str(drivers), "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    root = os.geteuid() == 0
    socket = folder / "libvirt-sock-ro" if root else folder / "libvirt" / "libvirt-sock"
    command = ["libvirtd", "-f", str(settings), "-p", str(folder / "libvirtd.pid")]
    with Process(command, folder / "libvirtd.log", environment=environment) as process:
        process.wait_until(socket.exists, "libvirtd listens")
        yield Libvirtd(process, str(socket))
