"""klog and glog, the format of Kubernetes' own components: `I0412 12:00:00.123456       1 file.go:12] msg`, without a year."""

import re
from typing import ClassVar

from parsers.formats.headed import Headed, present, whole, word
from parsers.model import Fields


class _Klog(Headed):
    """A panic is told with its goroutines' stacks on further lines; a structured value of many lines is indented."""

    name = "klog"
    starts = b"IWEFD"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<level>[IWEFD])(?P<month>[0-9]{2})(?P<day>[0-9]{2}) (?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}) "
        rb"+(?P<pid>[0-9]{1,10}) (?P<file>[^ :\]]{1,200}):(?P<line>[0-9]{1,7})\] ?(?P<text>.*)"
    )
    more = re.compile(
        rb"[ \t]|goroutine [0-9]|created by |panic[:(]|/[^ ]{1,300}\.(?:go|s):[0-9]|[A-Za-z0-9_./*(){}-]{3,200}\(.*\)$"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            time=f"--{word(head, 'month')}-{word(head, 'day')}T{word(head, 'clock')}",
            severity_text=word(head, "level"),
            attributes=present(
                process__pid=whole(head, "pid"),
                code__file__path=word(head, "file"),
                code__line__number=whole(head, "line"),
            ),
        )


KLOG = _Klog()
