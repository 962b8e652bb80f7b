"""The line that tells how far a reading came."""

import io

from stratoscope.progress import Bar


def test_a_long_reading_is_told_at_most_five_times_a_second_and_the_line_goes_away() -> None:
    screen = io.StringIO()
    bar = Bar(lambda: (12_345_678, 45_600_000), screen)
    for tenth in range(16):
        bar.tell(100 + tenth / 10)
    bar.clear()
    line = "\r\x1b[K12.3 of 45.6 MB (27 %)"
    assert screen.getvalue() == line * 3 + "\r\x1b[K"


def test_a_short_reading_and_one_of_unknown_length_are_not_told() -> None:
    screen = io.StringIO()
    short, stream = Bar(lambda: (1, 2), screen), Bar(lambda: (0, 0), screen)
    short.tell(100)
    short.tell(100.9)
    stream.tell(100)
    stream.tell(200)
    short.clear()
    stream.clear()
    assert screen.getvalue() == ""
