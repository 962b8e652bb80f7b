"""What the rules of the diagnosis see and say."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from parsers.model import Event

MAX_KEYS = 2_000
"""Services and streams that a rule remembers. A node has some hundred; hostile input has as many as it likes."""

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A rule has seen something. `component` is the service it concerns.

    `text`: what was seen and what to do, for a person. `sample`: a piece of the log that shows it. `records`: log records
    that are missing because of it, where that is known.
    """

    component: str
    text: str
    sample: str = ""
    records: int = 0


class Rule(Protocol):
    """Looks at each event. Keeps what it must remember, bounded."""

    name: str
    """The label `rule`, and what the documentation calls it."""
    serious: bool
    """Whether records are or may be lost: a warning, else it is told for information."""

    def see(self, view: "View") -> Iterator[Sighting]:
        """What an event shows. Whatever it holds, nothing is raised."""


class Remembered(dict[Key, Value]):
    """A dictionary that forgets its oldest key when it has more than `MAX_KEYS`."""

    def __setitem__(self, key: Key, value: Value) -> None:
        if len(self) >= MAX_KEYS and key not in self:
            del self[next(iter(self))]
        super().__setitem__(key, value)


class View:
    """An event as the rules see it: taken apart once for all of them, and of the types that they count on.

    `stream` tells apart where it stood, `component` is its service or else its file. `logged` and `read` are seconds since
    the epoch, None where the event does not tell.
    """

    __slots__ = (
        "attributes",
        "body",
        "component",
        "dependency",
        "event",
        "form",
        "level",
        "logged",
        "logger",
        "read",
        "stream",
    )

    def __init__(self, event: Event) -> None:
        resource, source = part(event, "resource"), part(event, "source")
        body, level = event.get("body"), event.get("severity_number")
        self.event = event
        self.attributes = part(event, "attributes")
        self.body = body if isinstance(body, str) else ""
        self.level = level if isinstance(level, int) else 0
        self.form = str(source.get("format", ""))
        self.component = str(resource.get("service.name") or source.get("file") or "")
        self.dependency = str(part(event, "dependency").get("name", ""))
        self.logger = self.attributes.get("log.logger")
        self.logged = _seconds(event.get("timestamp"))
        self.read = _seconds(event.get("observed_timestamp"))
        pod = f"{resource.get('k8s.pod.uid', '')} {resource.get('k8s.pod.name', '')} {resource.get('k8s.container.name', '')}"
        self.stream = f"{source.get('file', '')} {self.attributes.get('log.iostream', '')} {pod}"

    def oslo_logger(self) -> str | None:
        """The logger of a record that oslo.log wrote."""
        return self.logger if isinstance(self.logger, str) and self.form.startswith("oslo.") else None


def part(event: Event, name: str) -> dict[str, Any]:
    """`resource`, `attributes` or `source` of an event, {} where there is none."""
    found = event.get(name)
    return found if isinstance(found, dict) else {}


def _seconds(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
