"""Which lines belong together: keyed reassembly of one stream, several records open at once.

A pure state machine: lines and the time go in, whole records come out in the order of their first lines. Two ways in give
the same records: `feed_line` takes one line, and the scan in `feed` lets one pattern take a whole oslo.log record. The
scan leaves everything unusual to `feed_line`, and a property test holds the two together.

How a line finds its record
 1. It has an oslo prefix: the open record of that writer (pid) with the same time, pid and logger; else the record that was
    held back behind a head that may be forged; else a new record, `head_missing`.
 2. It is the head of an oslo record, or the first line of another format known by its time: a new record.
 3. It has none of these: the message of the last head, as long as no traceback has begun; the last record of another
    format, when that format wants it; a format without time; else it stays alone, `unparsed`.

How a record ends
    by a clear head of the same writer, by the message that the writer has died, by silence (`expire`), or by a bound of
    `Limits`. Never by a blank line and never by the word Traceback: both stand in the middle of records.
"""

import re
from collections.abc import Callable

from parsers.block import AnyBlock
from parsers.formats.base import Format
from parsers.formats.unparsed import UNPARSED
from parsers.json_lines import JsonRenderer
from parsers.limits import Limits
from parsers.model import Line, Quality, Record
from parsers.open_records import AnyRecord, OpenRecords
from parsers.oslo_profile import Head, Profile
from parsers.oslo_record import STACK, Key, OsloRecord, writer_of
from parsers.registry import FormatSet
from parsers.swift_run import OTHER, WHOLE, SwiftRun

_TRACEBACK = (b"Traceback (most recent call last):", b"  + Exception Group Traceback", b"  File ")
_INSIDE = (*_TRACEBACK, b"During handling of the above exception", b"The above exception was the direct cause")
_MINUTE = len("2026-11-23 03:33")


