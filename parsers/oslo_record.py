"""One record of oslo.log's text formatter while its lines come in, and what it says when it is whole.

What is printed (oslo_log/formatters.py, ContextFormatter): the head with the message, the further lines of the message
without any prefix, then, for an exception, each line of the traceback with its own prefix and an empty last one, then,
with `stack_info`, a stack without prefix. At WARNING and above the head also ends in `: <the exception's text>`, all its
lines: so the exception's message stands in the log twice.
"""

from collections.abc import Iterator

from parsers.block import Place
from parsers.model import Line, Quality
from parsers.oslo_profile import Head, Profile

Key = tuple[bytes, bytes, bytes]
"""Time text, pid and logger: what all prefixed lines of a record share. The level and the instance are not in it."""

STACK = b"Stack (most recent call last):"
"""What `stack_info=True` prints after message and traceback."""


class OsloRecord:
    """A record under way. `first` is the text of the lines it began with: its head, and traceback lines right after it.

    `head` is None where the head is missing; `key` then is that of its traceback lines. `swallowed` are the traceback lines
    in `first`, and `ready` is what a renderer made of it. Lines that come later go to `overflow`, `trace` or `stack`, and all
    of them, as they were, to `rest`. `later` counts the heads of the same writer that came after, `prefix` is what stood
    before its last traceback line.
    """

    __slots__ = (
        "closed", "count", "end", "first", "head", "key", "later", "number", "offset", "overflow", "prefix", "profile",
        "quality", "ready", "rest", "stack", "swallowed", "touched", "trace", "wrapper_time",
    )  # fmt: skip

    def __init__(self, profile: Profile, head: Head | None, key: Key, place: Place, now: float) -> None:
        self.profile = profile
        self.head = head
        self.key = key
        self.offset, self.end, self.number, self.count, self.wrapper_time = place
        self.touched = now
        self.closed = False
        self.later = 0
        self.prefix: bytes | None = None
        self.first = b""
        self.swallowed = b""
        self.ready: bytes | None = None
        self.rest: list[bytes] | None = None
        self.overflow: list[bytes] | None = None
        self.trace: list[bytes] | None = None
        self.stack: list[bytes] | None = None
        self.quality: set[str] | None = None

    @property
    def writer(self) -> bytes:
        """Who wrote it, see `writer_of`."""
        return writer_of(self.key)

    @property
    def started(self) -> bool:
        """Whether the traceback has begun."""
        return self.trace is not None or self.swallowed != b""

    @property
    def terminated(self) -> bool:
        """Whether the last line of the traceback is the empty one that oslo.log prints after it."""
        last = self.trace[-1] if self.trace else self.swallowed[:-1].rpartition(b"\n")[2]
        return is_terminator(self.profile, last)

    @property
    def waits(self) -> bool:
        """Whether the head may end in an exception's text, of which the traceback has not come."""
        return self.head is not None and not self.started and self.profile.may_wait(self.head.level, self.head.message)

    def extend(self, line: Line, now: float) -> None:
        """Count a further line in; to which part it goes is the caller's business."""
        if self.rest is None:
            self.rest = []
        self.rest.append(line.text)
        self.flag(line.flag)
        self.end = line.end
        self.count += 1
        self.touched = now

    def flag(self, quality: str | None) -> None:
        """Add a word, if there is one, to the event's `quality`."""
        if quality is None:
            return
        if self.quality is None:
            self.quality = set()
        self.quality.add(quality)

    def original(self) -> bytes:
        """The bytes of all lines as they stood in the source, wrappers off."""
        return self.first + b"".join(self.rest or ())

    def head_text(self) -> bytes:
        """The message with its further lines, and the exception's text if it was appended."""
        message = self.head.message if self.head else b""
        return b"\n".join([message, *self.overflow]) if self.overflow else message

    def trace_text(self) -> bytes:
        """The traceback as CPython printed it, prefixes and the last newline taken off. b"" where there is none."""
        text = self.swallowed + b"".join(line + b"\n" for line in self.trace or ())
        return _strip_prefixes(self.profile, text) if text else b""

    def add_bare(self, data: bytes) -> None:
        """Take a line without prefix: more of the message before the traceback, a stack after it."""
        if self.started:
            self.stack = self.stack or []
            self.stack.append(data)
        else:
            self.overflow = self.overflow or []
            self.overflow.append(data)

    def tear(self) -> None:
        """The last line was cut by another writer's."""
        self.flag(Quality.TORN_REPAIRED)

    def mend(self, line: Line, now: float) -> None:
        """Put the rest of the line that was cut behind its first part."""
        if self.trace is not None:
            self.trace[-1] += line.data
        elif self.overflow is not None:
            self.overflow[-1] += line.data
        elif self.head is not None:
            self.head = self.head._replace(message=self.head.message + line.data)
        self.extend(line, now)

    def absorb(self, text: bytes, count: int, end: int) -> None:
        """Take back lines of the message that looked like a record of their own."""
        self.flag(Quality.FORGED_SUSPECT)
        lines = text.removesuffix(b"\n").split(b"\n")
        self.overflow = [*(self.overflow or ()), *lines]
        self.rest = [text, *(self.rest or ())]
        self.count += count
        self.end = max(self.end, end)

    def close(self, quality: str | None) -> None:
        """End the record from outside; `quality` says why, for the case that the traceback had not come to its end."""
        self.closed = True
        if quality is not None and self.started and not self.terminated:
            self.flag(quality)


def writer_of(key: Key) -> bytes:
    """Who wrote the lines of a key: the pid, or the logger where no pid is printed."""
    return key[1] or key[2]


def is_terminator(profile: Profile, line: bytes) -> bool:
    """Whether a prefixed line is empty but for its prefix."""
    found = profile.prefix.match(line)
    return found is not None and found.end() == len(line)


def _strip_prefixes(profile: Profile, text: bytes) -> bytes:
    """Take the prefix off every line. It is the same on all of them but for rare cases, so one `replace` mostly does it."""
    first = profile.prefix.match(text)
    if first is None:
        return text
    prefix = first.group()
    plain = text[len(prefix) :].replace(b"\n" + prefix, b"\n")
    lines = text.count(b"\n")
    if text.count(b"\n" + prefix) != lines - 1 or not prefix.endswith(b" "):
        plain = b"".join(_unprefixed_lines(profile, text))
    return plain.removesuffix(b"\n").removesuffix(b"\n")


def _unprefixed_lines(profile: Profile, text: bytes) -> Iterator[bytes]:
    for line in text.removesuffix(b"\n").split(b"\n"):
        found = profile.prefix.match(line)
        yield (line[found.end() :] if found else line) + b"\n"
