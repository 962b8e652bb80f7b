"""What runtimes, kubectl, stern, syslog and Apache put around lines is taken off, and what it tells is told."""

from typing import Any

import pytest

from parsers.model import Event
from parsers.parser import ParserOptions
from tests.parsers.contract import events_of

HEAD = "2026-11-23 03:33:01.807 7 INFO nova.api [-] hello"
TRACE = ("Traceback (most recent call last):", '  File "/opt/app.py", line 1, in f', "    g()", "KeyError: 'x'")
CRI = "2026-11-23T03:33:01.808123456Z stdout F "
APACHE = "2026-11-23 03:33:01.810123 "
WSGI = "[Mon Nov 23 03:33:01.807123 2026] [wsgi:error] [pid {pid}:tid 140] [client 10.0.0.1:1234] "
DOCKER = '{{"log":"{text}\\n","stream":"{stream}","time":"2026-11-23T03:33:01.808123456Z"}}'
POD = {"k8s.pod.name": "nova-api-0", "k8s.container.name": "nova-api"}
SYSLOG = {"syslog.program": "nova-compute"}


def events(*lines: str, **options: Any) -> list[Event]:
    """Events of these lines, in the order of their first lines."""
    text = "".join(f"{line}\n" for line in lines).encode()
    found = events_of([text], ParserOptions(**options))
    return sorted(found, key=lambda event: int(event["source"]["first_offset"]))


AROUND: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "containerd": (CRI, {}, {"log.iostream": "stdout"}),
    "containerd, standard error": (CRI.replace("stdout", "stderr"), {}, {"log.iostream": "stderr"}),
    "containerd in another zone": (CRI.replace("03:33:01.808123456Z", "09:03:01.808123456+05:30"), {}, {}),
    "kubectl --prefix": ("[pod/nova-api-0/nova-api] ", POD, {}),
    "kubectl --prefix --timestamps": ("[pod/nova-api-0/nova-api] 2026-11-23T03:33:01.808123456Z ", POD, {}),
    "kubectl --timestamps": ("2026-11-23T03:33:01.808123456Z ", {}, {}),
    "kubectl --timestamps in another zone": ("2026-11-23T09:03:01.808123456+05:30 ", {}, {}),
    "stern": ("nova-api-0 nova-api ", POD, {}),
    "rsyslog": ("Nov 23 03:33:02 cmp-01 nova-compute[7238]: ", {"host.name": "cmp-01"}, SYSLOG),
    "rsyslog, first days of a month": ("Nov  3 03:33:02 cmp-01 nova-compute[7238]: ", {"host.name": "cmp-01"}, SYSLOG),
    "rsyslog with RFC 3339": ("2026-11-23T03:33:01.808123+00:00 cmp-01 nova-compute: ", {"host.name": "cmp-01"}, SYSLOG),
    "journal, short": ("nova-compute[7238]: ", {}, SYSLOG),
    "Apache with %{cu}t %M": (APACHE, {}, {}),
    "Apache's default": (WSGI.format(pid=7), {}, {}),
    "Apache in containerd": (CRI + APACHE, {}, {"log.iostream": "stdout"}),
    "kubectl --prefix around Apache": ("[pod/nova-api-0/nova-api] " + APACHE, POD, {}),
}


@pytest.mark.parametrize("name", AROUND)
class TestAroundEachLine:
    """A record in a wrapper is the record, and the wrapper's words are told with it."""

    def test_a_record_of_two_lines(self, name: str) -> None:
        wrapper, resource, attributes = AROUND[name]
        (event,) = events(wrapper + HEAD, wrapper + "second line")
        assert event["body"] == "hello\nsecond line"
        assert event["timestamp"] == "2026-11-23T03:33:01.807Z"
        assert event["attributes"].items() >= (attributes | {"log.logger": "nova.api", "process.pid": 7}).items()
        assert event["resource"] == resource | {"service.name": "nova"}
        assert "quality" not in event

    def test_a_traceback_with_prefixes(self, name: str) -> None:
        wrapper = AROUND[name][0]
        prefix = "2026-11-23 03:33:01.807 7 ERROR nova.api "
        lines = [f"{prefix}[-] Failed: KeyError: 'x'", *(prefix + line for line in TRACE), prefix]
        (event,) = events(*(wrapper + line for line in lines))
        assert event["body"] == "Failed"
        assert event["attributes"]["exception.stacktrace"] == "\n".join(TRACE)
        assert event["source"]["lines"] == 6


@pytest.mark.parametrize("name", [name for name in AROUND if name != "stern"])
def test_a_raw_traceback(name: str) -> None:
    """Of stern's two names only lines with a time can be sure, so there a traceback alone is not known."""
    wrapper = AROUND[name][0]
    (event,) = events(*(wrapper + line for line in TRACE))
    assert event["attributes"]["exception.stacktrace"] == "\n".join(TRACE)
    assert event["body"] == "KeyError: 'x'"


