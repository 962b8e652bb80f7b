r"""Apache httpd: access lines, the error log in httpd's own form, and what WSGI applications write through it.

httpd escapes what it logs (`ap_escape_logitem`, `ap_escape_errorlog_item` in server/util.c): a backslash as `\\`, bytes
that are no printable ASCII as `\xNN`, tabs as `\t`. That is undone here, except for control characters: those stay visible, as
a client who may send them could draw over a terminal, or forge lines.

With `ErrorLogFormat "%{cu}t %M"` (openstack-helm, kolla) or `"%M"` (RHOSO) nothing but a time stands before the message; the
layer that takes wrappers off lines knows them, and uses `inner_of` for httpd's own form.
"""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from parsers.formats.base import Format
from parsers.formats.headed import MONTH, present, whole, word
from parsers.model import Fields, Record, decode
from parsers.request_lines import client_attributes, request_attributes, severity_of
from parsers.timestamps import from_clf, from_ctime

_QUOTED = rb'"(?P<%b>(?>(?:[^"\\]|\\.)*))"'
_ESCAPED = re.compile(rb'\\(?:x([0-9a-f]{2})|([\\"t]))')
_LETTERS = {b"\\": b"\\", b'"': b'"', b"t": b"\t"}
_STARTS = b"-:_[" + b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CTIME = rb"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}(?:\.[0-9]{1,9})? [0-9]{4}"


def unescaped(text: bytes) -> bytes:
    """Text of a log as it was before httpd escaped it, control characters excepted."""
    return _ESCAPED.sub(_byte, text) if b"\\" in text else text


def _byte(found: re.Match[bytes]) -> bytes:
    if found[1] is None:
        return _LETTERS[found[2]]
    value = int(found[1], 16)
    return bytes([value]) if value >= 0x80 else found[0]


class _Access(Format):
    """The formats common, combined, vhost_combined, proxy (X-Forwarded-For as the address), RHOSO's `%Dμs` behind each."""

    name = "apache.access"
    starts = _STARTS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb'(?:(?P<host>[^\s":]{1,255}+):(?P<port>[0-9]{1,5}) )?'
        rb'(?P<client>[^\s",\[]{1,255}+(?>(?:, ?[^\s",\[]{1,255}+){0,16})) [^\s"\[]{1,255} (?P<user>[^"\[]{1,255}?) '
        rb"\[(?P<time>[0-9]{2}/" + MONTH + rb"/[0-9]{4}:[0-9:]{8} [+-][0-9]{4})\] "
        rb"(?P<text>" + _QUOTED % b"request" + rb" (?P<status>[0-9]{3}) (?P<size>[0-9]{1,18}|-)"
        rb"(?: "
        + _QUOTED % b"referer"
        + rb" "
        + _QUOTED % b"agent"
        + rb")?(?: (?P<micros>[0-9]{1,18})(?:\xce\xbc|\xc2\xb5|u)s)?.*)"
    )

    def fields(self, record: Record) -> Fields:
        """The body is the line behind its time, as httpd wrote it."""
        head = self.pattern.match(record.lines[0].data)
        if head is None:
            raise ValueError(f"no access line: {record.lines[0].data[:80]!r}")
        return Fields(
            body=decode(head["text"]),
            time=from_clf(decode(head["time"])),
            severity_number=severity_of(int(head["status"])),
            attributes=self._attributes(head),
        )

    @staticmethod
    def _attributes(head: re.Match[bytes]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "server.address": word(head, "host"),
            "server.port": whole(head, "port"),
            **client_attributes(decode(head["client"])),
            "user.name": word(head, "user"),
            **request_attributes(decode(unescaped(head["request"]))),
            "http.request.header.referer": decode(unescaped(head["referer"] or b"-")),
            "user_agent.original": decode(unescaped(head["agent"] or b"-")),
            "http.response.status_code": int(head["status"]),
            "http.response.body.size": None if head["size"] == b"-" else int(head["size"]),
            "http.server.request.duration": int(head["micros"]) / 1_000_000 if head["micros"] else None,
        }
        return {name: value for name, value in found.items() if value not in (None, "-")}


