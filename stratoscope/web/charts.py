"""Numbers become the geometry of inline SVG: no script draws, and a browser without scripts sees all of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stratoscope.store.tallies import ERROR, WARNING
from stratoscope.store.views import Histogram

BARS = 72
"""Bars of a histogram at most: on 360 px each can still be hit."""
HEIGHT = 100
"""Of a chart, in its own units; the style sheet says how much that is."""
_LEAST = 3.0
"""Units that one event is high at least, or it would not be seen beside thousands."""
_WIDTHS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000),
)
"""Seconds of a bar that people can think in."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in epoch seconds, the end excluded."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start

    def moved(self, share: float) -> "Span":
        """Moved by a share of its length."""
        return Span(self.start + self.seconds * share, self.end + self.seconds * share)

    def zoomed_out(self) -> "Span":
        """Three times as long, with the same middle."""
        return Span(self.start - self.seconds, self.end + self.seconds)


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle of a bar, in units from the top. `kind`: error, warning or other."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, one unit wide, `x` units from the left, and what it stands for."""

    x: int
    span: Span
    errors: int
    warnings: int
    others: int
    pieces: tuple[Piece, ...] = ()

    @property
    def total(self) -> int:
        """All events of it."""
        return self.errors + self.warnings + self.others


def grid(span: Span) -> tuple[Span, int]:
    """The span in whole bars of a length that people can think in, and how many bars these are."""
    wanted = max(span.seconds, 1e-3) / (BARS - 1)  # the first and the last one stick out
    width = next((width for width in _WIDTHS if width >= wanted), math.ceil(wanted / _WIDTHS[-1]) * _WIDTHS[-1])
    first, last = math.floor(span.start / width), math.ceil(span.end / width)
    return Span(first * width, last * width), max(1, last - first)


def bars(histogram: Histogram) -> list[Bar]:
    """The bars, their errors at the bottom."""
    found = [_bar(histogram, x, counts) for x, counts in enumerate(histogram.counts)]
    most = max((bar.total for bar in found), default=0)
    return [_stacked(bar, most) for bar in found]


def _bar(histogram: Histogram, x: int, counts: Sequence[int]) -> Bar:
    start = histogram.start + x * histogram.width
    errors = sum(count for level, count in zip(histogram.levels, counts, strict=True) if level >= ERROR)
    warnings = sum(count for level, count in zip(histogram.levels, counts, strict=True) if WARNING <= level < ERROR)
    return Bar(x, Span(start, start + histogram.width), errors, warnings, sum(counts) - errors - warnings)


def _stacked(bar: Bar, most: int) -> Bar:
    pieces, bottom = [], float(HEIGHT)
    for kind, count in (("error", bar.errors), ("warning", bar.warnings), ("other", bar.others)):
        if count:
            height = min(bottom, max(_LEAST, count / most * (HEIGHT - 2 * _LEAST)))
            bottom -= height
            pieces.append(Piece(kind, round(bottom, 1), round(height, 1)))
    return Bar(bar.x, bar.span, bar.errors, bar.warnings, bar.others, tuple(pieces))


def spark(trend: Sequence[int]) -> str:
    """Small bars as the data of one SVG path: three units each, in a height of 20."""
    most = max(trend, default=0)
    parts = []
    for x, count in enumerate(trend):
        if count:
            height = max(2.5, count / most * 20)
            parts.append(f"M{x * 3} 20v{-height:.1f}h2v{height:.1f}z")
    return "".join(parts)
