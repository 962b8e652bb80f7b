"""State transfer: what Galera's SST scripts and the tools they call write into the server's log.

WSREP_SST: [INFO] Streaming with mbstream (20170505 19:28:54.379)
2017/05/05 19:28:57 socat[60374] E connect(5, AF=2 10.0.0.1:4444, 16): Connection refused
[00] 2023-01-09 16:39:15 Connecting to MariaDB server host: localhost
"""

import re
from typing import ClassVar

from parsers.formats.headed import CLOCK, DIGITS, Headed, present, whole, word
from parsers.model import Fields
from parsers.timestamps import from_compact


class _Sst(Headed):
    """`wsrep_sst_common`: the time stands at the end, in the node's zone."""

    name = "galera.sst"
    starts = b"W"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"WSREP_SST: \[(?P<level>[A-Z]{3,9})\] (?P<text>.*?)"
        rb"(?: \((?P<time>[0-9]{8} " + CLOCK + rb"(?:\.[0-9]{1,9})?)\))?$"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            time=from_compact(word(head, "time") or ""),
            severity_text=word(head, "level"),
            attributes={"log.logger": "WSREP_SST"},
        )


class _Socat(Headed):
    """`socat`: F, E, W, N, I and D are its levels."""

    name = "galera.socat"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<year>[0-9]{4})/(?P<month>[0-9]{2})/(?P<day>[0-9]{2}) (?P<clock>" + CLOCK + rb"(?:\.[0-9]{1,9})?) "
        rb"socat\[(?P<pid>[0-9]{1,10})(?:\.[0-9]{1,20})?\] (?P<level>[FEWNID]) (?P<text>.*)"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            time=f"{word(head, 'year')}-{word(head, 'month')}-{word(head, 'day')}T{word(head, 'clock')}",
            severity_text=word(head, "level"),
            attributes=present(log__logger="socat", process__pid=whole(head, "pid")),
        )


class _Backup(Headed):
    """`mariadb-backup` and `xtrabackup`: the thread in brackets, then the time."""

    name = "galera.backup"
    starts = b"["
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"\[(?P<thread>[0-9]{2})\] (?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}) (?P<text>.*)"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(time=word(head, "time"), attributes=present(log__logger="mariabackup", thread__id=whole(head, "thread")))


GALERA_SST = _Sst()
GALERA_SOCAT = _Socat()
GALERA_BACKUP = _Backup()
