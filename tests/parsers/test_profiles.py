"""Profiles of operators' own strings read what oslo.log's formatter prints with these strings."""

import logging
import re
import sys
from typing import Any

import pytest
from oslo_context import context as oslo_context

from parsers.model import Event
from parsers.oslo_profile import Profile
from parsers.parser import ParserOptions
from tests.differential import faults
from tests.parsers.contract import events_of
from tests.parsers.operator_strings import STRINGS, Strings, formatter

REQUEST = "req-5f1c1b2e-0000-4000-8000-000000000001"
GLOBAL = "req-5f1c1b2e-0000-4000-8000-0000000000ff"
UUID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
CREATED = 1_795_404_781.807


def context() -> oslo_context.RequestContext:
    return oslo_context.RequestContext(
        user_id="u1",
        project_id="p1",
        user_name="operator",
        project_name="service",
        request_id=REQUEST,
        global_request_id=GLOBAL,
        overwrite=False,
    )


def record(level: int, message: str, *, failed: bool = False, pid: int = 52, **extra: Any) -> logging.LogRecord:
    """A record as a logger makes it, of a failed call if so wanted."""
    exc_info = None
    if failed:
        try:
            faults.context()
        except RuntimeError:
            exc_info = sys.exc_info()
    made = logging.LogRecord("nova.compute.manager", level, "/opt/nova/manager.py", 12, message, (), exc_info, "run")
    made.created, made.msecs, made.process = CREATED, 807.0, pid
    made.__dict__.update({"hostname": "cmp-01", "context": None, **extra})
    return made


def records() -> list[logging.LogRecord]:
    return [
        record(logging.INFO, "hello"),
        record(logging.INFO, "with context", context=context()),
        record(logging.WARNING, "line one\nline two", context=context()),
        record(logging.ERROR, "Failed to do it", failed=True, context=context()),
        record(logging.ERROR, "Failed again", failed=True),
        record(logging.INFO, "Deleting", instance_uuid=UUID),
        record(logging.CRITICAL, "Lost", failed=True, instance_uuid=UUID, pid=53),
        record(logging.DEBUG, "at a place"),
        record(logging.INFO, "the end", pid=53),
    ]


def parsed(strings: Strings, *some: logging.LogRecord) -> list[Event]:
    text = "".join(formatter(strings).format(one) + "\n" for one in some)
    return events_of([text.encode()], ParserOptions(profiles=(strings.profile,), year=2026))


@pytest.mark.parametrize("name", STRINGS)
class TestEachRecordIsOneEvent:
    """Whatever the strings: a record is one event, with the fields that its strings print."""

    def test_bodies(self, name: str) -> None:
        assert [event["body"] for event in parsed(STRINGS[name], *records())] == [one.getMessage() for one in records()]

    def test_levels(self, name: str) -> None:
        assert [event["severity_text"] for event in parsed(STRINGS[name], *records())] == [r.levelname for r in records()]

    def test_loggers(self, name: str) -> None:
        loggers = {event["attributes"].get("log.logger") for event in parsed(STRINGS[name], *records())}
        assert loggers == {"nova.compute.manager"}

    def test_pids(self, name: str) -> None:
        if STRINGS[name].prints("process"):
            pids = [event["attributes"]["process.pid"] for event in parsed(STRINGS[name], *records())]
            assert pids == [52, 52, 52, 52, 52, 52, 53, 52, 53]

    def test_exceptions(self, name: str) -> None:
        types = [event["attributes"].get("exception.type") for event in parsed(STRINGS[name], *records())]
        assert types == [None, None, None, "RuntimeError", "RuntimeError", None, "RuntimeError", None, None]

    def test_stacktraces_are_free_of_prefixes(self, name: str) -> None:
        printed = parsed(STRINGS[name], *records())[3]["attributes"]["exception.stacktrace"]
        assert printed.startswith("Traceback (most recent call last):\n  File ")
        assert printed.endswith("RuntimeError: outer\nsecond line of outer\n\nfourth after blank")

    def test_request_ids(self, name: str) -> None:
        for one, event in zip(records(), parsed(STRINGS[name], *records()), strict=True):
            printed = "%(request_id)s" in STRINGS[name].logging_context_format_string
            assert event["attributes"].get("openstack.request_id") == (REQUEST if printed and one.__dict__["context"] else None)

    def test_instances(self, name: str) -> None:
        if STRINGS[name].prints("instance"):
            found = [event["attributes"].get("openstack.instance_uuid") for event in parsed(STRINGS[name], *records())]
            assert found == [None] * 5 + [UUID, UUID, None, None]

    def test_times(self, name: str) -> None:
        if STRINGS[name].prints("asctime") or STRINGS[name].prints("isotime"):
            for event in parsed(STRINGS[name], *records()):
                assert event["timestamp"].startswith("2026-11-23T03:33:01")

    def test_qualities(self, name: str) -> None:
        assert [event.get("quality") for event in parsed(STRINGS[name], *records())] == [None] * 9


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("oslo.log's own", {"openstack.user_id": "u1", "openstack.project_id": "p1", "openstack.global_request_id": GLOBAL}),
        ("sapcc/helm-charts", {"openstack.user_id": "u1", "openstack.global_request_id": GLOBAL}),
        ("names, not ids", {"openstack.user_name": "operator", "openstack.project_name": "service"}),
        ("devstack without colours", {"openstack.user_name": "operator", "openstack.project_name": "service"}),
        ("user identity named", {"openstack.user_id": "u1", "openstack.project_id": "p1"}),
        ("bars", {"openstack.request_id": REQUEST}),
    ],
)
def test_the_words_of_a_context(name: str, attributes: dict[str, str]) -> None:
    (event,) = parsed(STRINGS[name], record(logging.INFO, "x", context=context()))
    assert {key: event["attributes"].get(key) for key in attributes} == attributes


@pytest.mark.parametrize("name", ["host in front", "host behind the time"])
def test_the_host(name: str) -> None:
    assert {event["resource"].get("host.name") for event in parsed(STRINGS[name], *records())} == {"cmp-01"}


BAD = [
    ({"context_format": "%(asctime)s %(name)s"}, "logging_context_format_string", "has no %(message)s"),
    ({"default_format": "%(asctime)s %(name)s"}, "logging_default_format_string", "has no %(message)s"),
    ({"default_format": "%(message)s %(name)s"}, "logging_default_format_string", "put it before the message"),
    ({"default_format": "100% %(message)s"}, "logging_default_format_string", "column 4"),
    ({"exception_prefix": "%(asctime)s %d "}, "logging_exception_prefix", "write %(name)s, or %%"),
    ({"user_identity_format": "%user"}, "logging_user_identity_format", "column 1"),
    ({"date_format": "%Y-%Q"}, "log_date_format", "column 4"),
    ({"date_format": "%Y-%"}, "log_date_format", "column 4"),
]


@pytest.mark.parametrize(("strings", "option", "advice"), BAD)
def test_a_bad_string_says_which_where_and_what_to_do(strings: dict[str, str], option: str, advice: str) -> None:
    with pytest.raises(ValueError, match=re.escape(option)) as caught:
        Profile.from_oslo_strings(**strings)
    assert advice in str(caught.value)
