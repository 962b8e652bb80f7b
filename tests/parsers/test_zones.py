"""oslo.log prints local time; what the container runtime noted beside it tells the zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.parser import ParserOptions
from parsers.zones import zone_between
from tests.parsers.contract import events_of

NOTED = "2026-11-23T03:33:01.808123456Z"
QUARTERS = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timedelta(minutes=15 * quarters))


class TestTheZoneBetweenTwoTimes:
    """It is the difference, rounded to a quarter of an hour."""

    @pytest.mark.parametrize(
        ("logged", "hours"),
        [
            ("2026-11-23 03:33:01.807", 0),
            ("2026-11-23 03:32:59,999", 0),
            ("2026-11-23T03:26:00", 0),
            ("2026-11-23 09:03:01.807", 5.5),
            ("2026-11-23 09:18:01.807", 5.75),
            ("2026-11-22 22:33:01.807", -5),
            ("2026-11-23 17:33:01.807", 14),
            ("2026-11-22 00:00:00", 0),
        ],
    )
    def test_of_places(self, logged: str, hours: float) -> None:
        assert zone_between(logged, NOTED) == timezone(timedelta(hours=hours))

    def test_the_runtime_may_note_another_zone_than_utc(self) -> None:
        assert zone_between("2026-11-23 03:33:01.807", "2026-11-23T09:03:01.808123456+05:30") == UTC
        assert zone_between("2026-11-23 09:03:01.807", "2026-11-23T09:03:01.808123456+05:30") == timezone(timedelta(hours=5.5))

    @pytest.mark.parametrize("noted", ["2026-11-23 03:33:01.810123", "--11-23T03:33:01", "never", ""])
    def test_a_time_without_zone_tells_nothing(self, noted: str) -> None:
        assert zone_between("2026-11-23 09:03:01.807", noted) == UTC

    @pytest.mark.parametrize("logged", ["2026-02-30 03:33:01.807", "--11-23T03:33:01", ""])
    def test_no_time_tells_nothing(self, logged: str) -> None:
        assert zone_between(logged, NOTED) == UTC

    @given(st.datetimes(), QUARTERS, st.integers(-400, 400))
    def test_a_delay_of_some_minutes_does_not_matter(self, moment: datetime, offset: timedelta, delay: int) -> None:
        """A line may be noted up to seven minutes after it was made."""
        try:
            logged = moment + offset + timedelta(seconds=delay)
        except OverflowError:
            return
        zone = zone_between(logged.isoformat(" "), moment.isoformat() + "Z")
        assert zone.utcoffset(None) == offset

    @given(st.text(max_size=40), st.text(max_size=40))
    def test_any_text_gives_a_zone(self, logged: str, noted: str) -> None:
        assert zone_between(logged, noted).utcoffset(None) is not None


@pytest.mark.parametrize(
    ("wrapper", "logged"),
    [
        ("2026-11-23T03:33:01.808123456Z stdout F ", "2026-11-23 03:33:01.807"),
        ("2026-11-23T03:33:01.808123456Z stdout F ", "2026-11-23 09:03:01.807"),
        ("2026-11-23T09:03:01.808123456+05:30 stdout F ", "2026-11-23 09:03:01.807"),
        ("2026-11-23T09:03:01.808123456+05:30 stdout F ", "2026-11-23 03:33:01.807"),
        ("[pod/a/b] 2026-11-23T03:33:01.808123456Z ", "2026-11-22 19:33:01.807"),
        ("2026-11-23T03:33:01.808123+00:00 cmp-01 nova-compute[7]: ", "2026-11-23 14:03:01.807"),
    ],
)
def test_events_are_in_utc(wrapper: str, logged: str) -> None:
    lines = (
        f"{wrapper}{logged} 7 INFO nova.api [-] one\n{wrapper}{logged} 7 ERROR nova.api Traceback (most recent call last):\n"
    )
    events = events_of([lines.encode()])
    assert {event["timestamp"] for event in events} == {"2026-11-23T03:33:01.807Z"}


def test_a_zone_that_is_set_is_right() -> None:
    line = b"2026-11-23T03:33:01.808123456Z stdout F 2026-11-23 09:03:01.807 7 INFO nova.api [-] one\n"
    (event,) = events_of([line], ParserOptions(zone=timezone(timedelta(hours=1))))
    assert event["timestamp"] == "2026-11-23T08:03:01.807Z"


def test_a_time_with_its_own_zone_needs_none() -> None:
    line = b"2026-11-23T03:33:01.808123456Z stdout F 2026-11-23T09:03:01.807+05:30 7 INFO nova.api [-] one\n"
    (event,) = events_of([line])
    assert event["timestamp"] == "2026-11-23T03:33:01.807Z"
