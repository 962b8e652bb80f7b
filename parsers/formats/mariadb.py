"""MariaDB's error log, the entrypoint of its image, mysqld_safe, and crash reports.

2019-12-31  3:38:51 0 [Note] WSREP: ...                  server; the hour is padded by a blank
2023-07-17 21:34:13+00:00 [Note] [Entrypoint]: ...       docker-entrypoint.sh
150127 20:28:11 mysqld_safe ...                          the supervising script
220809 12:56:48 [ERROR] mysqld got signal 6 ;            the signal handler, then some hundred lines of report
"""

import re
from typing import ClassVar

from parsers.formats.headed import DIGITS, INDENTED, Headed, present, whole, word
from parsers.model import Fields, Record
from parsers.timestamps import from_compact

FOREIGN = re.compile(rb"\++ [^ ]|Traceback \(most recent call last\)|/bin/|[a-z]{1,20}: ")
"""What others write to the same standard error: `set -x`, Python, and commands of scripts (`cat: no such file`).

All else between two first lines is the server's: Galera's views and quorum results, InnoDB's deadlock dumps, SQL.
"""

_SERVICE = {"service.name": "mariadb"}


def belongs_to_server(line: bytes) -> bool:
    """Whether an unprefixed line after a server's message is part of it."""
    return FOREIGN.match(line) is None


def subsystem(text: str) -> str | None:
    """`WSREP`, `InnoDB` or another first word that names who speaks, as in `WSREP: Quorum results:`."""
    name, colon, _ = text.partition(": ")
    return name if colon and name.isalnum() and len(name) < 20 and not name.isdecimal() else None


class _Error(Headed):
    """The server's own lines; from an InnoDB assertion on, the thread is hexadecimal and the level missing.

    2020-12-01  0:08:13 0x7fcb6cb3c700  InnoDB: Assertion failure in file ...
    """

    name = "mariadb.error"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}) (?P<clock>[ 0-9][0-9]:[0-9]{2}:[0-9]{2}) "
        rb"(?:(?P<thread>[0-9]{1,20}) \[(?P<level>Note|Warning|ERROR)\]|0x[0-9a-f]{1,16} (?= InnoDB: )) ?(?P<text>.*)"
    )

    def continues(self, record: Record, line: bytes) -> bool:  # noqa: ARG002
        return belongs_to_server(line)

    def read(self, head: re.Match[bytes]) -> Fields:
        level = word(head, "level")
        return Fields(
            time=f"{word(head, 'date')}T{head['clock'].decode().replace(' ', '0')}",
            severity_text=level,
            severity_number=None if level else 21,
            attributes=present(log__logger=subsystem(word(head, "text") or ""), mariadb__connection_id=whole(head, "thread")),
            resource=dict(_SERVICE),
        )


class _Entrypoint(Headed):
    """`docker-entrypoint.sh` of the official images; MySQL's and Percona's have the same lines."""

    name = "mariadb.entrypoint"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}) "
        rb"\[(?P<level>Note|Warn|ERROR)\] \[Entrypoint\]: (?P<text>.*)"
    )
    more = INDENTED

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(time=word(head, "time"), severity_text=word(head, "level"), attributes={"log.logger": "Entrypoint"})


class _Safe(Headed):
    """`mysqld_safe` and `mariadbd-safe`; the time is `date +%y%m%d` before MySQL 8."""

    name = "mariadb.safe"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?:(?P<short>[0-9]{6} [0-9]{2}:[0-9]{2}:[0-9]{2})"
        rb"|(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{1,6}Z)) "
        rb"(?P<program>mysqld_safe|mariadbd-safe) (?P<text>.*)"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(time=word(head, "time") or _short_time(head), attributes={"log.logger": word(head, "program")})


class _Crash(Headed):
    """The report of a fatal signal. It is prose with blank lines, ends by the kernel's version, and the server is gone then.

    `00:08:13 UTC - mysqld got signal 6 ;` is MySQL's form, without a date. Whatever the level says, this is fatal.
    """

    name = "mariadb.crash"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?:(?P<short>[0-9]{6} [ 0-9][0-9]:[0-9]{2}:[0-9]{2}) \[(?P<level>ERROR)\] "
        rb"|[0-9]{2}:[0-9]{2}:[0-9]{2} UTC - |(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z) UTC - )"
        rb"(?P<text>[^ ]{1,200} got (?:signal [0-9]{1,3} ;|exception 0x).*)"
    )

    def continues(self, record: Record, line: bytes) -> bool:  # noqa: ARG002
        return not record.lines[-1].data.startswith(b"Kernel version: ")

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(time=word(head, "time") or _short_time(head), severity_text=word(head, "level"), severity_number=21)


def _short_time(head: re.Match[bytes]) -> str | None:
    """ISO 8601 from `150127  0:28:11`, the group `short`; None where it took no part."""
    return from_compact(f"20{word(head, 'short')}")


MARIADB_ERROR = _Error()
MARIADB_ENTRYPOINT = _Entrypoint()
MARIADB_SAFE = _Safe()
MARIADB_CRASH = _Crash()
