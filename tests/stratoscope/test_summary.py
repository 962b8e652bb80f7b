"""The screen of `run`, the sample logs, and stratoscope's own log lines."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.files import FileSource
from stratoscope import own_logging, samples
from stratoscope.run_command import size_of
from stratoscope.service_names import service_of_file
from stratoscope.store.records import Problem, ServiceTally, Totals
from stratoscope.summary import Style, screen
from stratoscope.text import visible, visible_line

TIME = 1_795_411_981.0
SERVICE = ServiceTally("nova-compute", 1200, 3, 17, TIME - 60, TIME)
PROBLEM = Problem("2026-11:abc", "nova-compute", 17, "Lost <num>\x1b[2J", "oslo_db.DBError", "galera", 17, TIME - 60, TIME)
TOTALS = Totals(1200, 2, TIME - 60, TIME, 0)


def test_the_screen() -> None:
    assert screen(TOTALS, [SERVICE], [PROBLEM], Style()) == (
        "1,200 events of 2 files, 2026-11-23 05:32:01 to 2026-11-23 05:33:01 UTC\n"
        "\n"
        "SERVICE                             EVENTS  WARNINGS    ERRORS   LAST SEEN\n"
        "nova-compute                         1,200         3        17   2026-11-23 05:33:01\n"
        "\n"
        "MOST FREQUENT ERRORS\n"
        "     17 x nova-compute: DBError, blames galera\n"
        "          Lost <num>␛[2J\n"
        "          2026-11-23 05:32:01 to 2026-11-23 05:33:01  fingerprint:2026-11:abc\n"
    )


def test_the_screen_of_nothing() -> None:
    assert screen(Totals(0, 1, None, None, 0), [], [], Style()) == "No log events yet.\n"


def test_colour_changes_nothing_else() -> None:
    coloured = screen(TOTALS, [SERVICE], [PROBLEM], Style(colour=True))
    for code in ("\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == screen(TOTALS, [SERVICE], [PROBLEM], Style())


@given(st.text())
def test_nothing_that_is_shown_can_move_the_cursor_or_turn_the_text(text: str) -> None:
    assert all(char.isprintable() or char.isspace() or ord(char) > 0xFFFF or char > "\ue000" for char in visible(text))
    assert not {"\x1b", "\r", "\u202e", "\u2066", "\x9b"} & set(visible(text))
    assert "\n" not in visible_line(text)


def test_sizes() -> None:
    assert (size_of("1M"), size_of("2g"), size_of("1048576")) == (1 << 20, 2 << 30, 1 << 20)
    for text in ("", "2X", "M", "-1G", "10", "1.5G"):
        with pytest.raises(Exception, match="is no size; write at least 1M"):
            size_of(text)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/var/log/nova/nova-scheduler.log", "nova-scheduler"),
        ("keystone.log.1", "keystone"),
        ("a/glance-api.log-20261123.gz", "glance-api"),
        ("/var/log/mysqld.log", "mariadb"),
        ("ovs-vswitchd.log.xz", "openvswitch"),
        ("/var/log/pods/openstack_nova-api-0_1/nova-api/0.log", None),
        ("/var/log/containers/nova-api-7f_openstack_nova-api-1a.log", None),
        ("messages", None),
        ("boot.log", None),
    ],
)
def test_the_service_that_a_files_name_tells(path: str, service: str | None) -> None:
    assert service_of_file(path) == service


def test_the_sample_logs_can_be_read() -> None:
    problems: list[object] = []
    source = FileSource(samples.paths(), follow=False, report=problems.append)
    sizes: dict[str, int] = {}
    for chunk in source.poll():
        sizes[Path(chunk.path).name] = sizes.get(Path(chunk.path).name, 0) + len(chunk.data)
    assert problems == []
    assert len(sizes) >= 6
    assert min(sizes.values()) > 50_000


@pytest.fixture
def own_log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    names = ("stratoscope", "uvicorn")
    before = [(logging.getLogger(name), logging.getLogger(name).handlers, logging.getLogger(name).propagate) for name in names]
    own_logging.set_up(stream)
    yield stream
    for logger, handlers, propagate in before:
        logger.handlers, logger.propagate = handlers, propagate


def test_own_log_lines_have_the_shape_of_events(own_log: io.StringIO) -> None:
    logger = logging.getLogger("stratoscope.x")
    logger.warning("disk %s is full", "sda", extra={"log.file.path": "/x"})
    try:
        int("broken")
    except ValueError:
        logger.exception("failed")
    warning, error = map(json.loads, own_log.getvalue().splitlines())
    assert list(warning) == ["timestamp", "severity_text", "severity_number", "body", "resource", "attributes"]
    assert (warning["body"], warning["severity_number"]) == ("disk sda is full", 13)
    assert warning["attributes"]["log.file.path"] == "/x"
    assert warning["resource"]["service.name"] == "stratoscope"
    assert error["attributes"]["exception.type"] == "builtins.ValueError"
    assert error["attributes"]["exception.message"] == "invalid literal for int() with base 10: 'broken'"
    assert error["attributes"]["exception.stacktrace"].startswith("Traceback (most recent call last)")