class TestDocker:
    """Docker's json-file driver: a JSON object for each line, with the stream and the time."""

    def test_a_record_of_two_lines(self) -> None:
        (event,) = events(*(DOCKER.format(text=text, stream="stdout") for text in (HEAD, 'second \\"line\\"')))
        assert event["body"] == 'hello\nsecond "line"'
        assert event["attributes"]["log.iostream"] == "stdout"

    def test_what_a_terminal_adds(self) -> None:
        (event,) = events(DOCKER.format(text=HEAD + "\\r", stream="stdout"))
        assert event["body"] == "hello"

    def test_more_members(self) -> None:
        (event,) = events(DOCKER.format(text=HEAD, stream="stdout")[:-1] + ',"attrs":{"tag":"nova"}}')
        assert event["body"] == "hello"

    def test_an_object_with_a_log_that_is_no_text_is_no_wrapper(self) -> None:
        line = '{"log":{"file":"x"},"level":"info","message":"hello","time":"2026-11-23T03:33:01Z"}'
        (event,) = events(line)
        assert event["source"]["format"] == "json.generic"


class TestSyslog:
    """syslog writes a record in one line, newlines escaped, and each program is a stream of its own."""

    def test_escaped_newlines(self) -> None:
        prefix = "2026-11-23 03:33:01.807 7 ERROR nova.api "
        lines = [f"{prefix}[-] Failed: KeyError: 'x'", *(prefix + line for line in TRACE), prefix]
        (event,) = events("Nov 23 03:33:02 cmp-01 nova-compute[7238]: " + "#012".join(lines))
        assert event["body"] == "Failed"
        assert event["attributes"]["exception.type"] == "KeyError"
        assert event["source"]["lines"] == 6

    def test_programs_that_write_in_turn(self) -> None:
        one, two = "Nov 23 03:33:02 cmp-01 nova-compute[1]: ", "Nov 23 03:33:02 cmp-01 nova-compute[2]: "
        first, second = events(one + HEAD, two + HEAD, one + "second of 1", two + "second of 2")
        assert [first["body"], second["body"]] == ["hello\nsecond of 1", "hello\nsecond of 2"]

    def test_the_pid_that_is_logged_is_more_exact_than_the_one_of_syslog(self) -> None:
        (event,) = events("Nov 23 03:33:02 cmp-01 nova-compute[7238]: " + HEAD)
        assert event["attributes"]["process.pid"] == 7

    def test_the_time_and_pid_of_what_has_none(self) -> None:
        (event,) = events("Nov 23 03:33:02 cmp-01 some-program[12]: something happened", year=2026)
        assert event["timestamp"] == "2026-11-23T03:33:02Z"
        assert event["attributes"] == {"syslog.program": "some-program", "process.pid": 12}


class TestApache:
    """Apache puts a time before each line of what an application prints, or all of its own head."""

    def test_workers_that_write_in_turn(self) -> None:
        one, two = WSGI.format(pid=11), WSGI.format(pid=12)
        turns = [line for pair in zip(TRACE, TRACE, strict=True) for line in (one + pair[0], two + pair[1])]
        first, second = events(*turns)
        assert [first["attributes"]["process.pid"], second["attributes"]["process.pid"]] == [11, 12]
        assert first["attributes"]["exception.stacktrace"] == second["attributes"]["exception.stacktrace"] == "\n".join(TRACE)

    def test_what_httpd_says_itself(self) -> None:
        own = "[Mon Nov 23 03:33:01.807125 2026] [core:notice] [pid 12:tid 140] AH00094: Command line: 'apache2'"
        first, second = events(WSGI.format(pid=12) + HEAD, own)
        assert [first["body"], second["source"]["format"]] == ["hello", "apache.error"]

    def test_a_wsgi_line_without_client(self) -> None:
        (event,) = events("[Mon Nov 23 03:33:01.807123 2026] [wsgi:error] [pid 12:tid 140] " + HEAD)
        assert event["body"] == "hello"


class TestPods:
    """`kubectl logs --prefix` and stern show several pods in one stream of text."""

    @pytest.mark.parametrize("wrapper", ["[pod/{}/nova-api] ", "{} nova-api "])
    def test_pods_in_turn(self, wrapper: str) -> None:
        one, two = wrapper.format("nova-api-0"), wrapper.format("nova-api-1")
        first, second = events(one + HEAD, two + HEAD, one + "second of 0", two + "second of 1")
        assert [first["body"], second["body"]] == ["hello\nsecond of 0", "hello\nsecond of 1"]
        assert [event["resource"]["k8s.pod.name"] for event in (first, second)] == ["nova-api-0", "nova-api-1"]


LOOKALIKES = [
    "nova compute 2026-11-23 of old",
    "[pod/with blanks/x] y",
    "http: proxy error",
    "Nov 23 it was cold: yes",
    '{"logger":"x"}',
]


@pytest.mark.parametrize("line", LOOKALIKES)
def test_what_only_looks_like_a_wrapper_stays(line: str) -> None:
    (event,) = events(HEAD, line)
    assert event["body"] == f"hello\n{line}"
    assert event["resource"] == {"service.name": "nova"}
