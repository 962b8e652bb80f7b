"""What container runtimes, kubectl, syslog and Apache put around each line, and how it is taken off.

A wrapper is found by its shape on a line that no stream's format explains, and then expected on the lines that follow. It
tells which stream a line belongs to (lines of other streams stand in between), often a time, and sometimes that the line
goes on in the next one.
"""

import re
import string
from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

import orjson

from parsers.formats.apache import inner_of
from parsers.model import decode
from parsers.timestamps import from_syslog

DIGITS = b"0123456789"
_RFC3339 = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"


class Inner(NamedTuple):
    """What was inside of a wrapped line. `partial`: the line goes on in the next one of this stream.

    `stream` tells streams of one source apart.
    """

    stream: bytes
    data: bytes
    time: str | None = None
    partial: bool = False


class Wrapper(ABC):
    """One kind of wrapper. `sure` finds it where it is not expected; `unwrap` takes it off where it is.

    `starts` holds the bytes that a wrapped line can begin with.
    """

    name: ClassVar[str]
    starts: ClassVar[bytes]
    sure: ClassVar[re.Pattern[bytes]]

    @abstractmethod
    def unwrap(self, line: bytes) -> Inner | None:
        """The inside of a line (no newline at its end), None where this wrapper is not around it."""

    def describe(self, stream: bytes) -> tuple[dict[str, str], dict[str, Any]]:  # noqa: ARG002  some know nothing of it
        """Resource and attributes of all events of a stream."""
        return {}, {}


class Cri(Wrapper):
    r"""`<RFC 3339> stdout|stderr F|P <text>`: containerd, CRI-O. The latter keeps the `\r` of a terminal."""

    name = "cri"
    starts = DIGITS
    sure = re.compile(_RFC3339 + rb" (?:stdout|stderr) [FP](?:[ :]|$)", re.MULTILINE)
    _line = re.compile(rb"(" + _RFC3339 + rb") (stdout|stderr) ([FP])(?::\S*)?(?: (.*))?", re.DOTALL)

    def unwrap(self, line: bytes) -> Inner | None:
        """Time, stream, partial flag and text."""
        found = self._line.fullmatch(line)
        if found is None:
            return None
        time, stream, flag, data = found.groups(b"")
        return Inner(stream, data.removesuffix(b"\r"), time.decode(), flag == b"P")

    def describe(self, stream: bytes) -> tuple[dict[str, str], dict[str, Any]]:
        """Which of the two it is."""
        return {}, {"log.iostream": stream.decode()}


class DockerJson(Wrapper):
    r"""`{"log":"…\n","stream":"stdout","time":"…Z"}`: Docker's json-file driver. A text without newline goes on."""

    name = "docker-json"
    starts = b"{"
    sure = re.compile(rb'\{"log":"')

    def unwrap(self, line: bytes) -> Inner | None:
        """The three members; what is no such object is not wrapped."""
        try:
            members = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(members, dict) or not isinstance(members.get("log"), str):
            return None
        log, stream, time = members["log"], str(members.get("stream", "stdout")), members.get("time")
        data = log.encode()
        inside = data.removesuffix(b"\n").removesuffix(b"\r")
        whole = data.endswith(b"\n")
        return Inner(stream.encode(), inside, time if isinstance(time, str) else None, not whole)

    def describe(self, stream: bytes) -> tuple[dict[str, str], dict[str, Any]]:
        """Which of the two it is."""
        return {}, {"log.iostream": stream.decode()}


class KubectlPrefix(Wrapper):
    """`[pod/NAME/CONTAINER] <text>`: `kubectl logs --prefix`, with the time of `--timestamps` behind it."""

    name = "kubectl-prefix"
    starts = b"["
    sure = re.compile(rb"\[pod/[-a-z0-9.]{1,253}/[-a-z0-9.]{1,253}\] ")
    _line = re.compile(rb"\[pod/([-a-z0-9.]{1,253})/([-a-z0-9.]{1,253})\] ?(?:(" + _RFC3339 + rb") )?(.*)", re.DOTALL)

    def unwrap(self, line: bytes) -> Inner | None:
        """Pod, container, time and text."""
        found = self._line.fullmatch(line)
        if found is None:
            return None
        pod, container, time, data = found.groups()
        return Inner(pod + b"/" + container, data, time.decode() if time else None)

    def describe(self, stream: bytes) -> tuple[dict[str, str], dict[str, Any]]:
        """The names of pod and container."""
        pod, _, container = stream.decode().partition("/")
        return {"k8s.pod.name": pod, "k8s.container.name": container}, {}


