"""Which Events are written: each once, then counted, never more than the bounds allow."""

from collections import Counter
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratoscope.inject.model import Owner
from stratoscope.webhook.complaints import Complaint
from stratoscope.webhook.events import event_name, made, repeated
from stratoscope.webhook.ledger import BURST, FORGOTTEN, KEPT, PER_SECOND, REPEAT, CrowdedError, Entry, Ledger


def complaint(name: str = "api", note: str = "why", at: float = 1_800_000_000.25) -> Complaint:
    owner = Owner("ReplicaSet", name, "apps/v1", "6f1e")
    return Complaint("openstack", owner, "Warning", "PortTaken", note, at)


def ledger(now: float = 0.0) -> Ledger:
    numbers = count()
    return Ledger(lambda owner: f"{owner}.{next(numbers)}", now)


def test_the_first_is_an_event_and_what_follows_is_counted_once_a_minute() -> None:
    book = ledger()
    first = book.take(complaint(), 0.0)
    assert first is not None
    assert [book.take(complaint(), float(at)) for at in range(1, 4)] == [None] * 3
    assert list(book.due(REPEAT - 1)) == []
    assert [(one.name, one.times) for one in book.due(REPEAT)] == [("api.0", 4)]
    assert list(book.due(REPEAT * 9)) == []  # nobody complained since
    assert book.take(complaint(note="another reason"), 5.0) is not None
    assert book.take(complaint(name="other"), 5.0) is not None


def test_what_the_api_server_has_forgotten_is_made_anew() -> None:
    book = ledger()
    first = book.take(complaint(), 0.0)
    assert book.take(complaint(), FORGOTTEN - 1) is None
    assert book.take(complaint(), 2 * FORGOTTEN - 2) is None  # an hour since the last one, not since the first
    again = book.take(complaint(), 3 * FORGOTTEN)
    assert again is not None
    assert first is not None
    assert again.name != first.name
    book.forget(again)
    assert book.take(complaint(), 3 * FORGOTTEN + 1) is not None


def test_too_many_at_once_are_refused_and_known_ones_are_not() -> None:
    book = ledger()
    for number in range(int(BURST)):
        assert book.take(complaint(f"api-{number}"), 0.0) is not None
    with pytest.raises(CrowdedError):
        book.take(complaint("one-more"), 0.0)
    assert book.take(complaint("api-0"), 0.0) is None
    assert book.take(complaint("one-more"), 1.0 / PER_SECOND) is not None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 200)), max_size=80))
def test_every_complaint_is_told_at_last(steps: list[tuple[int, int]]) -> None:
    """The same one again is counted, and the Event told of it once a minute."""
    book, now = ledger(), 0.0
    told: dict[str, int] = {}
    complained: Counter[str] = Counter()
    for number, seconds in steps:
        now += seconds
        try:
            entry = book.take(complaint(f"api-{number}"), now)
        except CrowdedError:
            continue
        complained[f"api-{number}"] += 1
        if entry is not None:
            told[entry.name] = 1
        told |= {one.name: one.times for one in book.due(now)}
    told |= {one.name: one.times for one in book.due(now + REPEAT)}
    sums: Counter[str] = Counter()
    for name, times in told.items():
        sums[name.partition(".")[0]] += times
    assert sums == complained


def test_its_memory_is_bounded() -> None:
    book = ledger()
    for number in range(KEPT + 50):
        book.take(complaint(f"api-{number}"), float(number))
    assert len(book._entries) == KEPT
    assert book.take(complaint(f"api-{KEPT}"), 1000.0) is None
    assert book.take(complaint("api-0"), 1000.0) is not None


def test_an_event_is_as_the_api_server_wants_it() -> None:
    entry = Entry("api.17", complaint(note="ü" * 600), 0.0, 0.0)
    event = made(entry, "webhook-0")
    assert event["eventTime"] == "2027-01-15T08:00:00.250000Z"
    assert len(event["note"].encode()) <= 1024
    assert event["note"].endswith("ü…")
    assert event["regarding"] == {
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "namespace": "openstack", "name": "api", "uid": "6f1e",
    }  # fmt: skip
    entry.times = 2
    assert repeated(entry) == {"series": {"count": 2, "lastObservedTime": "2027-01-15T08:00:00.250000Z"}}


@given(st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", fullmatch=True))
def test_a_name_of_an_event_is_one_whatever_its_owner_is_called(owner: str) -> None:
    name = event_name(owner)
    assert len(name) <= 253
    assert ".." not in name.replace(owner, "")
    assert name != event_name(owner)
