"""What the doctor sees and says, as values. Objects stay the JSON that the API server gave, without what no rule reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Object = Mapping[str, Any]
"""An object of Kubernetes."""


class Severity(StrEnum):
    """How bad a finding is. A note does not change the exit code."""

    ERROR = "error"
    """Something that was asked for does not work."""
    WARNING = "warning"
    """It works for a part, or nobody could look whether it works."""
    NOTE = "note"
    """Good to know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know. `what` is wrong, `where`, and what to `do`: one line each."""

    severity: Severity
    rule: str
    what: str
    where: str
    do: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What could not be looked at. `right`: verb and resource as a role names them; `why`: what the API server said.

    `namespace`: where, for names that are namespaced.
    """

    what: str
    right: str
    why: str
    forbidden: bool = False
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file in a container that comes out of a ConfigMap or Secret. `text`: None where it was not read."""

    kind: str
    namespace: str
    name: str
    key: str
    users: tuple[str, ...]
    """The workloads that mount it, as `deployment/nova-api-osapi`."""
    text: str | None = None

    @property
    def place(self) -> str:
        """For a person."""
        return f"{self.kind.lower()}/{self.name} in {self.namespace}, key {self.key}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """All that the rules look at. What is not there is empty; whether it could be looked at stands in `gaps`.

    `objects`: by the names of `looks.LOOKS`. `asked`: those of them that were answered. `files`: the logging.conf of services
    and our own settings. `metrics`: by pod of ours, as `namespace/name`, what it says of its exporters.
    `namespaces`: those that were asked for; empty is all.
    """

    version: str
    at: datetime
    objects: Mapping[str, tuple[Object, ...]] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    files: tuple[File, ...] = ()
    metrics: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    namespaces: tuple[str, ...] = ()

    def all(self, look: str) -> tuple[Object, ...]:
        """The objects of one look."""
        return self.objects.get(look, ())

    def knows(self, look: str) -> bool:
        """Whether that there are none means that there are none."""
        return look in self.asked