class Stern(Wrapper):
    """`POD CONTAINER <text>`: stern. Only sure where a time stands behind the two names."""

    name = "stern"
    starts = string.ascii_lowercase.encode() + DIGITS
    sure = re.compile(
        rb"(?=\S*[a-z])[a-z0-9][-a-z0-9.]{0,252}-[a-z0-9]{1,63} [a-z0-9][-a-z0-9]{0,62} (?=\d{4}-\d\d-\d\d[ T]\d\d:\d\d)"
    )
    _line = re.compile(
        rb"(?=\S*[a-z])([a-z0-9][-a-z0-9.]{0,252}-[a-z0-9]{1,63}) ([a-z0-9][-a-z0-9]{0,62})(?: (.*))?", re.DOTALL
    )

    def unwrap(self, line: bytes) -> Inner | None:
        """Pod, container and text."""
        found = self._line.fullmatch(line)
        if found is None:
            return None
        pod, container, data = found.groups(b"")
        return Inner(pod + b"/" + container, data)

    def describe(self, stream: bytes) -> tuple[dict[str, str], dict[str, Any]]:
        """The names of pod and container."""
        pod, _, container = stream.decode().partition("/")
        return {"k8s.pod.name": pod, "k8s.container.name": container}, {}


class KubectlTimestamps(Wrapper):
    """`<RFC 3339 with nanoseconds> <text>`: `kubectl logs --timestamps`."""

    name = "kubectl-timestamps"
    starts = DIGITS
    sure = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7,9}(?:Z|[+-]\d\d:\d\d) (?!stdout |stderr )")
    _line = re.compile(rb"(" + _RFC3339 + rb") ?(.*)", re.DOTALL)

    def unwrap(self, line: bytes) -> Inner | None:
        """Time and text."""
        found = self._line.fullmatch(line)
        return Inner(b"", found[2], found[1].decode()) if found else None


class Syslog(Wrapper):
    """`Nov 23 03:33:01 host prog[pid]: <text>`: rsyslog files and `journalctl`. Each program is a stream of its own.

    The lines of haproxy and keepalived are left to their formats, which read them whole. eventlet/eventlet#432 shows
    the form without time and host: `nova-compute[7238]: Traceback (most recent call last):`.
    """

    name = "syslog"
    starts = string.ascii_letters.encode() + DIGITS + b"<"
    _time = rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
    _service = rb"(?:nova|neutron|cinder|glance|keystone|heat|octavia|placement|ironic|magnum|manila|designate|barbican)"
    sure = re.compile(
        rb"(?:(?:<\d{1,3}>)?(" + _time + rb") ([^\s:\[]{1,255}) (?!Keepalived|haproxy\[)([-\w./]{1,200})(?:\[(\d{1,10})\])?"
        rb"|()()(" + _service + rb"-[-\w]{1,100})\[(\d{1,10})\]): ?"
    )

    def unwrap(self, line: bytes) -> Inner | None:
        """Time, host, program, pid and text, in which rsyslog wrote newlines as `#012`."""
        found = self.sure.match(line)
        if found is None:
            return None
        groups = found.groups(b"")
        time, host, program, pid = groups[:4] if groups[2] else groups[4:]
        when = time.decode() if time[:1].isdigit() else from_syslog(time.decode())
        return Inner(b"%b %b %b" % (host, program, pid), line[found.end() :].replace(b"#012", b"\n"), when)

    def describe(self, stream: bytes) -> tuple[dict[str, str], dict[str, Any]]:
        """Host, program and pid."""
        host, program, pid = decode(stream).split(" ", 2)
        attributes: dict[str, Any] = {"syslog.program": program}
        if pid:
            attributes["process.pid"] = int(pid)
        return {"host.name": host} if host else {}, attributes


class ApacheTime(Wrapper):
    """`2020-07-29 14:25:10.333697 <text>`: `ErrorLogFormat "%{cu}t %M"` of openstack-helm and kolla, a time for every line."""

    name = "apache-time"
    starts = DIGITS
    sure = re.compile(
        rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} "
        rb"(?=Traceback |  File |mod_wsgi |AH\d{5}|\d{4}-\d\d-\d\d \d"
        rb"|\d+ [A-Z]+ [\w.]+ \[|[A-Z]{4,8} [\w.]+ |/\S+:\d+: \w+Warning)"
    )
    _line = re.compile(rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}) ?(.*)", re.DOTALL)

    def unwrap(self, line: bytes) -> Inner | None:
        """Time and text."""
        found = self._line.fullmatch(line)
        return Inner(b"", found[2], found[1].decode()) if found else None


class ApacheError(Wrapper):
    """`[ctime] [wsgi:error] [pid N:tid N] [client …] <text>`: httpd's default, around each line that mod_wsgi passes on."""

    name = "apache-error"
    starts = b"["
    sure = re.compile(rb"\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:.]+ \d{4}\] \[wsgi:\w+\] ")

    def unwrap(self, line: bytes) -> Inner | None:
        """Time, pid and text of a line of mod_wsgi's; lines of httpd itself are a format of their own."""
        found = inner_of(line) if self.sure.match(line) else None
        if found is None:
            return None
        return Inner(b"" if found.pid is None else b"%d" % found.pid, found.text, found.time)

    def describe(self, stream: bytes) -> tuple[dict[str, str], dict[str, Any]]:
        """The pid of the process that httpd names."""
        return {}, {"process.pid": int(stream)} if stream else {}


WRAPPERS: tuple[Wrapper, ...] = (
    Cri(),
    DockerJson(),
    KubectlPrefix(),
    Stern(),
    KubectlTimestamps(),
    Syslog(),
    ApacheTime(),
    ApacheError(),
)
"""In the order of trying; one may stand inside of another."""
