"""How the tests look: a check of a service, and looking until something is found."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clients.model import Deadline
from probes.checks.rpc import RpcCheck, Settings, make
from probes.model import Context, Evidence, Finding
from tests.servers.oslo_service import OsloService
from tests.servers.process import wait_until

LONG = 30.0
"""Seconds that a look may take where an answer is awaited: on a busy machine, too."""
SHORT = 1.0
"""Seconds where none is: such a look is made again while the machine was too slow for our own message."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The two pieces of evidence of one look."""

    service: Evidence
    control: Evidence

    @property
    def finding(self) -> Finding:
        return self.service.finding

    def figure(self, name: str) -> float:
        return self.service.figures[name]


def look(check: RpcCheck, seconds: float = LONG) -> Seen:
    service, control = check.look(Deadline.after(seconds))
    assert (service.check, control.check) == ("", "_control")
    assert "\n" not in service.text
    return Seen(service, control)


def until(check: RpcCheck, finding: Finding, seconds: float = LONG) -> Seen:
    """Look until it is found; with everything else the same, it stays so."""
    seen: list[Seen] = []

    def found() -> bool:
        seen.append(look(check, seconds))
        return seen[-1].finding is finding

    try:
        wait_until(found, f"{finding} is found")
    except Exception as error:
        error.add_note(str(seen[-3:]))
        raise
    return seen[-1]


def fine(check: RpcCheck) -> Seen:
    """Look until all is well again; the control is then, too."""
    seen = until(check, Finding.FINE)
    assert seen.control.finding is Finding.FINE
    return seen


@contextlib.contextmanager
def checking(service: OsloService, host: str = "probe", **options: Any) -> Iterator[RpcCheck]:
    """A check of a service. Its `host` is not the service's: that stands in the service's files."""
    settings = Settings(**{"topic": service.shape.topic, "exchange": service.shape.exchange, **options})
    check = make(settings, Context(service.shape.program, config_files=service.files, host=host))
    try:
        yield check
    finally:
        check.close()