class Assembler:
    """Reassembly of one stream; `emit` gets each whole record, in the order of their first lines.

    With `render`, which makes the renderer of a profile, ordinary records need not become records at all: `pass_on` gets in
    their place what it made.
    """

    def __init__(
        self,
        formats: FormatSet,
        limits: Limits,
        emit: Callable[[AnyRecord], None],
        pass_on: Callable[[bytes], None] = lambda _: None,
        render: Callable[[Profile], JsonRenderer] | None = None,
    ) -> None:
        self._formats = formats
        self._limits = limits
        self._records = OpenRecords(limits, emit, pass_on)
        self._render = render
        self._renderers: dict[Profile, JsonRenderer | None] = {}
        self._profile: Profile | None = None
        self._torn: OsloRecord | None = None
        self._now = 0.0

    @property
    def pending(self) -> tuple[int, int] | None:
        """Offset and number of the first line whose record has not been emitted, None when all have."""
        return self._records.pending

    def expire(self, now: float) -> None:
        """End the records to which nothing was added for `idle_seconds`."""
        self._records.expire(now)

    def close(self) -> None:
        """End all records: the stream has ended."""
        self._records.close()

    def feed(self, block: AnyBlock, now: float, stop: Callable[[bytes, int], bool] | None = None) -> tuple[int, int]:
        """Take the lines of `block`, seen at `now` (seconds), up to one that `stop` names. Returns how many bytes and lines."""
        self._now = now
        text, position, index = block.text, 0, 0
        while position < len(text):
            profile = self._profile
            if profile is not None and profile.swift is not None:
                position, index = self._feed_swiftly(block, text, profile, position, index, stop)
                if self._profile is profile:
                    break
            elif stop is not None and stop(text, position):
                break
            else:
                newline = text.index(b"\n", position)
                self._take(block.line(position, newline, index))
                position, index = newline + 1, index + 1
        return position, index

    def feed_line(self, line: Line, now: float) -> None:
        """Take one line, seen at `now` (seconds)."""
        self._now = now
        self._take(line)

    def _take(self, line: Line) -> None:
        data = line.data
        for profile in self._formats.profiles_for(self._profile):
            head = profile.read(data)
            if head is not None:
                self._take_head(profile, head, line)
                return
            prefix = profile.prefix.match(data)
            if prefix is not None:
                key = profile.key(*prefix.group("time", "pid", "logger"))
                if self._plausible(profile, key, data, prefix.end()):
                    self._take_trace(profile, prefix, key, line)
                    return
        for format_ in self._formats.strong_for(data):
            if format_.opens(data):
                self._take_first_line(format_, line)
                return
        self._take_bare(line)

    # -- oslo records -------------------------------------------------------------------------------------------------

    def _feed_swiftly(
        self,
        block: AnyBlock,
        text: bytes,
        profile: Profile,
        position: int,
        index: int,
        stop: Callable[[bytes, int], bool] | None,
    ) -> tuple[int, int]:
        """Take whole records by one pattern each, and line by line what needs a closer look, until the profile changes."""
        assert profile.swift is not None, "the caller has looked"  # noqa: S101
        run = SwiftRun(self._records, block, profile, self._limits, self._renderer(profile))
        found = iter(profile.swift.findall(text, position))
        groups, position, index = run.scan(found, position, index)
        while groups is not None:
            count = run.take(groups, position, index)
            if count:
                position, index = position + len(groups[WHOLE]), index + count
            else:
                run.finish(self._now)
                for data in (groups[WHOLE] or groups[OTHER])[:-1].split(b"\n"):
                    line = block.line(position, position + len(data), index)
                    if not self._goes_on(line):
                        if self._profile is not profile or (stop is not None and stop(text, position)):
                            return position, index
                        self._take(line)
                    position, index = position + len(data) + 1, index + 1
            groups, position, index = run.scan(found, position, index)
        run.finish(self._now)
        return position, index

    def _renderer(self, profile: Profile) -> JsonRenderer | None:
        if profile not in self._renderers:
            self._renderers[profile] = self._render(profile) if self._render is not None else None
        return self._renderers[profile]

    def _goes_on(self, line: Line) -> bool:
        """Take a line that has the very prefix of the traceback line before it, which is what most such lines have."""
        last, data = self._records.last, line.data
        if not isinstance(last, OsloRecord) or last.prefix is None or last.closed or not data.startswith(last.prefix):
            return False
        size = len(last.prefix)
        if data.startswith(b"[", size) or data.find(last.key[0][:10], size) >= 0 or not last.profile.timed:
            return False
        self._add_trace(last, line)
        return True

    def _take_head(self, profile: Profile, head: Head, line: Line) -> None:
        if self._split_torn(profile, line, len(line.data) - len(head.message), head.pid):
            return
        key = profile.key(head.time, head.pid, head.logger)
        before = self._records.open.get(writer_of(key))
        if before is not None and before.key == key and self._belongs(before, line.data):
            self._add_trace(before, line)
            return
        self._profile = profile
        record = OsloRecord(profile, head, key, (line.offset, line.end, line.number, 1, line.time), self._now)
        record.first = line.text
        record.flag(line.flag)
        self._records.begin(record, before)

    def _belongs(self, record: OsloRecord, data: bytes) -> bool:
        """Whether a line that looks like a head, with the key of `record`, is one of its traceback lines."""
        prefix = record.profile.prefix.match(data)
        if prefix is None:
            return False
        content = data[prefix.end() :]
        if content.startswith(_INSIDE):
            return True  # operators' strings without `[-]`: every prefix looks like a head
        # After an empty line it is one too, if the bare copy of the exception's text in the head has it.
        return record.started and (not record.terminated or content in (record.overflow or ()))

    def _plausible(self, profile: Profile, key: Key, data: bytes, end: int) -> bool:
        """Whether a prefix, which ends at `end`, is one.

        It is if a record waits for it, a traceback stands behind it, or nothing else begins so.
        Without a time it may be anything; with one, Django logs so: `2026-11-23 16:12:45,067 1236 ERROR django.request Internal
        Server Error: /boom/`.
        """
        if self._records.find(key) is not None or data.startswith(_TRACEBACK, end):
            return True
        return profile.timed and not any(format_.opens(data) for format_ in self._formats.strong_for(data))

    def _take_trace(self, profile: Profile, prefix: re.Match[bytes], key: Key, line: Line) -> None:
        if self._split_torn(profile, line, prefix.end(), prefix["pid"]):
            return
        record = self._records.find(key) or self._records.reopen(key)
        if record is None:
            self._begin_headless(profile, key, line)
            return
        record.prefix = prefix.group()
        self._add_trace(record, line)

    def _begin_headless(self, profile: Profile, key: Key, line: Line) -> None:
        record = OsloRecord(profile, None, key, (line.offset, line.offset, line.number, 0, line.time), self._now)
        record.flag(Quality.HEAD_MISSING)
        self._profile = profile
        self._records.begin(record, self._records.open.get(record.writer))
        self._add_trace(record, line)

    def _add_trace(self, record: OsloRecord, line: Line) -> None:
        if not self._records.fits(record, line):
            self._records.end(record, Quality.SIZE_LIMIT)
            self._begin_headless(record.profile, record.key, line)
            return
        if record.trace is None:
            record.trace = []
        record.trace.append(line.data)
        record.extend(line, self._now)
        self._records.touch(record)

    # -- torn lines -----------------------------------------------------------------------------------------------------

    def _split_torn(self, profile: Profile, line: Line, start: int, pid: bytes) -> bool:
        """Split a line in which another writer's line begins: a write of over 4,096 bytes to a pipe is not atomic.

        The first part goes to its own record, the second is taken as a line, and the rest of the first comes later, bare. A
        message may quote a log line too: a torn one is of the same minute, and its writer has been seen.
        """
        if not profile.timed or line.data.find(line.data[:10], start) < 0:
            return False
        found = next(
            (
                quoted
                for quoted in profile.quoted.finditer(line.data, start + 1)
                if quoted["pid"] != pid
                and quoted["pid"] in self._records.writers
                and quoted["time"][:_MINUTE] == line.data[:_MINUTE]
            ),
            None,
        )
        if found is None:
            return False
        cut = found.start()
        first = line.data[:cut]
        self._take(Line(first, line.offset, line.offset + cut, line.number, line.time, original=first))
        torn = self._records.last
        rest = line.original and line.original[cut:]
        self._take(Line(line.data[cut:], line.offset + cut, line.end, line.number, line.time, original=rest))
        if isinstance(torn, OsloRecord) and torn is not self._records.last:
            torn.tear()
            self._torn = torn
        return True

    def _mend(self, line: Line) -> bool:
        """Give a bare line to the record that was torn, when it is the rest of its line."""
        torn, last = self._torn, self._records.last
        if torn is None or torn.closed:
            self._torn = None
            return False
        if isinstance(last, OsloRecord) and last.started and not last.terminated:
            return False
        self._torn = None
        torn.mend(line, self._now)
        self._records.touch(torn)
        return True

    # -- all other lines --------------------------------------------------------------------------------------------------

    def _take_first_line(self, format_: Format, line: Line) -> None:
        last = self._records.last
        if (
            isinstance(last, Record)
            and not last.closed
            and last.format.claims(last, line.data)
            and self._records.fits(last, line)
        ):
            self._append(last, line)
        else:
            self._start(format_, line)

    def _take_bare(self, line: Line) -> None:
        """Take a line without any prefix that is known by itself."""
        last, data = self._records.last, line.data
        if self._torn is not None and self._mend(line):
            return
        if last is not None and not last.closed:
            if not self._records.fits(last, line):
                self._records.end(last, Quality.SIZE_LIMIT)
            elif self._give(last, line):
                return
        for format_ in self._formats.weak_for(data):
            if format_.opens(data):
                self._start(format_, line)
                return
        self._start(UNPARSED, line)

    def _give(self, record: AnyRecord, line: Line) -> bool:
        """Add a bare line to `record` if it wants it."""
        if isinstance(record, Record):
            if record.format.continues(record, line.data):
                self._append(record, line)
                return True
            if not line.data:
                record.blank.append(line)
            return not line.data
        if record.started and line.data and line.data != STACK and not (record.stack and line.data.startswith(b"  ")):
            return False
        record.add_bare(line.data)
        record.extend(line, self._now)
        return True

    def _append(self, record: Record, line: Line) -> None:
        record.lines += [*record.blank, line]
        record.blank.clear()
        record.touched = self._now
        record.flag(line.flag)

    def _start(self, format_: Format, line: Line) -> None:
        record = Record(format_, [line], state=format_.begin(line.data), touched=self._now)
        record.flag(line.flag)
        self._records.push(record)
