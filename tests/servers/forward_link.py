"""What both Fluent Bits of the tests, the real one and the one of ours, are told about a connection."""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.servers.process import Process

PEER = "peer"
FLUENT_BIT = "fluent-bit"


@dataclass(frozen=True, slots=True)
class Link:
    """One forward connection, under the names of Fluent Bit's settings. `unix` is a path, else `port` of 127.0.0.1 counts."""

    port: int = 0
    unix: str = ""
    ack: bool = True
    gzip: bool = False
    time_as_integer: bool = False
    retain_metadata: bool = True
    send_options: bool = False
    tag: str = ""
    """A tag made of each record ($log): Message mode."""
    io_timeout: float = 30.0
    shared_key: str = ""
    user: str = ""
    password: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""

    def options(self) -> dict[str, Any]:
        """As JSON can carry it."""
        return asdict(self)


class FluentBits(Protocol):
    """One of the two kinds."""

    name: str

    def sender(self, folder: Path, links: Sequence[Link]) -> Process:
        """Sends the lines of `folder/in.log`, also those that are added later, over each link."""

    def receiver(self, folder: Path, links: Sequence[Link]) -> Process:
        """Writes the records that it gets over any link as JSON to `folder/out.jsonl`. It is ready."""


def real_one() -> str | None:
    """The path of Fluent Bit."""
    return shutil.which("fluent-bit")
