"""Addresses: what they ask for, and that a click on one leads to what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratoscope.query import And, Field, Not, Or, Words, parse
from stratoscope.web.asked import Fault, address, asked, instant, term, toggled
from stratoscope.when import moment
from tests.stratoscope.made import NOW

VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\0'), min_size=1, max_size=40).filter(str.strip)


@given(VALUES)
def test_a_term_asks_for_its_field_and_value(value: str) -> None:
    found = parse(term("service", value), NOW).node
    assert found == Field("service", value.strip())


@given(VALUES, VALUES)
def test_a_term_added_and_taken_away_leaves_the_search_as_it_was(first: str, second: str) -> None:
    q = term("logger", first)
    more = toggled(q, term("service", second))
    assert toggled(more, term("service", second)) == q


def test_a_term_narrows_both_sides_of_an_or() -> None:
    node = parse(toggled("galera OR rabbitmq", "host:ctl1"), NOW).node
    assert node == And((Or((Words("galera"), Words("rabbitmq"))), Field("host", "ctl1")))


def test_a_term_can_be_left_out() -> None:
    assert parse(toggled("galera", "host:ctl1", without=True), NOW).node == And((Words("galera"), Not(Field("host", "ctl1"))))


@given(st.integers(0, 4_000_000_000_000_000))
def test_an_instant_is_read_back_to_the_microsecond(microseconds: int) -> None:
    time = microseconds / 1_000_000
    assert moment(instant(time), NOW) == pytest.approx(time, abs=1e-6)


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_whatever_stands_in_an_address_is_a_search_or_a_fault(q: str, since: str, until: str) -> None:
    made = asked("/", {"q": q, "since": since, "until": until}, NOW)
    assert (made.query is None) == (made.fault is not None)
    if made.query is not None and made.query.since is not None and made.query.until is not None:
        assert made.query.since < made.query.until


def test_a_fault_of_the_search_tells_its_column() -> None:
    assert asked("/", {"q": "broke servce:nova"}, NOW).fault == Fault(
        "there is no field 'servce'; did you mean service? To search the text for it, quote it: \"servce:nova\"", 7
    )


def test_times_of_the_search_and_of_the_address_hold_together() -> None:
    made = asked("/", {"q": "a since:2h", "since": "1h", "until": "30m"}, NOW)
    assert made.query is not None
    assert (made.query.since, made.query.until) == (NOW - 3600, NOW - 1800)


def test_an_address_leaves_out_what_is_empty() -> None:
    assert address("/x", {"a": "", "b": None, "c": 0, "d": "e f&"}) == "/x?c=0&d=e+f%26"
    assert address("/x", {}) == "/x"
