"""What a backend of `stratoscope search` is."""

from dataclasses import dataclass
from typing import Protocol

from parsers.model import Event
from stratoscope.errors import StratoscopeError
from stratoscope.query import Query

BACKENDS = ("loki", "opensearch")


class BackendError(StratoscopeError):
    """The far side cannot be asked, or does not answer as it should: what, where and what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """Events, newest first. `notes`: what a person must know about them, in sentences."""

    events: list[Event]
    notes: tuple[str, ...] = ()


class Backend(Protocol):
    """Where events are."""

    def search(self, query: Query, limit: int, timeout: float) -> Found:
        """The newest `limit` events that match, within so many seconds. Raises BackendError."""

    def close(self) -> None:
        """Close the connection."""