_FRONT = (
    rb"\[(?P<time>" + _CTIME + rb")\] \[(?:(?P<module>[\w-]*):)?(?P<level>[a-z]+[1-8]?)\] "
    rb"(?:\[pid (?P<pid>[0-9]{1,18})(?::tid (?P<tid>[0-9]{1,18}))?\] )?"
)
# daemon processes of mod_wsgi write `[remote …]`, and httpd puts the system's error in front of the client:
# `(2)No such file or directory: [client 127.0.0.1:45522] mod_wsgi (pid=31214): Unable to connect to WSGI daemon process 'x'`
_CLIENT = rb"(?:\[(?:client|remote) (?P<client>[^\]\s]+)\] )?"


class _Error(Format):
    """httpd's default `ErrorLogFormat`, 2.4 (`[module:level] [pid 1:tid 2]`) and 2.2 (`[level]`)."""

    name = "apache.error"
    starts = b"["
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        _FRONT + rb"(?:(?P<file>[\w./-]{1,100}\.c)\((?P<line>[0-9]+)\): )?"
        rb"(?P<system>\((?P<errno>[0-9]+)\)[^:\[]{1,100}: )?" + _CLIENT + rb"(?P<text>(?:(?P<code>AH[0-9]{5}): )?.*)"
    )

    def fields(self, record: Record) -> Fields:
        """The body is the message, the system's error in front of it, escapes undone."""
        head = self.pattern.match(record.lines[0].data)
        if head is None:
            raise ValueError(f"no line of an error log: {record.lines[0].data[:80]!r}")
        level = decode(head["level"])
        return Fields(
            body=decode(unescaped((head["system"] or b"") + head["text"])),
            time=from_ctime(decode(head["time"])),
            severity_text=level,
            severity_number=1 if level.startswith("trace") else None,
            attributes=self._attributes(head),
            resource={"service.name": "httpd"} if head["module"] is not None and head["module"] != b"wsgi" else {},
        )

    @staticmethod
    def _attributes(head: re.Match[bytes]) -> dict[str, Any]:
        client, port = decode(head["client"] or b""), None
        if head["module"] is not None and ":" in client:  # 2.2 logs no port, and the last word of an IPv6 address is none
            client, _, port = client.rpartition(":")
        found: dict[str, Any] = {
            "apache.module": word(head, "module"),
            "process.pid": whole(head, "pid"),
            "thread.id": whole(head, "tid"),
            "code.file.path": word(head, "file"),
            "code.line.number": whole(head, "line"),
            "apache.errno": whole(head, "errno"),
            "apache.code": word(head, "code"),
            "client.address": client or None,
            "client.port": int(port) if port and port.isdecimal() and len(port) <= 5 else None,
        }
        return {name: value for name, value in found.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class Inner:
    """What a WSGI application wrote through httpd: `text` is `line[len(prefix):]` unescaped, `time` ISO-like without zone."""

    prefix: bytes
    text: bytes
    time: str | None
    pid: int | None


_INNER = re.compile(_FRONT + _CLIENT)
# What mod_wsgi says in its own name, and httpd for it, has no other mark than its words.
_OWN = re.compile(
    rb"mod_wsgi \(pid=|AH[0-9]{5}: |\([0-9]+\)[A-Z]|(?:Timeout when reading|Truncated or oversized) response headers"
    rb"|End of script output before headers|Script timed out before returning headers|malformed header from script"
)


def inner_of(line: bytes) -> Inner | None:
    """The line that an application wrote, without httpd's fields; None where httpd or mod_wsgi itself speaks.

    httpd gives each line of a traceback its own time, but the pid of all is one. An application's lines are logged by
    mod_wsgi with the level `error`, whatever they say.
    """
    if not line.startswith(b"[") or b"[wsgi:error] " not in line[:64]:
        return None
    front = _INNER.match(line)
    if front is None or _OWN.match(line, front.end()):
        return None
    return Inner(front[0], unescaped(line[front.end() :]), from_ctime(decode(front["time"])), whole(front, "pid"))


class _Message(Format):
    """What httpd and mod_wsgi say themselves under `ErrorLogFormat "%{cu}t %M"`: no level, the time is the wrapper's."""

    name = "apache.message"
    starts = b"Am"
    pattern = re.compile(rb"AH[0-9]{5}: |mod_wsgi \(pid=(?P<pid>[0-9]{1,10})[,)]")

    def fields(self, record: Record) -> Fields:
        """The text as it is."""
        line = record.lines[0].data
        head = self.pattern.match(line)
        pid = whole(head, "pid") if head is not None else None
        return Fields(body=decode(unescaped(line)), attributes=present(process__pid=pid), resource={"service.name": "httpd"})


APACHE_ACCESS = _Access()
APACHE_MESSAGE = _Message()
APACHE_ERROR = _Error()
