"""uWSGI: request lines, and what the server itself says, in the order of its life.

Source: `uwsgi_logit_simple` in core/logging.c, and the `uwsgi_log(...)` texts of core/ and plugins/python. Request lines and
verbose lines (`ctime - message`) have a time; all others have none. So the lines are in two formats: those that nothing else
would ever print are recognised everywhere, as they come between the lines of the service's own log; the sentences of the
start (`nodename: vm`, `os: Linux-6`) only where no other record is open.
"""

import re
from typing import Any, ClassVar

from parsers.formats.base import Format, joined
from parsers.formats.headed import whole, word
from parsers.formats.uwsgi_texts import CTIME, FRAME, PLAIN, SEVERITIES, UNMISTAKABLE
from parsers.model import Fields, Record, decode
from parsers.request_lines import client_attributes, severity_of, target_attributes
from parsers.timestamps import from_ctime


class _Request(Format):
    """`[pid: P|app: A|req: i/n] address (user) {V vars in B bytes} [ctime] METHOD uri => generated B bytes in T msecs (...)`.

    A line over 4,096 bytes is replaced by a short one, with `0.0.0.0` for the address and `-` for method, URI and protocol.
    """

    name = "uwsgi.request"
    starts = b"[{"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?:\{[a-z ]+: [0-9]+ bytes/[0-9]+MB\} ){0,4}"  # `memory-report`
        rb"\[pid: (?P<pid>[0-9]{1,18})\|app: (?P<app>-?[0-9]{1,18})\|req: -?[0-9]+/[0-9]+\] (?P<client>[^(]{0,400}?) "
        rb"\((?P<user>[^)]*)\) "
        rb"\{[0-9]+ vars in [0-9]+ bytes\} \[(?P<time>" + CTIME + rb")\] (?P<text>(?P<method>[^ ]*) (?P<target>.*?) "
        # a request that was no HTTP: `[Mon Nov 23 15:55:27 2026]   => generated 0 bytes in 0 msecs ( 500) 0 headers …`
        rb"=> generated (?P<size>[0-9]{1,18}) bytes in (?P<duration>[0-9]{1,18}) (?P<unit>msecs|micros)(?: via [a-z]+\(\))? "
        rb"\((?:HTTP/(?P<version>[0-9.]+)|[^ ]*) (?P<status>[0-9]{1,3})\) [0-9]+ headers in [0-9]+ bytes "
        rb"\([0-9]+ switches on core [0-9]+\))$"
    )

    def fields(self, record: Record) -> Fields:
        """The body is the line behind its time; the time is that of the request's begin."""
        head = self.pattern.match(record.lines[0].data)
        if head is None:
            raise ValueError(f"no request line of uWSGI: {record.lines[0].data[:80]!r}")
        short = head["method"] == b"-"
        return Fields(
            body=decode(head["text"]),
            time=from_ctime(decode(head["time"])),
            severity_number=severity_of(int(head["status"])),
            attributes={**self._measured(head), **({} if short else self._asked(head))},
            profile="short" if short else None,
        )

    @staticmethod
    def _measured(head: re.Match[bytes]) -> dict[str, Any]:
        return {
            "process.pid": whole(head, "pid"),
            "uwsgi.app": whole(head, "app"),
            "http.response.status_code": int(head["status"]),
            "http.response.body.size": int(head["size"]),
            "http.server.request.duration": int(head["duration"]) / (1_000 if head["unit"] == b"msecs" else 1_000_000),
        }

    @staticmethod
    def _asked(head: re.Match[bytes]) -> dict[str, Any]:
        asked = {
            **client_attributes(decode(head["client"])),
            "user.name": word(head, "user"),
            "http.request.method": word(head, "method"),
            **target_attributes(decode(head["target"])),
            "network.protocol.version": word(head, "version"),
        }
        return {name: value for name, value in asked.items() if value}


