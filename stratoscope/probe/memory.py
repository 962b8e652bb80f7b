"""What outlives a restart of the sidecar: the kills of the last hour, and which processes have started. One small file.

    {"version": 1, "services": {NAME: {"budget": {...}, "judge": {...}}}}

The values are those of Budget and Judge, which check them. A file that is damaged is set aside, and a kill too few harms less
than one too many: the budgets of all services count as spent then, for an hour at most.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from collectors.atomic import write_atomically
from stratoscope.probe.aside import Aside
from stratoscope.probe.happenings import Happenings

VERSION = 1
NAME = "probe.json"
MAX_BYTES = 1 << 20
_SPENT: Mapping[str, Any] = {"budget": {}}
"""What a budget that cannot be read is; see Budget."""
_END = 2.0
"""Seconds that the last writing has when the sidecar ends."""


class Memory:
    """The file in `folder`; without one it lasts as long as the process. Writing happens beside the loop."""

    def __init__(self, folder: Path | None, happenings: Happenings) -> None:
        self._folder = folder
        self._happenings = happenings
        self._aside = Aside("memory")
        self._written: bytes | None = None
        self._damaged = False
        self._services = {} if folder is None else self._read(folder)

    def of(self, service: str) -> Mapping[str, Any]:
        """What is remembered of a service."""
        remembered: Mapping[str, Any] = self._services.get(service, _SPENT if self._damaged else {})
        return remembered

    def note(self, service: str, told: Mapping[str, Any]) -> None:
        """Remember this of a service. It is on disk a moment after the next `write`."""
        self._services[service] = dict(told)

    def write(self) -> None:
        """Write what has changed, beside; again with the next call where the last one is still under way, or has failed."""
        if self._folder is None:
            return
        data = orjson.dumps({"version": VERSION, "services": self._services})
        if data != self._written:
            self._aside.begin(lambda: self._put(data))

    def close(self) -> None:
        """Write what has changed, and wait for it a moment."""
        self._aside.wait(_END)
        self.write()
        self._aside.wait(_END)

    def _put(self, data: bytes) -> None:
        assert self._folder is not None  # noqa: S101  `write` has looked
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(str(self._folder / NAME), data)
            self._written = data
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            self._happenings.state_unusable(
                f"state {self._folder} cannot be written: {why}; the budget of kills is forgotten at the end"
            )

    def _read(self, folder: Path) -> dict[str, Any]:
        path = folder / NAME
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            return _services(orjson.loads(data))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self._damaged = True
            self._happenings.state_unusable(
                f"{path} cannot be used ({error}); no kill for an hour, as those before are not known"
            )
            return {}


def _services(document: Any) -> dict[str, Any]:
    if document["version"] != VERSION:
        raise ValueError(f"version {document['version']!r}")
    services: dict[str, Any] = document["services"]
    if not all(isinstance(one, dict) for one in services.values()):
        raise ValueError("a service is no object")
    return services
