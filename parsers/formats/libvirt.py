"""libvirt's daemons: `2022-02-24 09:02:36.814+0000: 10232: error : virNetlinkEventServiceStart:1087 : text`.

Source: `virLogFormatString` in `src/util/virlog.c`. The offset is always +0000.
"""

import re
from typing import ClassVar

from parsers.formats.headed import DIGITS, Headed, present, whole, word
from parsers.model import Fields, Record

_QEMU_LINE = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z (?:/[^ ]{0,200})?qemu")


class _Libvirt(Headed):
    """XML, JSON and what qemu said come as further lines of a message."""

    name = "libvirt"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}[+-][0-9]{4}): (?P<thread>[0-9]{1,20}): "
        rb"(?P<level>debug|info|warning|error) : (?:(?P<function>[A-Za-z_][A-Za-z0-9_]{0,120}):(?P<line>[0-9]{1,7}) : )?"
        rb"(?P<text>.*)"
    )
    more = re.compile(rb"[ \t<{}]")

    def claims(self, record: Record, line: bytes) -> bool:
        """A message quotes the last words of a qemu that died, each line with qemu's own time.

        2022-07-20 06:13:31.111+0000: 54: error : qemuProcessReportLogError:2097 : internal error: qemu unexpectedly closed
        the monitor: 2022-07-20T06:13:31.090440Z qemu-system-x86_64: -accel kvm: ...     (one line with the above)
        2022-07-20T06:13:31.090583Z qemu-system-x86_64: failed to initialize kvm
        """
        if _QEMU_LINE.match(line) is None:
            return False
        return b"monitor: " in record.lines[0].data and _QEMU_LINE.search(record.lines[-1].data) is not None

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            time=word(head, "time"),
            severity_text=word(head, "level"),
            attributes=present(
                thread__id=whole(head, "thread"),
                code__function__name=word(head, "function"),
                code__line__number=whole(head, "line"),
            ),
            resource={"service.name": "libvirt"},
        )


LIBVIRT = _Libvirt()
