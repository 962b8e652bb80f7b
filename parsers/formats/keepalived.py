"""keepalived: `Thu May 20 10:26:34 2021: (VI_1) Entering MASTER STATE` on the console, or syslog's form.

Source: `lib/logger.c`, `vlog_message`; the console's time is `strftime("%c")` in the C locale. No level is printed.
"""

import re
from typing import ClassVar

from parsers.formats.headed import CLOCK, MONTH, Headed, present, whole, word
from parsers.model import Fields
from parsers.timestamps import from_ctime, from_syslog

_DATE = MONTH + rb" [ 0-9][0-9] " + CLOCK


class _Console(Headed):
    """`--log-console`, as in a container."""

    name = "keepalived"
    starts = b"MTWFS"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<time>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) " + _DATE + rb" [0-9]{4}): (?P<text>.*)"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(time=from_ctime(word(head, "time") or ""))


class _Syslog(Headed):
    """`Jun 17 20:42:49 host Keepalived_vrrp[144285]: (VI_1) ...`; header and pid may have been taken off."""

    name = "keepalived.syslog"
    starts = b"JFMASONDK"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?:(?P<time>" + _DATE + rb") [^ ]{1,255} )?"
        rb"(?P<program>Keepalived(?:_vrrp|_healthcheckers|_bfd)?)(?:\[(?P<pid>[0-9]{1,10})\])?: (?P<text>.*)"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            time=from_syslog(word(head, "time") or ""),
            attributes=present(log__logger=word(head, "program"), process__pid=whole(head, "pid")),
            resource={"service.name": "keepalived"},
        )


KEEPALIVED = _Console()
KEEPALIVED_SYSLOG = _Syslog()
