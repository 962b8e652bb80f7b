"""The records of one stream that are open or wait for their turn, in the order of their first lines.

Knows how records end and are given out, and nothing of how a line finds its record.
"""

import re
from collections import deque
from collections.abc import Callable

from parsers.forgery import is_forged
from parsers.limits import Limits
from parsers.model import Line, Quality, Record
from parsers.oslo_record import Key, OsloRecord, writer_of

AnyRecord = OsloRecord | Record

Ready = tuple[bytes, int, int, int, int, bytes]
"""What a renderer made of an ordinary record, its offset, end, number and count of lines, and its text."""

DEATHS = (b"Child ", b"Worker ")
"""How a parent process begins to say that a child has died."""

_CHILD = re.compile(rb"(?:Child|Worker) (\d+) (?:killed by|exited with|died)")
_KNOWN_WRITERS = 4096
_HELD_HEADS = 8


class OpenRecords:
    """Open records by writer, and the queue in which all wait for those before them.

    `emit` gets each one when it is whole, or `pass_on` what was rendered of it already.
    `open` holds the record of each writer (pid), `held` earlier ones of his that may still get a traceback.
    `last` is the record that got the last line, of whatever format. `writers` are those that have been seen (some 4,000).
    """

    def __init__(self, limits: Limits, emit: Callable[[AnyRecord], None], pass_on: Callable[[bytes], None]) -> None:
        self._limits = limits
        self._emit = emit
        self._pass_on = pass_on
        self.queue: deque[AnyRecord | Ready] = deque()
        self.open: dict[bytes, OsloRecord] = {}
        self.held: dict[bytes, list[OsloRecord]] = {}
        self.last: AnyRecord | None = None
        self.writers: set[bytes] = set()

    @property
    def pending(self) -> tuple[int, int] | None:
        """Offset and number of the first line whose record has not been emitted, None when all have."""
        if not self.queue:
            return None
        first = self.queue[0]
        return (first[1], first[3]) if isinstance(first, tuple) else (first.offset, first.number)

    def begin(self, record: OsloRecord, before: OsloRecord | None) -> None:
        """Put a new record in the place of the one `before` it, of the same writer."""
        if before is not None:
            self.supersede(before)
        else:
            self.see(record.writer)
        self.open[record.writer] = record
        self.push(record)
        if record.head is not None and record.head.message.startswith(DEATHS):
            self._bury(record.head.message, record.writer)

    def supersede(self, record: OsloRecord) -> None:
        """End a record by the next head of its writer.

        A head that still waits for its traceback is held back for a few heads more: they may be lines of its message.
        """
        held = self.held.pop(record.writer, [])
        for earlier in held:
            earlier.later += 1
            earlier.closed = earlier.later > _HELD_HEADS
        held = [earlier for earlier in held if not earlier.closed]
        if record.waits:
            held.append(record)
        else:
            record.closed = True
        if held:
            self.held[record.writer] = held

    def find(self, key: Key) -> OsloRecord | None:
        """The open record of that key."""
        record = self.open.get(writer_of(key))
        return record if record is not None and record.key == key else None

    def reopen(self, key: Key) -> OsloRecord | None:
        """The record held back that traceback lines of `key` belong to, open again; the heads after it are ended."""
        writer = writer_of(key)
        held = self.held.get(writer, [])
        found = next((record for record in held if record.key == key), None)
        if found is None:
            return None
        for other in held:
            other.closed = other is not found
        if writer in self.open:
            self.open[writer].closed = True
        del self.held[writer]
        self.open[writer] = found
        return found

    def _bury(self, message: bytes, teller: bytes) -> None:
        """End the record of a writer of whom the parent process says that he has died. Nobody tells of his own death."""
        found = _CHILD.match(message)
        record = self.open.get(found[1]) if found else None
        if record is not None and record.writer != teller:
            self.end(record, Quality.TRUNCATED)

    def see(self, writer: bytes) -> None:
        """Remember that there is such a writer."""
        if len(self.writers) < _KNOWN_WRITERS:
            self.writers.add(writer)

    def fits(self, record: AnyRecord, line: Line) -> bool:
        """Whether `line` may be added to `record` within the bounds of a record."""
        return record.count < self._limits.record_lines and line.end - record.offset <= self._limits.record_bytes

    def touch(self, record: AnyRecord) -> None:
        """Make `record` the last one. One of another format ends when any other gets a line; nobody else writes into it."""
        if record is not self.last and isinstance(self.last, Record):
            self.last.closed = True
        self.last = record

    def push(self, record: AnyRecord) -> None:
        """Put a new record into the order of emission."""
        self.touch(record)
        self.queue.append(record)
        self.release()

    def end(self, record: AnyRecord, quality: str | None) -> None:
        """End a record from outside; `quality` tells why, where it is not known to be whole."""
        if isinstance(record, Record):
            record.closed = True
            return
        record.close(quality)
        if self.open.get(record.writer) is record:
            del self.open[record.writer]
        held = [other for other in self.held.pop(record.writer, []) if other is not record]
        if held:
            self.held[record.writer] = held

    def release(self) -> None:
        """Emit what is whole from the front, and what is over the bounds."""
        queue = self.queue
        while queue:
            first = queue[0]
            if isinstance(first, tuple):
                self._pass_on(first[0])
                queue.popleft()
                continue
            if not first.closed:
                if not self._is_overdue(first):
                    return
                self.end(first, None)
            queue.popleft()
            self._give_out(first)

    def _is_overdue(self, first: AnyRecord) -> bool:
        """Whether so much has come after the first record that it must be ended."""
        last = self.queue[-1]
        end = last[2] if isinstance(last, tuple) else last.end
        return len(self.queue) > self._limits.open_records or end - first.offset > self._limits.open_bytes

    def _give_out(self, record: AnyRecord) -> None:
        if isinstance(record, OsloRecord):
            if record.ready is not None and record.rest is None:
                self._pass_on(record.ready)
                return
            if record.started and self.queue:
                self._absorb_forged(record)
        self._emit(record)

    def _absorb_forged(self, record: OsloRecord) -> None:
        queue = self.queue
        while queue:
            suspect = queue[0]
            if isinstance(suspect, tuple):
                _, _, end, number, count, text = suspect
            else:
                end, number, count, text = suspect.end, suspect.number, suspect.count, suspect.original()
            if not is_forged(text, number, record):
                return
            if not isinstance(suspect, tuple):
                self.end(suspect, None)
            record.absorb(text, count, end)
            queue.popleft()

    def expire(self, now: float) -> None:
        """End the records to which nothing was added for `idle_seconds`."""
        for record in self._unfinished():
            if record.touched + self._limits.idle_seconds <= now:
                self.end(record, Quality.TIMEOUT_FLUSH)
        self.release()

    def close(self) -> None:
        """End all records: the stream has ended."""
        for record in self._unfinished():
            self.end(record, None)
        self.release()

    def _unfinished(self) -> list[AnyRecord]:
        return [record for record in self.queue if not isinstance(record, tuple) and not record.closed]
