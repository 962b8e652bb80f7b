"""What a collector may see of the others in its process: their newest snapshots, and how old these are.

An exporter that joins others (the host view) is given a `View` when it is built, and reads it in its `fetch`. It knows the
others by the names that stand in the table of exporters (`galera`, `ovs`), and asks no target itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Seen:
    """A snapshot, and the seconds since it was taken."""

    snapshot: Any  # each kind of exporter has a type of its own
    age: float


class View(Protocol):
    """The newest snapshots of the other collectors."""

    def snapshots(self, kind: str) -> Mapping[str, Seen]:
        """Target -> its newest snapshot, for each target of this kind of exporter that has one that still counts.

        A target that could not be fetched for so long that its series were dropped is not in it; nor is one that was never
        fetched. Empty where no exporter of this kind is in the settings.
        """
