"""The geometry of charts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratoscope.store.views import LEVELS, Histogram
from stratoscope.web.charts import BARS, HEIGHT, Span, bars, grid, spark
from stratoscope.web.rendering import seconds

COUNTS = st.lists(st.tuples(*[st.integers(0, 10_000)] * len(LEVELS)), min_size=1, max_size=BARS)


@given(st.floats(0, 4e9), st.floats(0, 4e9))
def test_a_grid_covers_its_span_with_few_bars_of_round_length(start: float, length: float) -> None:
    span = Span(start, start + length)
    whole, count = grid(span)
    assert 1 <= count <= BARS
    assert whole.start <= span.start + 1e-3
    assert whole.end >= span.end - 1e-3


@pytest.mark.parametrize(
    ("length", "width"), [(0.0005, 0.001), (1, 0.02), (60, 1), (900, 15), (3600, 60), (86400, 1800), (86400 * 7, 10800)]
)
def test_bars_are_as_long_as_people_think(length: float, width: float) -> None:
    whole, count = grid(Span(1_800_000_000.0, 1_800_000_000.0 + length))
    assert whole.seconds / count == pytest.approx(width, rel=1e-3)


@given(COUNTS)
def test_bars_lose_no_event_and_stay_inside(counts: list[tuple[int, ...]]) -> None:
    found = bars(Histogram(0.0, 60.0, LEVELS, tuple(counts), estimated=False, counted_from=None))
    assert sum(bar.total for bar in found) == sum(map(sum, counts))
    for bar in found:
        assert len(bar.pieces) == (bar.errors > 0) + (bar.warnings > 0) + (bar.others > 0)
        for piece in bar.pieces:
            assert piece.y >= -0.1
            assert piece.height > 0
            assert piece.y + piece.height <= HEIGHT + 0.2


@given(st.lists(st.integers(0, 1000), max_size=24))
def test_a_small_chart_has_a_bar_for_each_part_with_events(trend: list[int]) -> None:
    assert spark(trend).count("M") == sum(count > 0 for count in trend)


def test_spans_move_and_grow() -> None:
    span = Span(100.0, 200.0)
    assert span.moved(0.5) == Span(150.0, 250.0)
    assert span.zoomed_out() == Span(0.0, 300.0)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0.0042, "4 ms"),
        (1.5, "1.5 s"),
        (60, "1 min"),
        (192, "3 min 12 s"),
        (3600, "1 h"),
        (90_000, "25 h"),
        (200_000, "2 days"),
    ],
)
def test_lengths_of_time_as_people_say_them(length: float, text: str) -> None:
    assert seconds(length) == text
