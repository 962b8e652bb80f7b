from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.model import TooLargeError
from collectors.sinks.events import clean, cut, json_of, nanoseconds, too_large, uid_of
from tests.collectors.sinks.made import event, several

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:01Z", SECOND),
        ("2026-11-23T03:33:01Z", 1_795_404_781 * SECOND),
        ("2026-11-23T03:33:01.8Z", 1_795_404_781_800_000_000),
        ("2026-11-23T03:33:01.807Z", 1_795_404_781_807_000_000),
        ("2026-11-23T03:33:01.807123456Z", 1_795_404_781_807_123_456),
        ("2026-11-23T03:33:01.8071234567Z", 1_795_404_781_807_123_456),
        ("2026-11-23T09:03:01.807+05:30", 1_795_404_781_807_000_000),
        ("2026-11-23T03:33:01", 1_795_404_781 * SECOND),
        ("1969-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("2026-13-23T03:33:01Z", None),
        ("2026-11-23T03:33:01.8٠Z", None),
        ("2026-11-23T03:33:01.8", 1_795_404_781_800_000_000),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1_795_404_781, None),
    ],
)
def test_times_are_read_to_the_nanosecond_or_not_at_all(text: object, expected: int | None) -> None:
    assert nanoseconds(text) == expected


@given(st.datetimes(datetime(1971, 1, 1), datetime(2500, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_times_are_those_that_python_reads(moment: datetime) -> None:
    told = nanoseconds(moment.isoformat().replace("+00:00", "Z"))
    assert told is not None
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    assert told == ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000


@given(st.text(st.characters()))
def test_clean_text_is_utf8_and_valid_text_stays(text: str) -> None:
    shown = clean(text)
    assert shown.encode().decode() == shown
    assert shown == text or any("\ud800" <= char <= "\udfff" for char in text)


@given(st.text(), st.integers(0, 50))
def test_text_is_cut_between_characters(text: str, limit: int) -> None:
    shown = cut(text, limit)
    assert text.startswith(shown)
    assert len(shown.encode()) <= limit
    assert shown == text or len((shown + text[len(shown)]).encode()) > limit


def test_values_become_json() -> None:
    assert json_of({"a": [1, None, "x"]}) == '{"a":[1,null,"x"]}'
    assert json_of(1 << 80) == str(1 << 80)
    deep: object = 1
    for _ in range(5_000):
        deep = [deep]
    assert json_of(deep) == "(nested too deeply)"


def test_a_batch_that_is_too_large_may_be_halved_a_single_event_is_rejected() -> None:
    with pytest.raises(TooLargeError, match="9 bytes"):
        too_large(several(2), "9 bytes")
    sent = too_large(several(1), "9 bytes")
    assert (sent.accepted, sent.rejected[0].reason) == (0, "9 bytes")


def test_the_id_of_an_event_is_its_attribute() -> None:
    assert uid_of(event(uid="x:1")) == "x:1"
    assert uid_of(event(uid=None)) is None
    assert uid_of({}) is None
