"""Ceph's daemons, also under Rook, where `debug ` stands in front.

debug 2021-06-22T13:49:35.721+0000 7f54ecaab080  0 set uid:gid to 652:997 (ceph:ceph)
2016-02-24 12:59:14.282459 7f9a8b7fe700  1 -- 10.0.0.1:0/123 messenger.start               before Nautilus
   -10> 2022-10-28T08:24:36.204+0000 ffff6765c600 -1 ...                                  replayed after a crash
"""

import re
from typing import ClassVar

from parsers.formats.headed import Headed, word
from parsers.model import Fields

_INNER = re.compile(r"log_channel\([a-z]+\) log \[(?P<channel>[A-Z]{3})\] |\[(?P<module>[a-z_-]+) (?P<level>[A-Z]+) ")
"""Two things inside the text know a severity: the cluster log, and the manager's Python modules."""


class _Ceph(Headed):
    """The number before the text is no severity: -1 is an error, 0 and 1 are told always, more is for debugging."""

    name = "ceph"
    starts = b"0123456789d "
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?:debug ?)?(?: {0,8}-?[0-9]{1,6}> )?"
        rb"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3,6}(?:[+-][0-9]{4})?) "
        rb"(?P<thread>[0-9a-f]{8,16}) (?P<priority>[ -][0-9]|[0-9]{2}) (?P<text>.*)"
    )
    # statistics of RocksDB and reports of a crash: tables and backtraces without a prefix
    more = re.compile(
        rb"[ \t]|\*\* |\*\*\* Caught signal|---|Level |Priority |Sum |Int |L[0-9]|User |Uptime\(|Flush\(|AddFile\("
        rb"|Cumulative |Interval |Stalls\(|Block cache |Estimated |File Read|/[^ ]{1,300}: (?:In function |[0-9]{1,7}: )"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        priority = int(head["priority"])
        inner = _INNER.search((word(head, "text") or "")[:200])
        fields = Fields(time=word(head, "time"), attributes={"ceph.thread": word(head, "thread"), "ceph.priority": priority})
        fields.resource = {"service.name": "ceph"}
        if inner:
            fields.severity_text = inner["channel"] or inner["level"]
            fields.attributes |= {"log.logger": inner["module"]} if inner["module"] else {}
        else:
            fields.severity_number = 17 if priority < 0 else 9 if priority <= 1 else 5
        return fields


CEPH = _Ceph()
