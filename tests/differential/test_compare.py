"""A comparison that cannot fail proves nothing: it must see every field that is wrong, and be silent where all is right."""

from copy import deepcopy
from typing import Any

import pytest

from tests.differential.compare import Truth, differences, traceback_lines

TRUTH = Truth(
    {
        "message": "Failed",
        "name": "nova.compute.manager",
        "levelname": "ERROR",
        "funcname": "run",
        "pathname": "/x.py",
        "lineno": 3,
        "created": 1795404781.8071,
        "msecs": 807.0,
        "process": 52,
        "traceback": "Traceback (most recent call last):\nKeyError: 'boom'",
        "error_summary": "KeyError: 'boom'",
        "context": {"request_id": "req-5f1c1b2e-0000-4000-8000-000000000001", "user": "u1"},
        "extra": {"instance": {"uuid": "i1"}},
    },
    [{"type": "KeyError", "message": "'boom'", "notes": ["said so"], "raised": True, "frames": [("/x.py", 3, "run")]}],
    "Stack (most recent call last):",
)
EVENT: dict[str, Any] = {
    "timestamp": "2026-11-23T03:33:01.807Z",
    "severity_text": "ERROR",
    "severity_number": 17,
    "body": "Failed",
    "trace_id": "5f1c1b2e000040008000000000000001",
    "attributes": {
        "log.logger": "nova.compute.manager",
        "process.pid": 52,
        "openstack.request_id": "req-5f1c1b2e-0000-4000-8000-000000000001",
        "openstack.user_id": "u1",
        "openstack.instance_uuid": "i1",
        "exception.type": "KeyError",
        "exception.message": "'boom'",
        "exception.stacktrace": "Traceback (most recent call last):\n\nKeyError: 'boom'\n",
        "code.stacktrace": "Stack (most recent call last):",
    },
    "exceptions": [
        {
            "type": "KeyError",
            "message": "'boom'",
            "link": "root",
            "frames": [{"file": "/x.py", "line": 3, "function": "run", "module": None, "code": None, "in_app": False}],
            "notes": ["said so"],
        }
    ],
}


def test_a_right_event_has_no_differences() -> None:
    assert differences(EVENT, TRUTH) == []


@pytest.mark.parametrize("name", ["timestamp", "severity_text", "severity_number", "body", "trace_id", "exceptions"])
def test_a_missing_field_is_seen(name: str) -> None:
    assert differences({key: value for key, value in EVENT.items() if key != name}, TRUTH)


@pytest.mark.parametrize("name", EVENT["attributes"])
def test_a_wrong_attribute_is_seen(name: str) -> None:
    wrong = deepcopy(EVENT)
    wrong["attributes"][name] = "wrong"
    assert differences(wrong, TRUTH)


@pytest.mark.parametrize("name", ["openstack.project_id", "openstack.global_request_id"])
def test_an_invented_attribute_is_seen(name: str) -> None:
    wrong = deepcopy(EVENT)
    wrong["attributes"][name] = "p1"
    assert differences(wrong, TRUTH)


@pytest.mark.parametrize(("name", "value"), [("frames", []), ("notes", []), ("type", "ValueError"), ("message", "")])
def test_a_wrong_exception_is_seen(name: str, value: object) -> None:
    wrong = deepcopy(EVENT)
    wrong["exceptions"][0][name] = value
    assert differences(wrong, TRUTH)


def test_invented_code_is_seen() -> None:
    wrong = deepcopy(EVENT)
    wrong["attributes"] |= {"code.function.name": "run", "code.file.path": "/x.py", "code.line.number": 3}
    assert differences(wrong, TRUTH)


def test_both_forms_of_a_json_traceback_are_read() -> None:
    r"""A string since oslo.log 4, a list of lines before; `\x0b` and the like split a line in the JSONFormatter."""
    assert traceback_lines("a\n\n b  \nc\x0bd") == traceback_lines(["a", " b", "c", "d"]) == ["a", " b", "c", "d"]
