"""The cursor: attached again at any place, in any order of times that a node makes, each line is given once."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from collectors.kubernetes.cursor import LONGEST, SECOND, Attached, Cursor, cursor_of

START = 1_764_195_300


def stamp(time: int) -> bytes:
    moment = datetime.fromtimestamp(time // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{time % SECOND:09}Z".encode()


def log(times: list[int]) -> list[tuple[int, bytes]]:
    return [(time, b"%b line %d\n" % (stamp(time), number)) for number, time in enumerate(times)]


def served(lines: list[tuple[int, bytes]], cursor: Cursor) -> bytes:
    """What the API gives: all lines that are not older than `sinceTime`, in the order of the file."""
    since = cursor.since()
    moment = 0 if since is None else int(datetime.fromisoformat(since).timestamp()) * SECOND
    return b"".join(line for time, line in lines if time >= moment)


STEPS = st.sampled_from([0, 0, 1, 1000, SECOND // 3, SECOND // 2, SECOND, 5 * SECOND, -1, -1000, -SECOND // 3, -SECOND // 2])


@st.composite
def times_of_a_node(draw: st.DrawFn) -> list[int]:
    """Late lines are late by less than a second, as those are that two hands write."""
    newest, times = START * SECOND, []
    for step in draw(st.lists(STEPS, max_size=40)):
        if step >= 0:
            newest += step
            times.append(newest)
        else:
            times.append(max(newest + step, START * SECOND))
    return times


@given(times_of_a_node(), st.data())
def test_attached_anew_after_any_line_and_in_the_middle_of_lines_each_line_is_given_once(
    times: list[int], data: st.DataObject
) -> None:
    lines = log(times)
    got, cursor, offset, line = b"", Cursor(), 0, 1
    for _ in range(4):
        answer = served(lines, cursor)
        attached = Attached(cursor, offset, line)
        upto = data.draw(st.integers(0, len(answer)))
        middle = data.draw(st.integers(0, upto))
        for part in (answer[:middle], answer[middle:upto]):
            piece = attached.feed(part)
            assert piece.offset == len(got)
            got += piece.data
        cursor, offset, line = attached.cursor, attached.offset, attached.line
    got += Attached(cursor, offset, line).feed(served(lines, cursor)).data
    assert got == b"".join(line for _, line in lines)


@given(times_of_a_node(), st.data())
def test_gone_on_from_any_safe_position_each_line_behind_it_is_given_once(times: list[int], data: st.DataObject) -> None:
    lines = log(times)
    piece = Attached(Cursor(), 0, 1).feed(served(lines, Cursor()))
    ends = [0, *piece.ends]
    place = data.draw(st.sampled_from(range(len(ends))))
    cursor = cursor_of(str(piece.cursor_at(ends[place])))
    rest = Attached(cursor, ends[place], place + 1).feed(served(lines, cursor))
    assert rest.data == piece.data[ends[place] :]
    assert rest.line == place + 1


def test_stamps_of_any_form_are_given_with_nine_digits() -> None:
    attached = Attached(Cursor(), 0, 1)
    piece = attached.feed(b"2026-11-26T22:15:00.5+01:00 a\n2026-11-26T21:15:01Z b\n2026-11-26T21:15:02.123456789Z \n")
    assert bytes(piece.data).split(b"\n") == [
        b"2026-11-26T22:15:00.500000000+01:00 a",
        b"2026-11-26T21:15:01.000000000Z b",
        b"2026-11-26T21:15:02.123456789Z ",
        b"",
    ]
    assert [time % SECOND for time in piece.times] == [500_000_000, 0, 123_456_789]
    assert piece.times[1] - piece.times[0] == SECOND // 2


def test_what_the_kubelet_says_in_the_stream_is_no_line_of_the_log() -> None:
    attached = Attached(Cursor(), 0, 1)
    piece = attached.feed(b'failed to try resolving symlinks in path "/var/log/pods/x": no such file\n2026-02-30T00:00:00Z x\n')
    assert not piece.data
    assert attached.remarks == [
        'failed to try resolving symlinks in path "/var/log/pods/x": no such file',
        "2026-02-30T00:00:00Z x",
    ]


def test_of_a_line_without_end_a_megabyte_is_kept() -> None:
    attached = Attached(Cursor(), 0, 1)
    assert not attached.feed(b"2026-11-26T22:15:00.000000000Z " + b"x" * LONGEST).data
    assert not attached.feed(b"y" * LONGEST).data
    piece = attached.feed(b"z\n2026-11-26T22:15:00.000000001Z next\n")
    assert len(piece.data) == LONGEST + 1 + len(b"2026-11-26T22:15:00.000000001Z next\n")
    assert attached.cut == 1


def test_a_clock_that_is_set_back_repeats_lines_and_loses_none() -> None:
    lines = log([START * SECOND, (START + 100) * SECOND, (START + 10) * SECOND, (START + 11) * SECOND])
    first = Attached(Cursor(), 0, 1)
    first.feed(b"".join(line for _, line in lines[:3]))
    assert first.cursor.time == (START + 10) * SECOND
    piece = Attached(first.cursor, first.offset, first.line).feed(served(lines, first.cursor))
    assert bytes(piece.data) == lines[1][1] + lines[3][1]


@given(times_of_a_node(), st.data())
def test_of_a_stream_attached_earlier_what_was_seen_meanwhile_is_skipped(times: list[int], data: st.DataObject) -> None:
    lines = log(times)
    piece = Attached(Cursor(), 0, 1).feed(served(lines, Cursor()))
    place = data.draw(st.sampled_from(range(len(piece.ends) + 1)))
    offset = [0, *piece.ends][place]
    rest = Attached(piece.cursor_at(offset), offset, place + 1).feed(served(lines, Cursor()))
    assert rest.data == piece.data[offset:]


def test_a_text_that_is_no_cursor_is_the_first_one() -> None:
    assert cursor_of("nonsense") == cursor_of("") == Cursor()
    assert Cursor().since() is None
