"""The screen of `run`, the sample logs, and stratoscope's own log lines."""

import io
import json
import logging
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.files.source import FileSource
from stratoscope import own_logging, samples
from stratoscope.run_command import size_of
from stratoscope.service_names import service_of_file
from stratoscope.store.records import Problem, ServiceTally, Totals
from stratoscope.summary import Style, most_telling, screen
from stratoscope.text import visible, visible_line
from tests.stratoscope.made import event as made
from tests.stratoscope.made import failed

TIME = 1_795_411_981.0
SERVICE = ServiceTally("nova-compute", 1200, 3, 17, TIME - 60, TIME)
PROBLEM = Problem("2026-11:abc", "nova-compute", 17, "Lost <num>\x1b[2J", "oslo_db.DBError", "galera", 17, TIME - 60, TIME)
TOTALS = Totals(1200, 2, TIME - 60, TIME, 0)
EXAMPLE = failed("reporting " * 9, 0) | {
    "source": {"file": "/x/nova.log", "first_line": 1234, "lines": 9, "format": "oslo.text"}
}


def test_the_screen() -> None:
    assert screen(TOTALS, [SERVICE], [PROBLEM], None, Style()) == (
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
    assert screen(Totals(0, 1, None, None, 0), [], [], None, Style()) == "No log events yet.\n"


def test_colour_changes_nothing_else() -> None:
    coloured = screen(TOTALS, [SERVICE], [PROBLEM], EXAMPLE, Style(70, colour=True))
    assert re.sub("\x1b\\[[0-9;]+m", "", coloured) == screen(TOTALS, [SERVICE], [PROBLEM], EXAMPLE, Style(70))


def test_the_screen_ends_in_a_whole_event() -> None:
    assert screen(TOTALS, [], [], EXAMPLE, Style(70)).partition("none\n\n")[2] == (
        "9 LINES OF nova.log ARE ONE EVENT (from line 1,234)\n"
        "── 2026-11-23 UTC ──\n"
        "03:33:01.808 INFO     nova-compute nova.compute.manager reporting rep…\n"
        "             pymysql.err.OperationalError: (2013, 'x')\n"
        "             blames galera (type)\n"
    )


def test_the_event_that_is_shown_blames_somebody_crossed_a_process_and_is_new() -> None:
    plain = made("no exception at all", timestamp="2026-11-23T09:00:00Z")
    first, last = (failed(text, 0) | {"timestamp": f"2026-11-23T0{text}:00:00Z"} for text in "12")
    unknown = {key: value for key, value in failed("3", 0).items() if key != "dependency"}
    remote = failed("0", 0)
    remote["exceptions"] = [{**remote["exceptions"][0], "link": "remote"}]
    assert most_telling([plain]) is None
    assert most_telling([first, last, unknown, plain]) is last
    assert most_telling([first, remote, last]) is remote


@given(st.text())
def test_nothing_that_is_shown_can_move_the_cursor_or_turn_the_text(text: str) -> None:
    shown = visible(text)
    assert {char for char in shown if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}} <= {"\t", "\n"}
    assert not {unicodedata.bidirectional(char) for char in shown} & {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
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


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def own_log() -> Iterator[Callable[[io.StringIO], io.StringIO]]:
    """Sets stratoscope's own log up to write to a stream; afterwards all is as it was."""
    loggers = [logging.getLogger(name) for name in ("stratoscope", "uvicorn")]
    before = [(logger, logger.handlers, logger.propagate, logger.level) for logger in loggers]

    def set_up(stream: io.StringIO) -> io.StringIO:
        own_logging.set_up(stream)
        return stream

    yield set_up
    for logger, handlers, propagate, level in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def test_a_person_gets_what_asks_for_attention_in_words(own_log: Callable[[io.StringIO], io.StringIO]) -> None:
    terminal = own_log(Terminal())
    logging.getLogger("stratoscope").info("started")
    logging.getLogger("stratoscope").warning("x: does not exist")
    assert terminal.getvalue() == "stratoscope: x: does not exist\n"


def test_own_log_lines_have_the_shape_of_events(own_log: Callable[[io.StringIO], io.StringIO]) -> None:
    stream = own_log(io.StringIO())
    logger = logging.getLogger("stratoscope.x")
    logger.warning("disk %s is full", "sda", extra={"log.file.path": "/x"})
    try:
        int("broken")
    except ValueError:
        logger.exception("failed")
    warning, error = map(json.loads, stream.getvalue().splitlines())
    assert list(warning) == ["timestamp", "severity_text", "severity_number", "body", "resource", "attributes"]
    assert (warning["body"], warning["severity_number"]) == ("disk sda is full", 13)
    assert warning["attributes"]["log.file.path"] == "/x"
    assert warning["resource"]["service.name"] == "stratoscope"
    assert error["attributes"]["exception.type"] == "builtins.ValueError"
    assert error["attributes"]["exception.message"] == "invalid literal for int() with base 10: 'broken'"
    assert error["attributes"]["exception.stacktrace"].startswith("Traceback (most recent call last)")