_NUMBERS = re.compile(rb"\b(?:(?:new )?pid: |uWSGI process |backtrace of )(?P<pid>[0-9]{1,18})|signal (?P<signal>[0-9]{1,18})")
_WORKER = re.compile(rb"(?i:\bworker) (?P<worker>[0-9]{1,18})")
_STARTING = re.compile(rb"\*\*\* Starting uWSGI (?P<version>\S+) .*\[(?P<time>" + CTIME + rb")\]")


class _Server(Format):
    """The base of both formats: severity, numbers and time are read off the text."""

    verbose: ClassVar[re.Pattern[bytes]] = re.compile(rb"^(?P<time>" + CTIME + rb") - ", re.MULTILINE)

    def fields(self, record: Record) -> Fields:
        """The body is all the lines, without their times."""
        text = joined(record.lines).rstrip(b"\n ")
        front = self.verbose.match(text)
        message = self.verbose.sub(b"", text) if front else text
        starting = _STARTING.match(message)
        timed = front or starting
        fields = Fields(
            body=decode(message),
            time=from_ctime(decode(timed["time"])) if timed else None,
            severity_number=next((number for number, pattern in SEVERITIES if pattern.match(message)), 9),
            attributes=_numbers_of(message.partition(b"\n")[0]),
        )
        if starting:
            fields.attributes["uwsgi.version"] = decode(starting["version"])
        return fields


def _numbers_of(line: bytes) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    worker = _WORKER.search(line)
    if worker:
        numbers["uwsgi.worker"] = int(worker["worker"])
    for found in _NUMBERS.finditer(line):
        numbers["process.pid" if found["pid"] else "process.signal"] = int(found["pid"] or found["signal"])
    return numbers


class _Log(_Server):
    """Lines that only uWSGI prints. A crash is one record with its backtrace, so is the end of a worker that took too long."""

    name = "uwsgi.log"
    starts = b"*!.-DGHORSWFMT[bgimsuw"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(b"|".join(UNMISTAKABLE))

    def continues(self, record: Record, line: bytes) -> bool:
        """A backtrace goes on to its last line; the state of a killed worker's system call has no time."""
        first = record.lines[0].data
        if first.startswith((b"!!! uWSGI process ", b"*** backtrace of ")):
            return record.lines[-1].data != b"*** end of backtrace ***" and _BACKTRACE.match(line) is not None
        return False

    def claims(self, record: Record, line: bytes) -> bool:
        """All that is told of one killed worker: it begins with `*** HARAKIRI ON`, and ends with `end of worker N status`."""
        first, last = record.lines[0].data, record.lines[-1].data
        if first.startswith(b"!!! uWSGI process "):
            return line.startswith(b"*** backtrace of ") and len(record.lines) == 1
        return (
            b"*** HARAKIRI ON WORKER " in first and b"!!! end of worker " not in last and _MORE_HARAKIRI.match(line) is not None
        )


_BACKTRACE = re.compile(rb"\*\*\* end of backtrace \*\*\*$|" + FRAME)
_SETTING = re.compile(rb"[a-z][\w-]* = |\[[\w:-]+\]$|;")
_MORE_HARAKIRI = re.compile(rb"(?:" + CTIME + rb" - )?HARAKIRI")


class _Start(_Server):
    """The sentences of the start and the end, the configuration and the counters that signals print."""

    name = "uwsgi.start"
    strong = False
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(b"|".join(PLAIN))

    def continues(self, record: Record, line: bytes) -> bool:
        """The configuration goes on to `;end of configuration`, the counters while lines are indented or ruled."""
        first = record.lines[0].data
        if first == b";uWSGI instance configuration":
            return record.lines[-1].data != b";end of configuration" and _SETTING.match(line) is not None
        return first.startswith(b"\tworkers") and line.startswith((b"\tworker", b"-----------------"))


UWSGI_REQUEST = _Request()
UWSGI_LOG = _Log()
UWSGI_START = _Start()
