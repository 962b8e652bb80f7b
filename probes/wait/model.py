"""What a wait is made of: a target, somebody who asks it, and the answer.

text of a target -> Target -> Asking.ask(deadline) -> Answer     until it is there, or time is up
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from clients.model import Deadline
from parsers.secret import Secret
from probes.oslo.messaging import RabbitTls
from probes.oslo.transport import Transport


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it is there; `text`: one line of what it said, or why it is not."""

    there: bool
    text: str


Tell = Callable[[str], None]
"""Says why it is not there yet, in the middle of a question that takes long: a watch."""


class Asking(Protocol):
    """Asks one target, again and again, from one thread."""

    def ask(self, deadline: Deadline, tell: Tell) -> Answer:
        """Ask once. Ends before the deadline, but for a watch, which ends when it breaks or is interrupted."""

    def interrupt(self) -> None:
        """End a question that takes long. From any thread."""

    def close(self) -> None:
        """Hang up."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A target that is asked by a row of `probes.table.CHECKS`, with these settings of it. `shown`: as it was written."""

    shown: str
    check: str
    options: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rabbit:
    """A login at one of several brokers; without `login` the greeting of one is enough."""

    shown: str
    transport: Transport
    login: bool
    method: str = "AMQPLAIN"
    tls: RabbitTls | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file that must be there."""

    shown: str
    path: Path


@dataclass(frozen=True, slots=True)
class Kube:
    """An object of Kubernetes. `kind`: job, service, pod. `name`: of it; of pods their label selector.

    `namespace`: empty for that of whoever waits. `own_node`: of pods, whether only those on the same node count.
    """

    shown: str
    kind: str
    name: str
    namespace: str = ""
    own_node: bool = False


Target = Checked | Rabbit | File | Kube


@dataclass(frozen=True, slots=True)
class More:
    """What does not fit into the text of a target."""

    password: Secret | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    status: tuple[int, ...] = ()
    body: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
