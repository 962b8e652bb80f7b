"""Counters and histograms whose label values come from outside, and so are bounded.

Logs can hold anything: a million exception types, a service name of a megabyte. Beyond `MAX_SERIES` sets of labels the rest
is counted as `other`, and that it was is counted too: a sum stays right, only its parts are not told any more.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from exporters.metrics import Metric, Samples

MAX_SERIES = 1000
"""Sets of labels of one metric: 70 services times 14 codes fit, and a scrape of all metrics stays below a megabyte."""
MAX_VALUE = 120
"""Characters of a label value: the longest name of an exception class in OpenStack has 90."""
OTHER = "other"

Labels = tuple[str, ...]


class _Bounded:
    """The sets of labels seen so far. `overflowed` counts what was told as `other`."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self.overflowed = 0
        self._other = (OTHER,) * len(metric.labels)
        self._known: dict[Labels, Labels] = {}

    def key(self, labels: Labels) -> Labels:
        """The labels under which this is counted."""
        known = self._known.get(labels)
        if known is not None:
            return known
        if len(self._known) >= MAX_SERIES:
            self.overflowed += 1
            return self._other
        return self._known.setdefault(labels, tuple(value[:MAX_VALUE] for value in labels))


class Counts(_Bounded):
    """A counter: a number for each set of labels."""

    def __init__(self, metric: Metric) -> None:
        super().__init__(metric)
        self._values: dict[Labels, int] = {}

    def add(self, labels: Labels, amount: int = 1) -> None:
        """Count."""
        key = self.key(labels)
        self._values[key] = self._values.get(key, 0) + amount

    def tell(self, samples: Samples) -> None:
        """What was counted so far."""
        for labels, value in self._values.items():
            samples.add(self.metric, value, *labels)


class Durations(_Bounded):
    """A histogram of seconds: how many fell into each bucket, and their sum, for each set of labels."""

    def __init__(self, metric: Metric, bounds: Sequence[float]) -> None:
        super().__init__(metric)
        self._bounds = (*bounds, float("inf"))
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}

    def observe(self, labels: Labels, seconds: float) -> None:
        """Count one duration."""
        key = self.key(labels)
        counts = self._counts.setdefault(key, [0] * len(self._bounds))
        counts[bisect_left(self._bounds, seconds)] += 1
        self._sums[key] = self._sums.get(key, 0.0) + seconds

    def tell(self, samples: Samples) -> None:
        """What was observed so far."""
        for labels, counts in self._counts.items():
            buckets = list(zip(self._bounds, accumulate(counts), strict=True))
            samples.histogram(self.metric, buckets, self._sums[labels], *labels)
