"""HAProxy: the HTTP and TCP logs (manual, 8.2.2 and 8.2.3), and what it says on standard error.

10.0.1.2:33317 [06/Feb/2009:12:14:14.655] web api/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"
10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0
[WARNING]  (31) : Server nova/srv002 is DOWN, reason: Layer4 connection problem, ...
[WARNING] 049/164958 (33386) : parsing [haproxy.cfg:38] : ...            before 2.4, with the day of the year
"""

import re
from typing import ClassVar

from parsers.formats.headed import CLOCK, MONTH, Headed, present, whole, word
from parsers.model import Fields
from parsers.timestamps import from_clf

_HEADER = (
    rb"(?:(?:<[0-9]{1,3}>)?(?:[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} (?:[^ \[]{1,255} )?)?"
    rb"haproxy\[(?P<pid>[0-9]{1,10})\]: )?"
)
_CONNECTION = (
    rb"(?P<text>(?P<address>[0-9a-fA-F.:]{2,45}|unix|-):(?P<port>[0-9]{1,5}) "
    rb"\[(?P<time>[0-9]{2}/" + MONTH + rb"/[0-9]{4}:" + CLOCK + rb"\.[0-9]{3})\] "
    rb"(?P<frontend>[^ ]{1,255}) (?P<backend>[^ /]{1,255})/(?P<server>[^ ]{1,255}) "
)


class _Connection(Headed):
    """One request, or one TCP connection such as a client's of Galera. A total time with `+` was written before the end."""

    name = "haproxy"
    starts = b"0123456789abcdefABCDEF<JMSOND:u-h"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        _HEADER
        + _CONNECTION
        + rb"(?:-?[0-9]{1,10}/){2,4}\+?(?P<total>[0-9]{1,10}) (?:(?P<status>-?[0-9]{1,3}) )?\+?[0-9]{1,20} "
        rb"(?:[^ ]{1,4096} ){0,2}(?P<state>[A-Za-z-]{2,4}) [^\"]*"
        rb'(?:"(?P<method>[A-Z]{1,20}) (?:https?://[^ /"]{1,255})?(?P<path>[^ ?"]{1,8192})[^"]*"?.*)?)'
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        status, seconds = whole(head, "status"), int(head["total"]) / 1000
        fields = Fields(
            time=from_clf(word(head, "time") or ""),
            attributes=present(
                process__pid=whole(head, "pid"),
                client__address=word(head, "address"),
                client__port=whole(head, "port"),
                http__request__method=word(head, "method"),
                url__path=word(head, "path"),
                http__response__status_code=status if status and status > 0 else None,
                haproxy__frontend=word(head, "frontend"),
                haproxy__backend=word(head, "backend"),
                haproxy__server=word(head, "server"),
                haproxy__termination_state=word(head, "state"),
            ),
            resource={"service.name": "haproxy"},
        )
        fields.attributes["haproxy.session.duration" if status is None else "http.server.request.duration"] = seconds
        return fields


class _Notice(Headed):
    """Standard error. Before 2.4 a warning could go on in indented lines."""

    name = "haproxy.notice"
    starts = b"["
    strong = False
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"\[(?P<level>EMERG|ALERT|CRIT|ERROR|ERR|WARNING|NOTICE|INFO|DEBUG|DIAG)\] *(?:[0-9]{3}/[0-9]{6} )?"
        rb"\((?P<pid>[0-9]{1,10})\) : (?P<text>.*)"
    )
    more = re.compile(rb"  ")

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            severity_text=word(head, "level"),
            attributes=present(process__pid=whole(head, "pid")),
            resource={"service.name": "haproxy"},
        )


class _State(Headed):
    """Changes of servers and proxies, which `log stdout format raw` prints without time and level."""

    name = "haproxy.state"
    starts = b"SBPb<JFMASONDh"
    strong = False
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        _HEADER + rb"(?P<text>(?:(?:Backup )?Server (?P<backend>[^ /]{1,255})/(?P<server>[^ ]{1,255}) (?:is|was|went|enters) "
        rb"|Health check for (?:backup )?server |Proxy [^ ]{1,255} (?:started|stopped)"
        rb"|backend [^ ]{1,255} has no server available!"
        rb").*)"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            attributes=present(
                process__pid=whole(head, "pid"), haproxy__backend=word(head, "backend"), haproxy__server=word(head, "server")
            ),
            resource={"service.name": "haproxy"},
        )


HAPROXY = _Connection()
HAPROXY_NOTICE = _Notice()
HAPROXY_STATE = _State()
