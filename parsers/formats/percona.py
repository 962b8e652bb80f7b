"""Percona XtraDB Cluster 8 and MySQL 5.7 and later: `2024-12-27T16:21:30.327454Z 0 [Note] [MY-238664] [Galera] text`.

The server's further lines are bare, as MariaDB's.
"""

import re
from typing import ClassVar

from parsers.formats.headed import DIGITS, Headed, present, whole, word
from parsers.formats.mariadb import belongs_to_server, subsystem
from parsers.model import Fields, Record


class _Error(Headed):
    """Error code and subsystem are missing in 5.7, which names the subsystem in the text."""

    name = "percona.error"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}(?:Z|[+-][0-9]{2}:[0-9]{2})) "
        rb"(?P<thread>[0-9]{1,20}) \[(?P<level>Note|Warning|ERROR|System)\]"
        rb"(?: \[(?P<code>MY-[0-9]{6})\] \[(?P<subsystem>[A-Za-z0-9_-]{1,40})\])? ?(?P<text>.*)"
    )

    def continues(self, record: Record, line: bytes) -> bool:  # noqa: ARG002
        return belongs_to_server(line)

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            time=word(head, "time"),
            severity_text=word(head, "level"),
            attributes=present(
                log__logger=word(head, "subsystem") or subsystem(word(head, "text") or ""),
                mariadb__connection_id=whole(head, "thread"),
                db__response__status_code=word(head, "code"),
            ),
        )


PERCONA_ERROR = _Error()
