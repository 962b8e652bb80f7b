"""Open vSwitch and OVN: the vlog lines of ovs-vswitchd, ovsdb-server, ovn-northd and ovn-controller.

Source: `include/openvswitch/vlog.h` (the default patterns of the console, file and syslog destinations).
"""

import re
from typing import ClassVar

from parsers.formats.headed import DIGITS, INDENTED, Headed, present, whole, word
from parsers.model import Fields

_RECORD = (
    rb"\|(?P<sequence>[0-9]{5,10})\|(?P<module>[a-z0-9_]+)(?:\((?P<thread>[^)|]*)\))?"
    rb"\|(?P<level>EMER|ERR|WARN|INFO|DBG)\|(?P<text>.*)"
)


class _Vlog(Headed):
    """What the destinations share. A message with more lines (a flow dump) has them indented."""

    more = INDENTED

    def read(self, head: re.Match[bytes]) -> Fields:
        module, thread = word(head, "module"), word(head, "thread")
        service = _service(module or "", thread or "")
        return Fields(
            severity_text=word(head, "level"),
            attributes=present(log__logger=module, ovs__thread=thread, ovs__sequence=whole(head, "sequence")),
            resource={"service.name": service} if service else {},
        )


class _TimedVlog(_Vlog):
    """File (`2026-11-23T05:12:34.648Z|00001|vlog|INFO|...`) and console, which has no milliseconds."""

    name = "ovs.vlog"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z)" + _RECORD
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        fields = super().read(head)
        fields.time = word(head, "time")
        return fields


class _SyslogVlog(_Vlog):
    """The syslog destination: `ovs|00052|poll_loop|INFO|...`, its tag (`ovs-vswitchd: `) in front where nobody took it off."""

    name = "ovs.syslog"
    starts = b"o"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?:(?P<program>ov[a-z0-9-]{1,30})(?:\[(?P<pid>[0-9]{1,10})\])?: )?ovs" + _RECORD
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        fields = super().read(head)
        fields.attributes |= present(process__executable__name=word(head, "program"), process__pid=whole(head, "pid"))
        return fields


def _service(module: str, thread: str) -> str | None:
    """Which of the two the modules of only one of them prove; `reconnect`, `memory` and many others are in both."""
    if module.startswith("ovn") or thread.startswith("ovn") or module in {"pinctrl", "acl_log", "northd", "binding"}:
        return "ovn"
    if module.startswith(("ofproto", "dpif", "bridge", "connmgr")):
        return "openvswitch"
    return None


OVS_VLOG = _TimedVlog()
OVS_SYSLOG = _SyslogVlog()
