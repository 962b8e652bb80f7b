r"""The log of one domain, `/var/log/libvirt/qemu/instance-0000002a.log`: libvirt's lines about it, and qemu's own.

    2018-12-06 08:06:35.409+0000: starting up libvirt version: 4.5.0, ...
    LC_ALL=C \
    /usr/libexec/qemu-kvm \
    -name guest=instance-0000002a,debug-threads=on \
    -msg timestamp=on
    2018-12-06T08:06:42.153855Z qemu-kvm: terminating on signal 15 from pid 273913 (/usr/sbin/libvirtd)
    2018-12-06 08:06:42.409+0000: shutting down, reason=shutdown

A line of libvirt's ordinary log, with a thread's number after the time, can stand between them and is of its own format.
"""

import re
from typing import ClassVar

from parsers.formats.headed import DIGITS, INDENTED, Headed, present, word
from parsers.model import Fields, Record

_PROGRAM = rb"(?P<program>(?:/[^ :]{1,200}/)?qemu[A-Za-z0-9_-]{0,40})"
_COMMAND = re.compile(rb"[A-Z][A-Z0-9_]{1,40}=|/|-[A-Za-z]")


class _Domain(Headed):
    """libvirt's lines. `starting up` is followed by the command line: environment, program, then an option on each line."""

    name = "qemu.domain"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}[+-][0-9]{4}): (?P<text>[A-Za-z].*)"
    )

    def continues(self, record: Record, line: bytes) -> bool:
        """Whether `line` is of the command line: a backslash before it, or (libvirt 7) its shape, tells."""
        if record.lines[-1].data.endswith(b"\\"):
            return True
        return b": starting up" in record.lines[0].data and _COMMAND.match(line) is not None

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(time=word(head, "time"))


class _Qemu(Headed):
    """qemu's lines under `-msg timestamp=on`, which libvirt always asks for."""

    name = "qemu.log"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z) " + _PROGRAM + rb": "
        rb"(?P<text>(?P<level>warning|error|info)?.*)"
    )
    more = INDENTED

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            time=word(head, "time"),
            severity_text=word(head, "level"),
            attributes=present(process__executable__name=word(head, "program")),
            resource={"service.name": "qemu"},
        )


class _Untimed(Headed):
    """The few lines of qemu that carry no time."""

    name = "qemu.untimed"
    starts = b"/cq"
    strong = False
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?:" + _PROGRAM + rb": |(?=char device redirected to ))(?P<text>(?P<level>warning|error|info)?.*)"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            severity_text=word(head, "level"),
            attributes=present(process__executable__name=word(head, "program")),
            resource={"service.name": "qemu"},
        )


QEMU_DOMAIN = _Domain()
QEMU_LOG = _Qemu()
QEMU_UNTIMED = _Untimed()
