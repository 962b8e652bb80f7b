"""Times of logs against `datetime`, which does the same more slowly and less exactly."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import timestamps
from parsers.timestamps import TimeReader, from_clf, from_compact, from_ctime, from_epoch, from_syslog

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = datetime.fromisoformat("1970-01-01")  # naive, as the times of logs are

moments = st.datetimes(EPOCH, EPOCH.replace(year=9000)).map(lambda moment: moment.replace(microsecond=0))
fractions = st.text("0123456789", max_size=9)
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59)


def to_utc(text: str, zone: tzinfo, year: int | None) -> str | None:
    """One time, read once: nothing is kept from the one before."""
    return TimeReader(zone, year)(text)


def with_fraction(digits: str, mark: str = ".") -> str:
    return mark + digits if digits else ""


def offset_text(minutes: int, colon: str) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


class TestNaiveTimesAreTakenInTheZoneOfTheSource:
    @given(moment=moments, digits=fractions, mark=st.sampled_from(".,"), between=st.sampled_from("T "))
    @pytest.mark.parametrize("zone", [UTC, BERLIN, timezone(timedelta(hours=5, minutes=45))], ids=str)
    def test_as_datetime_would(self, moment: datetime, digits: str, mark: str, between: str, zone: tzinfo) -> None:
        text = moment.isoformat(between) + with_fraction(digits, mark)
        expected = moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
        assert to_utc(text, zone, None) == expected.isoformat() + with_fraction(digits) + "Z"

    def test_the_hour_that_comes_twice_is_its_first_pass(self) -> None:
        assert to_utc("2026-10-25 02:30:00", BERLIN, None) == "2026-10-25T00:30:00Z"

    def test_the_hour_that_does_not_exist_is_read_with_the_offset_before_it(self) -> None:
        assert to_utc("2026-03-29 02:30:00", BERLIN, None) == "2026-03-29T01:30:00Z"


class TestALoggedZoneWins:
    @given(moment=moments, digits=fractions, minutes=offsets, colon=st.sampled_from(["", ":"]))
    def test_over_the_zone_of_the_source(self, moment: datetime, digits: str, minutes: int, colon: str) -> None:
        text = moment.isoformat() + with_fraction(digits) + offset_text(minutes, colon)
        expected = moment - timedelta(minutes=minutes)
        assert to_utc(text, BERLIN, None) == expected.isoformat() + with_fraction(digits) + "Z"

    @pytest.mark.parametrize("zone", ["Z", "+00", "+0000", "+00:00", " +0000"])
    def test_in_each_spelling(self, zone: str) -> None:
        assert to_utc(f"2026-11-23T03:33:01.808{zone}", BERLIN, None) == "2026-11-23T03:33:01.808Z"


class TestTheCacheChangesNothing:
    @given(st.lists(st.tuples(moments, fractions, st.none() | offsets), min_size=1, max_size=40))
    def test_one_reader_for_all_is_a_new_reader_for_each(self, times: list[tuple[datetime, str, int | None]]) -> None:
        reader = TimeReader(BERLIN, 2026)
        for moment, digits, minutes in times:
            text = moment.isoformat() + with_fraction(digits) + ("" if minutes is None else offset_text(minutes, ":"))
            assert reader(text) == reader(text) == to_utc(text, BERLIN, 2026)

    def test_it_is_emptied_when_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(timestamps, "_MOST_RESTS", 10)
        monkeypatch.setattr(timestamps, "_MOST_SECONDS", 7)
        reader = TimeReader(UTC, None)
        for at in range(100):
            assert reader(f"2026-11-23 03:33:{at % 60:02}.{at}") == f"2026-11-23T03:33:{at % 60:02}.{at}Z"
            assert len(reader._rests) <= 10
            assert all(len(seconds) <= 7 for seconds in reader._by_zone.values())


class TestWhatIsNoTimeIsNone:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "yesterday",
            "2026-11-23",
            "2026-13-01 00:00:00",
            "2026-02-29 00:00:00",
            "2026-11-23 24:00:00",
            "2026-11-23 03:60:00",
            "2026-12-31 23:59:60",
            "0000-01-01 00:00:00",
            "0001-01-01 00:00:00+01:00",
            "9999-12-31 23:59:59-01:00",
            "2026-11-23 03:33:01.",
            "2026-11-23 03:33:01.1234567890",
            "2026-11-23 03:33:01+24:00",
            "2026-11-23 03:33:01+00:60",
            "2026-11-23 03:33:01 CET",
            "２０２６-11-23 03:33:01",
            "--02-29T00:00:00",
        ],
    )
    def test_and_the_caller_keeps_the_text(self, text: str) -> None:
        assert to_utc(text, UTC, 2026) is None

    @given(st.text(max_size=40))
    def test_and_no_text_raises(self, text: str) -> None:
        result = to_utc(text, BERLIN, 2026)
        assert result is None or result.endswith("Z")


class TestShapesOfRealLogs:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-11-23 03:33:01.808", "2026-11-23T03:33:01.808Z"),
            ("2026-11-23 03:33:34,767.767", "2026-11-23T03:33:34.767Z"),
            ("2026-11-23  5:13:04", "2026-11-23T05:13:04Z"),
            ("2026-11-23T03:53:29.418488+00:00", "2026-11-23T03:53:29.418488Z"),
            ("2023-08-18T10:47:32.111490788+08:00", "2023-08-18T02:47:32.111490788Z"),
            ("--11-23T03:33:01", "2026-11-23T03:33:01Z"),
        ],
    )
    def test_are_read(self, text: str, expected: str) -> None:
        assert to_utc(text, UTC, 2026) == expected

    def test_without_a_year_where_none_is_known_are_not(self) -> None:
        assert to_utc("--11-23T03:33:01", UTC, None) is None


class TestOtherShapes:
    @given(moment=moments, minutes=offsets)
    def test_of_the_common_log_format(self, moment: datetime, minutes: int) -> None:
        zone = timezone(timedelta(minutes=minutes))
        text = moment.replace(tzinfo=zone).strftime("%d/%b/") + f"{moment.year:04}" + moment.strftime(":%H:%M:%S ")
        assert from_clf(text + offset_text(minutes, "")) == moment.isoformat() + offset_text(minutes, "")

    @given(moment=moments, digits=fractions)
    def test_of_ctime(self, moment: datetime, digits: str) -> None:
        text = f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S}{with_fraction(digits)} {moment.year:04}"
        assert from_ctime(text) == moment.isoformat() + with_fraction(digits)

    @given(moment=moments)
    def test_of_syslog(self, moment: datetime) -> None:
        assert from_syslog(f"{moment:%b} {moment.day:2} {moment:%H:%M:%S}") == f"-{moment:-%m-%dT%H:%M:%S}"

    @given(moment=moments, digits=fractions)
    def test_without_marks_in_the_date(self, moment: datetime, digits: str) -> None:
        text = f"{moment.year:04}{moment:%m%d %H:%M:%S}{with_fraction(digits)}"
        assert from_compact(text) == moment.isoformat() + with_fraction(digits)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (from_clf("10/Oct/2000:13:55:36 -0700"), "2000-10-10T13:55:36-0700"),
            (from_clf("23/Nov/2026 03:48:52"), "2026-11-23T03:48:52"),
            (from_clf("23/Nov/2026 16:07:12,103"), "2026-11-23T16:07:12,103"),
            (from_ctime("Mon Nov  3 03:48:42.123456 2026"), "2026-11-03T03:48:42.123456"),
            (from_syslog("Nov  3 03:33:01"), "--11-03T03:33:01"),
            (from_compact("20170505  9:28:47.379"), "2017-05-05T09:28:47.379"),
        ],
    )
    def test_of_real_lines(self, value: str | None, expected: str) -> None:
        assert value == expected

    @pytest.mark.parametrize("shape", [from_clf, from_ctime, from_syslog, from_compact, from_epoch])
    @pytest.mark.parametrize("text", ["", "2026-11-23 03:33:01", "10/Okt/2000:13:55:36", "Mon Nov 2026", "nan", "-1"])
    def test_are_none_where_they_do_not_fit(self, shape: type[str], text: str) -> None:
        assert shape(text) is None


class TestSecondsSince1970:
    @given(moment=st.datetimes(EPOCH.replace(year=1974), EPOCH.replace(year=5000)), unit=st.sampled_from([3, 6, 9]))
    def test_are_told_from_smaller_units_by_their_size(self, moment: datetime, unit: int) -> None:
        microseconds = (moment - EPOCH) // timedelta(microseconds=1)
        number = str(microseconds * 1000)[: -(9 - unit) or None]
        expected = f"{microseconds * 1000 % 10**9:09}"[:unit]
        assert from_epoch(number) == f"{moment:%Y-%m-%dT%H:%M:%S}.{expected}Z"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (1795404814, "2026-11-23T03:33:34Z"),
            (1795404814.7671154, "2026-11-23T03:33:34.767115Z"),
            (1795404814.767, "2026-11-23T03:33:34.767Z"),
            (1795404814.0, "2026-11-23T03:33:34Z"),
            (1795404814.9999998, "2026-11-23T03:33:34.999999Z"),
            (1.795404814767e18, "2026-11-23T03:33:34.767000064Z"),
            (0.00001, None),
            ("1795404814.7671154", "2026-11-23T03:33:34.7671154Z"),
            ("1795404814.500", "2026-11-23T03:33:34.500Z"),
            (1795404814767, "2026-11-23T03:33:34.767Z"),
            (1795404814767.5, "2026-11-23T03:33:34.7675Z"),
            (float("nan"), None),
            (float("inf"), None),
            (-1.5, None),
            (10**400, None),
            (1e300, None),
        ],
    )
    def test_of_real_logs(self, value: float | str, expected: str | None) -> None:
        assert from_epoch(value) == expected
