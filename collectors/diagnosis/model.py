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

    def see(self, event: Event) -> Iterator[Sighting]:
        """What the event shows. Whatever the event holds, nothing is raised."""


class Remembered(dict[Key, Value]):
    """A dictionary that forgets its oldest key when it has more than `MAX_KEYS`."""

    def __setitem__(self, key: Key, value: Value) -> None:
        if len(self) >= MAX_KEYS and key not in self:
            del self[next(iter(self))]
        super().__setitem__(key, value)


def part(event: Event, name: str) -> dict[str, Any]:
    """`resource`, `attributes` or `source` of an event, {} where there is none."""
    found = event.get(name)
    return found if isinstance(found, dict) else {}


def component_of(event: Event) -> str:
    """The service that wrote it, else the file it stood in."""
    return str(part(event, "resource").get("service.name") or part(event, "source").get("file") or "")


def stream_of(event: Event) -> tuple[str, ...]:
    """What tells the stream apart in which an event stood."""
    resource = part(event, "resource")
    names = ("k8s.pod.uid", "k8s.pod.name", "k8s.container.name")
    attributes = part(event, "attributes")
    where = (part(event, "source").get("file", ""), attributes.get("log.iostream", ""))
    return tuple(str(one) for one in (*where, *(resource.get(name, "") for name in names)))


def body_of(event: Event) -> str:
    """Its message, "" if it has none that is text."""
    body = event.get("body")
    return body if isinstance(body, str) else ""


def form_of(event: Event) -> str:
    """The name of its format."""
    return str(part(event, "source").get("format", ""))


def level_of(event: Event) -> int:
    """OpenTelemetry's number of its severity, 0 where there is none."""
    number = event.get("severity_number")
    return number if isinstance(number, int) else 0


def seconds_of(event: Event, name: str) -> float | None:
    """One of its two times, `timestamp` or `observed_timestamp`, in seconds since the epoch."""
    text = event.get(name)
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
