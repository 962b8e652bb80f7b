import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.galera import values
from exporters.galera.values import Delayed, Latency


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17", 17.0),
        ("0.25", 0.25),
        ("-1", -1.0),
        ("18446744073709551615", None),
        ("", None),
        (None, None),
        ("Synced", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
    ],
)
def test_a_number(text: str | None, expected: float | None) -> None:
    assert values.number(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("5", 5), ("-1", None), ("18446744073709551615", None), (None, None)])
def test_a_seqno(text: str | None, expected: int | None) -> None:
    assert values.seqno(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ON", True),
        ("true", True),
        ("YES", True),
        ("OFF", False),
        ("false", False),
        ("", None),
        ("Primary", None),
        (None, None),
    ],
)
def test_a_flag(text: str | None, expected: bool | None) -> None:
    assert values.flag(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("128M", 128 << 20),
        ("128m", 128 << 20),
        ("4K", 4096),
        ("2G", 2 << 30),
        ("1T", 1 << 40),
        ("134217728", 128 << 20),
        ("1.5G", 3 << 29),
        ("", None),
        ("12X", None),
        ("M", None),
        ("-1M", None),
        (None, None),
    ],
)
def test_a_size(text: str | None, expected: int | None) -> None:
    assert values.size(text) == expected


def test_addresses_that_say_nothing_are_left_out() -> None:
    assert values.addresses("10.0.0.1:3306,,AUTO,unspecified, db2:3306") == ("10.0.0.1:3306", "db2:3306")
    assert values.addresses(None) == ()


def test_provider_options() -> None:
    text = "gcache.size = 128M; gcomm.thread_prio = ; gmcast.listen_addr = tcp://0.0.0.0:4567; odd"
    assert values.options(text) == {"gcache.size": "128M", "gcomm.thread_prio": "", "gmcast.listen_addr": "tcp://0.0.0.0:4567"}


def test_peers_that_are_late() -> None:
    one, two = "db73a922-e6f5-11f1-9f32-6fe2b8033227", "dfa21cc5-e6f5-11f1-8e15-23c14ad3b08d"
    text = f"{one}:tcp://10.0.0.3:4567:12,{two}:tcp://[fd00::3]:4567:1"
    assert values.delayed(text) == (Delayed(one, "tcp://10.0.0.3:4567", 12), Delayed(two, "tcp://[fd00::3]:4567", 1))
    assert values.delayed("") == ()
    assert values.delayed("rubbish") == ()


def test_a_latency_of_no_message_is_none() -> None:
    assert values.latency("0/0/0/0/0") is None
    assert values.latency("0.0001/0.0003/0.0007/0.0002/4") == Latency(0.0001, 0.0003, 0.0007, 0.0002, 4)
    assert values.latency("1/2/3") is None
    assert values.latency("a/b/c/d/e") is None


def test_a_position() -> None:
    assert values.position("f39510cc-e6ee-11f1-a2a6-d2bd5d255cac:17960 0-1-17446") == 17960
    assert values.position("00000000-0000-0000-0000-000000000000:-1") is None
    assert values.position("") is None


@given(st.text(max_size=60))
def test_no_text_is_too_ugly(text: str) -> None:
    number = values.number(text)
    assert number is None or math.isfinite(number)
    assert (values.size(text) or 0) >= 0
    assert (values.seqno(text) or 0) >= 0
    values.flag(text), values.addresses(text), values.options(text), values.delayed(text), values.latency(text)
    values.position(text)
