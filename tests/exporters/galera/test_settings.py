from pathlib import Path
from typing import Any

import pytest

from exporters.galera.settings import GaleraSettings, GaleraThresholds, GaleraTls, parsed


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("db1:3307", ("db1", 3307)),
        ("db1", ("db1", 3306)),
        ("10.0.0.1:3306", ("10.0.0.1", 3306)),
        ("[fd00::1]:3307", ("fd00::1", 3307)),
        ("[fd00::1]", ("fd00::1", 3306)),
        ("fd00::1", None),
        ("db1:", None),
        ("db1:0", None),
        ("db1:65536", None),
        ("db1:mysql", None),
        ("[fd00::1", None),
        ("[fd00::1]3306", None),
        ("db 1", None),
        ("", None),
        (":3306", None),
    ],
)
def test_an_address(address: str, expected: tuple[str, int] | None) -> None:
    assert parsed(address) == expected


def test_settings_without_mistakes() -> None:
    assert list(GaleraSettings(name="main", nodes=("db1", "db2:3306")).mistakes()) == []
    assert list(GaleraSettings(name="main", service="mariadb.openstack.svc:3306").mistakes()) == []


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        ({"name": "", "nodes": ("a",)}, "name", "label `cluster`"),
        ({}, "nodes", "either nodes"),
        ({"nodes": ("a",), "service": "b"}, "service", "either nodes"),
        ({"nodes": ("a:b",)}, "nodes", "'a:b' is not host:port"),
        ({"service": "a:b"}, "service", "'a:b' is not host:port"),
        ({"nodes": ("a", "a:3306")}, "nodes", "twice"),
        ({"nodes": ("a",), "expected_size": 0}, "expected_size", "less than 1"),
        ({"nodes": ("a",), "deadline": 0.0}, "deadline", "0 seconds"),
    ],
)
def test_a_mistake_says_where_and_what_to_do(settings: dict[str, Any], key: str, words: str) -> None:
    ((where, what),) = GaleraSettings(**{"name": "main", **settings}).mistakes()
    assert where == key
    assert words in what


def test_sections_check_themselves() -> None:
    assert [key for key, _ in GaleraTls(key=Path("/k")).mistakes()] == ["key"]
    assert [key for key, _ in GaleraThresholds(paused=10).mistakes()] == ["paused"]
    assert not [*GaleraTls().mistakes(), *GaleraThresholds().mistakes()]
