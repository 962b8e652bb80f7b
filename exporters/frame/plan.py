"""When a target is asked, and for how long what it said is served. Pure: time and chance are arguments."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

Lane = Literal["scrape", "background"]

SCRAPE_TIMEOUT = 10.0
"""Seconds that we take when who scrapes does not say how long it waits; Prometheus' own default."""
MAX_SCRAPE_TIMEOUT = 120.0
"""Seconds of it that we believe, as anybody can send that header."""
JITTER = 0.1
"""Part of an interval by which it varies, so that not all targets are asked in the same instant."""
MAX_BACKOFF = 4
"""Intervals between two fetches of a target that fails again and again: it is spared, and its recovery is still seen soon."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the frame does with one target."""

    lane: Lane
    interval: float
    timeout: float
    keep: int = 5
    max_series: int = 50_000


@dataclass(frozen=True, slots=True)
class Collection:
    """How a target is asked. What is left out, the exporter decides: see the table of exporters."""

    lane: Lane | None = None
    """`scrape`: asked when Prometheus asks, so that values are of that moment. `background`: asked every `interval`, and a
    scrape gets what was last heard; for what is slow, or dear to the target. Default: the exporter's."""
    interval: Annotated[float, "seconds"] | None = None
    """Between two fetches in the background; up to four times as long while they fail. Default: the exporter's."""
    timeout: Annotated[float, "seconds"] | None = None
    """Given to one fetch. On a scrape, Prometheus' own timeout counts where it is shorter. Default: the exporter's."""
    keep: int | None = None
    """Intervals for which the last good answer is served when fetches fail in the background; then its series are dropped.
    Default: 5, so that an alert does not start anew after a hiccup, and nobody takes an old state for a new one."""
    max_series: int | None = None
    """Most series of this target. Beyond it the largest metrics are cut, and it is told. Default: the exporter's, 50,000 to
    200,000: more than a cloud of 5,000 computes makes, so that it is a bound and cuts nobody."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Values that make no sense."""
        for name in ("interval", "timeout"):
            value = getattr(self, name)
            if value is not None and value < 0.1:
                yield name, f"{value:g}s is too short; write at least 100ms"
        for name in ("keep", "max_series"):
            value = getattr(self, name)
            if value is not None and value < 1:
                yield name, f"{value} is too few; write at least 1"

    def over(self, default: Plan) -> Plan:
        """The exporter's plan, changed by what stands here."""
        return Plan(
            lane=default.lane if self.lane is None else self.lane,
            interval=default.interval if self.interval is None else self.interval,
            timeout=default.timeout if self.timeout is None else self.timeout,
            keep=default.keep if self.keep is None else self.keep,
            max_series=default.max_series if self.max_series is None else self.max_series,
        )


def budget(timeout: float | None) -> float:
    """Seconds that a scrape may take in all, where who asks waits for `timeout`: a tenth less, for the way back."""
    waits = SCRAPE_TIMEOUT if timeout is None else min(timeout, MAX_SCRAPE_TIMEOUT)
    return waits - min(max(0.25, waits / 10), 1.0, waits / 2)


def pause(plan: Plan, failures: int, chance: float) -> float:
    """Seconds between the starts of two fetches in the background, after so many failures in a row; `chance` is in [0, 1)."""
    return plan.interval * min(1 << min(failures, 10), MAX_BACKOFF) * (1 + JITTER * (2 * chance - 1))
