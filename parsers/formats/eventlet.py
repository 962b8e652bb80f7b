"""eventlet.wsgi where it logs to standard error itself: access lines, refused requests, and what the server says of itself.

Source: `eventlet/wsgi.py`, `DEFAULT_LOG_FORMAT`, and `log_message` of the standard library's http.server under it. Through a
logger the same texts stand behind an oslo prefix, and are not this format.
"""

import re
from typing import ClassVar

from parsers.formats.base import Format
from parsers.formats.headed import MONTH, whole
from parsers.model import Fields, Record, decode
from parsers.request_lines import client_attributes, http_attributes, severity_of
from parsers.timestamps import from_clf

# nova's and neutron's `wsgi_log_format`, no time: `10.8.120.199 "GET /v2 HTTP/1.1" status: 200 len: 1849 time: 0.2477829`
_LABELLED = rb'[^\s"\[]{1,400} "[A-Z]{1,32} [^"]{1,8192}" status: [0-9]{3} +len: [0-9]+ time: [0-9.]+$'


class _Wsgi(Format):
    """`127.0.0.1 - - [23/Nov/2026 03:48:52] "GET / HTTP/1.1" 200 131 0.000092`, and `(15956) wsgi starting up on http://…`."""

    name = "eventlet.wsgi"
    starts = b"(0123456789abcdefABCDEF:u"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"\((?P<pid>[0-9]{1,10})\) (?P<said>wsgi starting up on .*|accepted .*|wsgi exited, .*|wsgi exiting)$"
        rb"|(?P<client>[^\s\"\[]{1,400}) - - \[(?P<time>[0-9]{2}/" + MONTH + rb"/[0-9]{4} [0-9:]{8})\] "
        # what no HTTP was has two lines: `code 400, message Bad HTTP/0.9 request type ('HELO')` and `"HELO there" 400 -`
        rb"(?P<text>\".*\" (?P<status>[0-9]{3}) (?:[0-9]+|-|None)(?: [0-9.]+)?$|code (?P<code>[0-9]{3}), message .*)"
        rb"|(?P<labelled>" + _LABELLED + rb")"
    )

    def fields(self, record: Record) -> Fields:
        """The body is the line behind its time; the server's own lines have no time."""
        data = record.lines[0].data
        head = self.pattern.match(data)
        if head is None:
            raise ValueError(f"no line of eventlet: {data[:80]!r}")
        if head["pid"]:
            return Fields(body=decode(head["said"]), severity_number=9, attributes={"process.pid": whole(head, "pid")})
        attributes = http_attributes(decode(data)) or client_attributes(decode(head["client"]))
        status = int(head["status"] or head["code"] or attributes["http.response.status_code"])
        return Fields(
            body=decode(head["text"] or data),
            time=from_clf(decode(head["time"])) if head["time"] else None,
            severity_number=severity_of(status),
            attributes={**attributes, "http.response.status_code": status},
        )


EVENTLET_WSGI = _Wsgi()
