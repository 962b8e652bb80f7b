"""What the name of a log file tells."""

import pytest

from collectors.files.rotation import age, is_log, oldest_first, rotation_set


@pytest.mark.parametrize(
    ("name", "live"),
    [
        ("nova-api.log", "nova-api.log"),
        ("nova-api.log.1", "nova-api.log"),
        ("nova-api.log.12.gz", "nova-api.log"),
        ("nova-api.log-20261123.xz", "nova-api.log"),
        ("nova-api.log-2026112303", "nova-api.log"),
        ("nova-api-20261123.log.bz2", "nova-api.log"),
        ("nova-api.log.2026-11-23_03-00", "nova-api.log"),
        ("keystone.log.old", "keystone.log"),
        ("0.log.20261123-030000.gz", "0.log"),
        ("mariadb-1.log", "mariadb-1.log"),
        ("rabbit@host-2.log", "rabbit@host-2.log"),
        ("syslog.2.gz", "syslog"),
        ("2026-11-23.log", "2026-11-23.log"),
    ],
)
def test_the_live_file_is_told_from_the_name_of_a_rotated_one(name: str, live: str) -> None:
    assert rotation_set(f"/var/log/{name}") == ("/var/log", live)


@pytest.mark.parametrize(
    "name", ["a.log", "a.json", "a.jsonl", "a.out", "a.err", "a.txt", "a.log.1", "a.log-20261123.gz", "0.log"]
)
def test_logs_are_known_by_their_names(name: str) -> None:
    assert is_log(name)


@pytest.mark.parametrize("name", [".a.log", "a.conf", "core", "a.tar.gz", "a.log.swp", "syslog.1", "a.log~", ""])
def test_other_names_are_no_logs(name: str) -> None:
    assert not is_log(name)


def test_dates_rise_and_numbers_fall_towards_the_live_file() -> None:
    numbered = ["a.log", "a.log.1", "a.log.2.gz", "a.log.10.gz"]
    assert oldest_first(numbered) == numbered[::-1]
    dated = ["a.log", "a.log-20261123", "a.log-2026112203", "a.log-20261121.gz"]
    assert oldest_first(dated) == dated[::-1]
    assert age("a.log.old") < age("a.log")


def test_sets_keep_their_place_and_each_path_comes_once() -> None:
    given = ["b.log", "x/a.log", "a.log", "x/a.log.1", "b.log", "a.log.1"]
    assert oldest_first(given) == ["b.log", "x/a.log.1", "x/a.log", "a.log.1", "a.log"]
