"""dnsmasq, neutron's DHCP server: `[Mmm dd HH:MM:SS ][<prio>]dnsmasq-dhcp[36068]: DHCPOFFER(eth0) 10.43.75.81 ...`.

Source: `log.c`. The time is left out when it logs to standard error without forking; it never has a year.
"""

import re
from typing import ClassVar

from parsers.formats.headed import CLOCK, MONTH, Headed, present, whole, word
from parsers.model import Fields
from parsers.timestamps import from_syslog

_TIME = rb"(?P<time>" + MONTH + rb" [ 0-9][0-9] " + CLOCK + rb") (?:[^ :\[]{1,255} )?"
_PROGRAM = rb"dnsmasq(?:-(?P<part>[a-z]{1,10}))?(?:\[(?P<pid>[0-9]{1,10})\])?: (?P<text>.*)"


class _Untimed(Headed):
    """Only the program's name tells it, so it yields to any record that wants the line."""

    name = "dnsmasq.untimed"
    starts = b"d<"
    strong = False
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(rb"(?:<[0-9]{1,3}>)?" + _PROGRAM)

    def read(self, head: re.Match[bytes]) -> Fields:
        part = word(head, "part")
        return Fields(
            attributes=present(log__logger=f"dnsmasq-{part}" if part else "dnsmasq", process__pid=whole(head, "pid")),
            resource={"service.name": "dnsmasq"},
        )


class _Timed(_Untimed):
    """With syslog's time, and a host where syslog added one."""

    name = "dnsmasq"
    starts = b"JFMASOND"
    strong = True
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(_TIME + _PROGRAM)

    def read(self, head: re.Match[bytes]) -> Fields:
        fields = super().read(head)
        fields.time = from_syslog(word(head, "time") or "")
        return fields


DNSMASQ = _Timed()
DNSMASQ_UNTIMED = _Untimed()
