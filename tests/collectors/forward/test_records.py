"""Records become lines, and the parsers understand them."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.forward.records import OVERFLOW, Lines, Members, StreamKey
from collectors.forward.wire import EventTime
from collectors.pods.names import resource_of_path
from parsers.parser import Parser

NOON = 1_795_435_200_000_000_005
TEXT = "2026-11-23T12:00:00.000000005Z"
MICRO = "2026-11-23T12:00:00.000000Z"
MEMBERS = Members(("log", "message", "MESSAGE", "msg"), ("file", "path"))
CONTAINER = "f" * 64


def line_of(record: dict[Any, Any], time: int = NOON, members: Members = MEMBERS) -> bytes:
    lines = Lines(members, 10)
    lines.add(time, record)
    (text,) = lines.texts.values()
    assert lines.size() == len(text)
    return bytes(text)


@pytest.mark.parametrize(
    ("record", "line"),
    [
        ({"log": "text", "file": "a.log"}, b"text\n"),
        ({"log": "text\n"}, b"text\n"),
        ({"log": "one\n\ntwo\n"}, b"one\n\ntwo\n"),
        ({"log": ""}, b"\n"),
        ({"log": b"\xff bytes"}, b"\xff bytes\n"),
        ({"log": "\udcff text"}, b"\xff text\n"),
        ({"message": "text", "msg": "less"}, b"text\n"),
        ({"log": 5, "message": "text"}, b"text\n"),
        (
            {"log": "text", "stream": "stderr", "time": "2026-11-23T03:33:01+01:00"},
            b"2026-11-23T03:33:01+01:00 stderr F text\n",
        ),
        ({"log": "text", "stream": "stdout"}, f"{TEXT} stdout F text\n".encode()),
        ({"log": "text", "stream": "stdout", "time": "yesterday"}, f"{TEXT} stdout F text\n".encode()),
        ({"log": "one\ntwo", "stream": "stdout"}, f"{TEXT} stdout F one\n{TEXT} stdout F two\n".encode()),
        ({"log": "text", "stream": "stdout", "_p": "P"}, f"{TEXT} stdout F text\n".encode()),
        ({"message": "text", "stream": "stdout", "logtag": "P"}, f"{TEXT} stdout P text\n".encode()),
        ({"log": "text", "source": "stderr", "container_id": CONTAINER}, f"{TEXT} stderr F text\n".encode()),
        ({"log": "t", "source": "stderr", "partial_message": "true", "partial_last": "false"}, f"{TEXT} stderr P t\n".encode()),
        ({"log": "t", "source": "stderr", "partial_message": "true", "partial_last": "true"}, f"{TEXT} stderr F t\n".encode()),
        ({"log": "text", "source": "somewhere else"}, b"text\n"),
        (
            {"MESSAGE": "text", "SYSLOG_IDENTIFIER": "nova-compute", "_PID": "7", "_HOSTNAME": "n1"},
            f"{MICRO} n1 nova-compute[7]: text\n".encode(),
        ),
        ({"MESSAGE": "text", "SYSLOG_IDENTIFIER": "sudo", "_HOSTNAME": "n1"}, f"{MICRO} n1 sudo: text\n".encode()),
        ({"MESSAGE": "text", "SYSLOG_IDENTIFIER": "a b", "_HOSTNAME": "n1"}, f"{TEXT} text\n".encode()),
        ({"MESSAGE": "text", "SYSLOG_IDENTIFIER": "sudo"}, f"{TEXT} text\n".encode()),
        ({"level": "error", "n": 1}, b'{"level":"error","n":1}\n'),
        ({"level": "\udcff", 5: b"\xfe"}, b'{"level":"\\\\xff","5":"\\\\xfe"}\n'),
        ({"n": 1 << 63, "at": EventTime(1, 500_000_000)}, b'{"n":9223372036854775808,"at":1.5}\n'),
    ],
)
def test_a_record_is_a_line(record: dict[Any, Any], line: bytes) -> None:
    assert line_of(record) == line


@pytest.mark.parametrize("time", [0, -5, 1 << 70])
def test_a_time_that_is_none_is_left_out(time: int) -> None:
    assert line_of({"log": "text", "stream": "stdout"}, time) == b"text\n"


def test_any_time_counts_where_the_settings_say_so() -> None:
    assert line_of({"log": "text"}, members=Members(("log",), (), always_timed=True)) == f"{TEXT} text\n".encode()


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (
            "/var/log/pods/openstack_nova-compute-x7k2p_0d9d21f6-aaaa-bbbb-cccc-000000000001/nova-compute/0.log",
            ("openstack", "nova-compute-x7k2p", "0d9d21f6-aaaa-bbbb-cccc-000000000001", "nova-compute"),
        ),
        (
            f"/var/log/containers/nova-compute-x7k2p_openstack_nova-compute-{CONTAINER}.log",
            ("openstack", "nova-compute-x7k2p", None, "nova-compute"),
        ),
        ("/var/log/nova/nova-compute.log", (None, None, None, None)),
        ("/var/log/containers/strange.log", (None, None, None, None)),
    ],
)
def test_the_path_tells_the_pod(path: str, names: tuple[str | None, ...]) -> None:
    keys = ("k8s.namespace.name", "k8s.pod.name", "k8s.pod.uid", "k8s.container.name")
    assert {key: value for key, value in resource_of_path(path).items() if key in keys} == {
        key: name for key, name in zip(keys, names, strict=True) if name
    }


def test_the_kubernetes_filter_and_docker_tell_the_writer() -> None:
    lines = Lines(MEMBERS, 10)
    kubernetes = {
        "pod_name": "p",
        "namespace_name": "n",
        "pod_id": "u",
        "container_name": "c",
        "host": "h",
        "labels": {"a": "b"},
    }
    lines.add(NOON, {"log": "x", "kubernetes": kubernetes})
    lines.add(NOON, {"log": "y", "container_id": CONTAINER, "container_name": "/nova"})
    first, second = lines.texts
    assert dict(first.resource) == {
        "k8s.pod.name": "p",
        "k8s.namespace.name": "n",
        "k8s.pod.uid": "u",
        "k8s.container.name": "c",
        "k8s.node.name": "h",
    }
    assert dict(second.resource) == {"container.id": CONTAINER, "container.name": "nova"}


def test_records_of_several_files_and_containers_are_several_streams_in_their_order() -> None:
    lines = Lines(MEMBERS, 10)
    for number in range(4):
        lines.add(NOON, {"log": f"{number}", "file": "ab"[number % 2], "stream": ("stdout", "stderr")[number // 2]})
    assert {key.file: bytes(text).count(b"\n") for key, text in lines.texts.items()} == {"a": 2, "b": 2}
    assert bytes(lines.texts[StreamKey("a", ())]) == f"{TEXT} stdout F 0\n{TEXT} stderr F 2\n".encode()


def test_lines_of_too_many_files_are_kept_under_their_tag() -> None:
    lines = Lines(MEMBERS, 2)
    for number in range(5):
        lines.add(NOON, {"log": f"{number}", "file": f"{number}"})
    assert bytes(lines.texts[OVERFLOW]) == b"2\n3\n4\n"


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary() | st.just("\udcff"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers() | st.binary(), inner, max_size=3),
    max_leaves=6,
)


NAMES = st.sampled_from(["log", "stream", "time", "kubernetes", "file", "logtag", "SYSLOG_IDENTIFIER", "_HOSTNAME", "x", 5])


@given(st.dictionaries(NAMES, ANY), st.integers(-(2**80), 2**80))
def test_any_record_is_whole_lines(record: dict[Any, Any], time: int) -> None:
    assert line_of(record, time).endswith(b"\n")


@given(st.dictionaries(st.text(), ANY, min_size=1))
def test_a_record_without_text_is_json(record: dict[Any, Any]) -> None:
    line = line_of({"x": record})
    assert line.count(b"\n") == 1
    assert isinstance(orjson.loads(line)["x"], dict)


def test_a_map_in_a_map_in_a_map_is_shown_as_text() -> None:
    deep: Any = {}
    for _ in range(2000):
        deep = {"a": deep}
    assert line_of({"x": deep}).endswith(b"\n")


def test_the_parsers_make_one_event_of_a_traceback_in_many_records() -> None:
    lines = Lines(MEMBERS, 10)
    prefix = "2026-11-23 12:00:00.000 7 ERROR nova.compute.manager"
    for text in (
        f"{prefix} [-] it failed: ValueError: no",
        f"{prefix} Traceback (most recent call last):",
        f'{prefix}   File "/usr/lib/python3/dist-packages/nova/compute/manager.py", line 1, in run',
        f"{prefix} ValueError: no",
    ):
        lines.add(NOON, {"log": text, "stream": "stderr", "time": TEXT, "file": "a"})
    (written,) = lines.texts.values()
    parser = Parser()
    (event,) = [*parser.feed(bytes(written), 0.0), *parser.close()]
    assert event["attributes"]["exception.type"] == "ValueError"
    assert event["attributes"]["log.iostream"] == "stderr"


def test_the_parsers_know_who_wrote_a_line_of_the_journal() -> None:
    record = {"MESSAGE": "something", "SYSLOG_IDENTIFIER": "nova-compute", "_PID": "7", "_HOSTNAME": "n1"}
    parser = Parser()
    (event,) = [*parser.feed(line_of(record), 0.0), *parser.close()]
    assert event["resource"]["host.name"] == "n1"
    assert event["attributes"]["process.pid"] == 7
    assert event["timestamp"] == MICRO
