"""Lines of a message that look like a record of their own.

A name or an error text that came from outside may hold a newline and a whole, perfect log line. oslo.log prints an
exception's text twice: bare in the head, where the second line now looks like a record, and prefixed at the end of the
traceback, where it does not. The second copy proves the first one to be a copy.
"""

from parsers.oslo_record import OsloRecord


def is_forged(text: bytes, number: int, record: OsloRecord) -> bool:
    """Whether the record that comes after `record` is made of lines of its exception's text.

    `text` are the lines of that next record, `number` is the number of the first.
    """
    overflow = record.overflow or []
    if record.head is None or number != record.number + 1 + len(overflow):
        return False
    lines = text.removesuffix(b"\n").split(b"\n")
    printed = record.trace_text()
    if lines[0] not in printed:
        return False
    copy = printed.split(b"\n")
    before = overflow[-1] if overflow else record.head.message
    starts = (at for at in range(1, len(copy)) if copy[at] == lines[0])
    return any(copy[at : at + len(lines)] == lines and before.endswith(copy[at - 1]) for at in starts)
