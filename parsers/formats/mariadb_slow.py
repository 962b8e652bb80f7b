"""The slow query log of MariaDB, MySQL and Percona Server: blocks of `# ` lines, then the statement.

    # Time: 261123  5:17:35                      only where it differs from the block before
    # User@Host: placement[placement] @ localhost [127.0.0.1]
    # Thread_id: 64  Schema: placement  QC_hit: No
    # Query_time: 1.468774  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0
    use `placement`;
    SET timestamp=1795411055;
    COMMIT;

The file holds nothing else, so a statement may be as long and as odd as it likes. `SET timestamp` is when the statement
began; it is in every block and knows no time zone, so it is preferred to `# Time`.
"""

import re
from typing import ClassVar

from parsers.formats.base import Format, joined
from parsers.model import LONGEST_NUMBER, Fields, Line, Record, decode
from parsers.timestamps import from_compact, from_epoch

_USER = re.compile(rb"# User@Host: (?P<user>[^\[ ]*)\[[^\]]*\] @ (?P<host>[^ ]*) \[(?P<address>[^\]]*)\]", re.ASCII)
_TIME = re.compile(rb"# Time: (?:(?P<short>[0-9]{6} [ 0-9][0-9:]{7})|(?P<iso>.+))")
_STARTED = re.compile(rb"SET timestamp=(?P<seconds>[0-9]{1,11}(?:\.[0-9]{1,6})?);")
_PAIR = re.compile(rb"(?P<key>[A-Za-z_]{1,40}): (?P<value>[^ ]+)")

_NUMBERS = {
    "Query_time": "mariadb.query_time",
    "Lock_time": "mariadb.lock_time",
    "Rows_sent": "mariadb.rows_sent",
    "Rows_examined": "mariadb.rows_examined",
    "Rows_affected": "mariadb.rows_affected",
    "Bytes_sent": "mariadb.bytes_sent",
    "Thread_id": "mariadb.connection_id",
    "Id": "mariadb.connection_id",
}
"""Measured values that are kept. Times are in seconds."""

_HEADER = rb"[^ ]{1,200}, Version: [^ ]{1,100} .{0,200}started with:$"


class _Slow(Format):
    """One block, one statement."""

    name = "mariadb.slow"
    starts = b"#"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(rb"# (?:Time: +[0-9]|User@Host: )")

    def continues(self, record: Record, line: bytes) -> bool:  # noqa: ARG002  the file holds nothing else
        return re.match(_HEADER, line) is None

    def claims(self, record: Record, line: bytes) -> bool:
        """`# User@Host` is the first line of a block, unless `# Time` stands right before it."""
        return line.startswith(b"# User@Host: ") and record.lines[-1].data.startswith(b"# Time: ")

    def fields(self, record: Record) -> Fields:
        comments = [line.data for line in record.lines if line.data.startswith(b"# ")]
        statement = [line for line in record.lines if not line.data.startswith(b"# ")]
        return Fields(
            body=_statement(statement) or decode(comments[-1]),
            time=_started(statement) or _logged(comments),
            attributes=_measured(comments) | _client(comments),
        )


def _statement(lines: list[Line]) -> str:
    """The statement without what the server puts before it to make it repeatable."""
    for number, line in enumerate(lines):
        if not (_STARTED.match(line.data) or (number == 0 and line.data.startswith(b"use `"))):
            return decode(joined(lines[number:]))
    return ""


def _started(lines: list[Line]) -> str | None:
    for line in lines[:2]:
        found = _STARTED.match(line.data)
        if found:
            return from_epoch(decode(found["seconds"]))
    return None


def _logged(comments: list[bytes]) -> str | None:
    found = _TIME.match(comments[0])
    if found is None:
        return None
    return decode(found["iso"]) if found["iso"] else from_compact(f"20{decode(found['short'])}")


def _measured(comments: list[bytes]) -> dict[str, object]:
    attributes: dict[str, object] = {}
    for pair in _PAIR.finditer(b" ".join(comments)):
        key, value = decode(pair["key"]), decode(pair["value"])
        if key == "Schema" and not value.endswith(":"):
            attributes["db.namespace"] = value
        elif key in _NUMBERS and len(value) <= LONGEST_NUMBER and value.replace(".", "", 1).isdecimal():
            attributes[_NUMBERS[key]] = float(value) if "." in value else int(value)
    return attributes


def _client(comments: list[bytes]) -> dict[str, object]:
    found = next(filter(None, map(_USER.match, comments)), None)
    if found is None:
        return {}
    address = found["address"] or found["host"]
    return {"user.name": decode(found["user"]), "client.address": decode(address)}


class _SlowHeader(Format):
    """The three lines that the server writes when it opens the file."""

    name = "mariadb.slow_header"
    starts = b"/mM"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(_HEADER)

    def continues(self, record: Record, line: bytes) -> bool:  # noqa: ARG002
        return line.startswith((b"Tcp port: ", b"TCP Port: ", b"Time\t", b"Time    "))

    def fields(self, record: Record) -> Fields:
        return Fields(body=decode(joined(record.lines)))


MARIADB_SLOW = _Slow()
MARIADB_SLOW_HEADER = _SlowHeader()
