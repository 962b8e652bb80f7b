"""What `stratoscope export` tells of itself: its version, its memory, whether its settings are those in the file."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from exporters.frame.exposition import Rendered, render
from exporters.metrics import Metric, Samples

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family

BUILD = Metric("stratoscope_build_info", "info", "This stratoscope.", "the package", told=("version",))
RELOADED = Metric(
    "stratoscope_config_last_reload_successful",
    "gauge",
    "Whether the settings in force are those of the file when it was last read.",
    "SIGHUP",
)
RELOADED_AT = Metric(
    "stratoscope_config_last_reload_success_timestamp_seconds",
    "gauge",
    "When the settings in force were read.",
    "SIGHUP",
)
METRICS = (BUILD, RELOADED, RELOADED_AT)
_MAX_SERIES = 10_000


class Own:
    """Their values."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        from prometheus_client import (  # noqa: PLC0415  the declarations above need no library
            CollectorRegistry,
            GCCollector,
            PlatformCollector,
            ProcessCollector,
        )

        self._wall = wall
        self._registry = CollectorRegistry(auto_describe=False)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._right, self._at = True, wall()

    def reloaded(self, *, right: bool) -> None:
        """The settings were read again, and are in force if they were right."""
        self._right, self._at = right, self._wall() if right else self._at

    def metrics(self) -> tuple[Rendered, ...]:
        """Rendered now."""
        return render(self._families(), _MAX_SERIES).metrics

    def _families(self) -> "Iterator[Family]":
        samples = Samples()
        from importlib.metadata import version  # noqa: PLC0415  as above

        samples.info(BUILD, {"version": version("stratoscope")})
        samples.add(RELOADED, float(self._right))
        samples.add(RELOADED_AT, self._at)
        yield from samples
        yield from self._registry.collect()
