"""What Kubernetes takes plain words for. The table was compared with sigs.k8s.io/yaml 1.6.0."""

import math

import pytest

from stratoscope.inject.manifests.scalars import meant, safe

SAME = (
    "08",
    "12:30",
    "2026-11-27",
    "2001-12-14T21:59:43Z",
    "1e",
    "e1",
    "0x",
    "0b",
    "0o",
    "--1",
    "a",
    "..",
    "1.2.3",
    "1e400",
    "tRue",
)


@pytest.mark.parametrize("text", SAME)
def test_text_is_text(text: str) -> None:
    assert meant(text) == (text if text != "08" else 8)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True),
        ("n", False),
        ("Yes", True),
        ("OFF", False),
        ("", None),
        ("~", None),
        ("0644", 420),
        ("08", 8),
        ("0o17", 15),
        ("0O17", 15),
        ("-017", -15),
        ("+017", 15),
        ("0x1F", 31),
        ("-0x1F", -31),
        ("0b11", 3),
        ("1_000", 1000),
        ("0_7", 7),
        ("1e3", 1000),
        (".5", 0.5),
        ("0.10", 0.1),
        ("18446744073709551615", 18446744073709551615),
    ],
)
def test_what_is_none(text: str, value: object) -> None:
    found = meant(text)
    assert found == value
    assert type(found) is type(value)


def test_what_no_number_of_json_is() -> None:
    assert meant(".inf") == math.inf
    assert math.isnan(float(str(meant(".nan"))))


def test_a_number_of_a_million_digits_is_text() -> None:
    assert meant("9" * 1_000_000) == "9" * 1_000_000


@pytest.mark.parametrize("text", ["", "y", "NO", "1e3", "a: b", "a #b", "- a", "*a", "a\n", " a", "12:30", "é", "null", "~x"])
def test_words_that_some_reader_takes_for_something_else_are_quoted(text: str) -> None:
    assert not safe(text)


@pytest.mark.parametrize("text", ["nova-compute", "/etc/nova/nova.conf", "restart always", "a.b_c"])
def test_words_that_need_no_quotes(text: str) -> None:
    assert safe(text)
