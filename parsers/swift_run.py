"""Whole oslo.log records, one after the other, without a look at their lines.

Most of a log is like this: heads, each followed at most by its own traceback. Which records such a run ends is known when the
run is over: all but the last of each writer. So only those are made into records that wait; the others are given out in their
order, rendered straight from the pattern's groups where that can be done.
"""

from collections.abc import Iterator
from typing import Any

from orjson import dumps

from parsers.block import AnyBlock
from parsers.json_lines import JsonRenderer, grouped
from parsers.limits import Limits
from parsers.masking import mask, might_hide
from parsers.open_records import DEATHS, OpenRecords
from parsers.oslo_profile import SWIFT_GROUPS, Head, Profile
from parsers.oslo_record import OsloRecord, is_terminator

Groups = tuple[bytes, ...]
"""The groups of `Profile.swift`, in the order of SWIFT_GROUPS."""

WHOLE, _TIME, _LOGGER, _TRACE, OTHER = (SWIFT_GROUPS.index(name) for name in ("whole", "time", "logger", "trace", "other"))

_SECOND = len("2026-11-23 03:33:01")
_MILLISECOND = len("2026-11-23 03:33:01.808")


class SwiftRun:
    """One run. `scan` takes what it can; `finish` puts that into the order of emission.

    `_out` are the records in their order: rendered (Ready), or groups, position, index and count of lines where `_general` has
    their place. `_latest` are places, groups, positions and indices of the last ones of each writer, which stay open.
    """

    def __init__(
        self, records: OpenRecords, block: AnyBlock, profile: Profile, limits: Limits, renderer: JsonRenderer | None
    ) -> None:
        self._records = records
        self._block = block
        self._profile = profile
        self._limits = limits
        self._renderer = renderer
        self._out: list[Any] = []
        self._general: list[int] = []
        self._latest: dict[bytes, tuple[int, Groups, int, int]] = {}

    def scan(self, found: Iterator[Groups], position: int, index: int) -> tuple[Groups | None, int, int]:  # noqa: C901  a call costs as much as the rest
        """Take records of one line with nothing unusual in it, up to one that is different.

        `found` are the matches from `position` on, the first of them the `index`-th line of the block. Returns the groups of
        the different one, None at the end, and where it stands.
        """
        renderer = self._renderer
        if renderer is None:
            return next(found, None), position, index
        writers, contexts, latest, out = renderer.writers, renderer.contexts, self._latest, self._out
        block, masking, source = self._block, renderer.masking, renderer.source
        begin, number = block.offset + position, block.number + index
        second, noted, time_noted, converted = b"", None, None, b""
        groups: Groups | None = None
        for groups in found:
            whole, time, who, pid, logger, context, resource, instance, message, trace, other = groups
            if other or trace or resource or time[:10] in message or message.startswith(DEATHS) or len(time) != _MILLISECOND:
                break
            writer = writers[who] if who in writers else renderer.learn_writer(who)
            words = contexts[context] if context in contexts else renderer.learn_context(context)
            if writer is None or words is None or (writer[3] and self._profile.may_wait(who, message)):
                break
            before = latest.get(pid)
            if before[1][_TRACE] if before is not None else not self._follows(pid, (time, pid, logger)):
                break
            end = begin + len(whole)
            if not block.plain:
                begin, end, number, _, time_noted = block.place(0, 0, index, 1)
            if time[:_SECOND] != second or time_noted != noted:
                second, noted = time[:_SECOND], time_noted
                converted = renderer.second(second, noted) or b""
            try:
                text = message.decode()
            except UnicodeDecodeError:
                break
            if not converted:
                break
            more = b""
            if instance or writer[2] or b'" ' in message:
                text, more = renderer.details(text, instance, writer)
            if masking and might_hide(text):
                text = mask(text)
            line = b"".join((
                b'{"timestamp":"', converted, b".", time[_SECOND + 1 :], writer[0], dumps(text), words[0], writer[1],
                words[1], more,
                grouped(writer[3], text) if writer[3] else b"}", source,
                b'%d,"lines":1,"first_offset":%d,"last_offset":%d}}' % (number, begin, end),
            ))  # fmt: skip
            latest[pid] = len(out), groups, position, index
            out.append((line, begin, end, number, 1, whole))
            position += len(whole)
            index += 1
            begin = end
            number += 1
        else:
            groups = None
        return groups, position, index

    def take(self, groups: Groups, position: int, index: int) -> int:
        """Take a record at `position`, its first line the `index`-th of the block; returns its lines, 0 to refuse."""
        whole, time, who, pid, logger, context, _, _, message, trace, _ = groups
        count = trace.count(b"\n") + 1 if trace else 1
        # Each line tells its date once. A second one may be a torn write, or just a message that speaks of a date.
        if not whole or whole.count(time[:10]) != count or message.startswith(DEATHS):
            return 0
        if self._profile.context_of(context) is None or (not trace and self._profile.may_wait(who, message)):
            return 0
        if len(whole) > self._limits.record_bytes or count > self._limits.record_lines:
            return 0
        before = self._latest.get(pid)
        if before is None:
            if not self._follows(pid, (time, pid, logger)):
                return 0
        elif not self._ended(before[1], time, logger):
            return 0
        self._latest[pid] = len(self._out), groups, position, index
        self._general.append(len(self._out))
        self._out.append((groups, position, index, count))
        return count

    def _follows(self, pid: bytes, key: tuple[bytes, bytes, bytes]) -> bool:
        """End the writer's open record, unless the new head may be a line of its traceback, or another head is held back."""
        records = self._records
        before = records.open.get(pid)
        if pid in records.held or (before is not None and before.started and before.key == key):
            return False
        if before is None:
            records.see(pid)
        else:
            del records.open[pid]
            records.supersede(before)
        return pid not in records.held

    def _ended(self, before: Groups, time: bytes, logger: bytes) -> bool:
        """Whether a head of this time and logger cannot be a line of the traceback of the one `before` it."""
        if not before[_TRACE] or before[_TIME] != time or before[_LOGGER] != logger:
            return True
        return is_terminator(self._profile, before[_TRACE][:-1].rpartition(b"\n")[2])

    def finish(self, now: float) -> None:
        """Put the records into the queue and begin anew."""
        out, records = self._out, self._records
        if not out:
            return
        for at in self._general:
            groups, position, index, count = out[at]
            record = out[at] = self._record(groups, position, index, count, now)
            record.closed = True
        for at, groups, position, index in self._latest.values():
            if isinstance(out[at], OsloRecord):
                record = out[at]
                record.closed = False
            else:
                ready = out[at][0]
                record = out[at] = self._record(groups, position, index, 1, now)
                record.ready = ready
            records.open[record.writer] = record
        records.touch(out[-1])
        records.queue.extend(out)
        self._general = []
        self._out = []
        self._latest = {}
        records.release()

    def _record(self, groups: Groups, position: int, index: int, count: int, now: float) -> OsloRecord:
        whole, time, who, pid, logger, context, resource, instance, message, trace, _ = groups
        head = Head(time, pid, who[len(pid) + 1 : -len(logger) - 1], logger, context, resource, instance, b"", message)
        place = self._block.place(position, position + len(whole), index, count)
        record = OsloRecord(self._profile, head, (time, pid, logger), place, now)
        record.first, record.swallowed = whole, trace
        return record
