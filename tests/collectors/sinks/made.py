"""Events for the sinks: single ones, those of the sample logs, and any that could ever come."""

import lzma
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from parsers.model import Event
from parsers.parser import Parser, ParserOptions
from stratoscope.samples import paths
from stratoscope.service_names import service_of_file

NOW = 1_795_435_200
"""2026-11-23T12:00:00Z: some hours after the events."""
REQUEST = "req-c85b85ed-4262-4d4b-8ea0-03cb6bf4f831"
TRACE = "c85b85ed42624d4b8ea003cb6bf4f831"
STACKTRACE = (
    "Traceback (most recent call last):\n  File \"/opt/nova/manager.py\", line 39, in chain\n    boom()\nKeyError: 'boom'"
)


def event(body: Any = "Synchronizing state", *, uid: str | None = "a1-400-1:0", **changes: Any) -> Event:
    """One event as the pipeline hands it out; `changes` replace top-level members, None takes one away."""
    made: Event = {
        "timestamp": "2026-11-23T03:33:01.807Z",
        "observed_timestamp": "2026-11-23T03:33:02.100000Z",
        "severity_text": "INFO",
        "severity_number": 9,
        "body": body,
        "trace_id": TRACE,
        "resource": {"service.name": "nova-compute", "k8s.pod.name": "nova-compute-x7", "k8s.container.name": "nova-compute"},
        "attributes": {"log.logger": "nova.compute.manager", "process.pid": 32594, "openstack.request_id": REQUEST},
        "source": {"format": "oslo.text", "profile": "default", "file": "/var/log/nova.log", "first_line": 1, "lines": 1,
                   "first_offset": 0, "last_offset": 120},
    }  # fmt: skip
    made |= changes
    made = {name: value for name, value in made.items() if value is not None}
    if uid is not None:
        made["attributes"] = {**made["attributes"], "log.record.uid": uid}
    return made


def failure(**changes: Any) -> Event:
    """An event with an exception."""
    frame = {"file": "/opt/nova/manager.py", "line": 39, "function": "chain", "module": "nova.manager", "code": "boom()"}
    exception = {"type": "KeyError", "message": "'boom'", "link": "root", "frames": [{**frame, "in_app": True}]}
    members: Event = {
        "severity_text": "ERROR",
        "severity_number": 17,
        "attributes": {
            "log.logger": "nova.manager",
            "openstack.request_id": REQUEST,
            "exception.type": "KeyError",
            "exception.message": "'boom'",
            "exception.stacktrace": STACKTRACE,
        },
        "exceptions": [{**exception, "notes": ["seen"], "truncated": True}],
        "fingerprint": {"id": "2026-11-23:0011223344556677", "template": "Failed"},
        "dependency": {"name": "galera", "rule": "galera.not_ready"},
        "quality": ["truncated"],
    }
    return event("Failed", **members | changes)


def several(count: int) -> list[Event]:
    """Different events of the same stream."""
    return [event(f"event {number}", uid=f"a1-400-1:{number:x}") for number in range(count)]


@cache
def sample_events() -> tuple[Event, ...]:
    """All events of the sample logs, with ids and a time of reading as the pipeline gives them."""
    events = []
    for path in paths():
        name = Path(path).name
        options = ParserOptions(file=path, service=service_of_file(name.removesuffix(".xz")))
        parser = Parser(options)
        for one in (*parser.feed(lzma.decompress(Path(path).read_bytes()), 0.0), *parser.close()):
            one["observed_timestamp"] = datetime.fromtimestamp(NOW, UTC).isoformat().replace("+00:00", "Z")
            one["attributes"]["log.record.uid"] = f"{name}:{one['source']['first_offset']:x}"
            events.append(one)
    return tuple(events)


TEXTS = st.text(st.characters(), max_size=20) | st.sampled_from(["\ud800", "\x00", "a\udfffb", "", "Ω" * 40, "\u2028"])
"""Any text, halves of surrogate pairs included."""
_SCALARS = st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.floats() | TEXTS
VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
"""Any JSON value, and numbers that JSON does not have."""
_KNOWN = st.sampled_from(
    ["process.pid", "log.logger", "http.response.status_code", "exception.stacktrace", "url.path", "a", "a.b"]
)
ANY_EVENT = st.fixed_dictionaries(
    {
        "body": VALUES,
        "attributes": st.dictionaries(_KNOWN | TEXTS, VALUES, max_size=6),
        "resource": st.dictionaries(st.sampled_from(["service.name", "host.name", "k8s.pod.name"]) | TEXTS, TEXTS, max_size=3),
    },
    optional={
        "timestamp": st.sampled_from(["2026-11-23T03:33:01Z", "2026-11-23T03:33:01.807123456Z", "soon", ""]),
        "severity_number": st.integers(-3, 30),
        "severity_text": TEXTS,
        "trace_id": st.sampled_from([TRACE, "0" * 32, "xyz", ""]),
        "source": st.dictionaries(TEXTS, VALUES, max_size=3),
        "quality": st.lists(TEXTS, max_size=2),
        "exceptions": st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=2),
        "unheard_of": VALUES,
    },
)
"""Events as no parser should make them, but some far side may send."""
