"""Where in a container's log we are, told by the times of its lines, so exactly that nothing is lost or repeated. Pure.

The API takes a time to begin at (`sinceTime`), in whole seconds, and gives all lines that are not older, in the order in which
they were written. So a cursor holds the time of the youngest line and how many lines were seen of the two seconds that end
with it: after attaching at the beginning of these, so many lines are skipped. Lines of one time are told apart by their
count, and a line that comes a little late (stdout and stderr are written by two hands) is neither lost nor skipped.

Known limitations: when the clock of a node is set back by more than a second, lines are given again at the next attaching.
When the kubelet rotates a file within these two seconds, a line may be taken for one that was seen.
"""

import re
from array import array
from dataclasses import dataclass, field
from datetime import UTC, datetime

SECOND = 1_000_000_000
LONGEST = 1 << 20
"""Bytes of a line that are kept, as a line is only given when it is whole. Parsers take a quarter of that at once."""

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?")
_TEXT = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Cursor:
    """`time`: of the youngest line, ns since 1970; -1 before the first. `at`: lines seen with this time.

    `before`: lines seen of the same second with an earlier time. `earlier`: lines seen of the second before.
    """

    time: int = -1
    earlier: int = 0
    before: int = 0
    at: int = 0

    def after(self, time: int) -> "Cursor":
        """The cursor once a line of this time was seen too."""
        gap = time // SECOND - self.time // SECOND
        if gap == 0:
            if time > self.time:
                return Cursor(time, self.earlier, self.before + self.at, 1)
            late = time < self.time
            return Cursor(self.time, self.earlier, self.before + late, self.at + (not late))
        if gap == 1:
            return Cursor(time, self.before + self.at, 0, 1)
        if gap == -1:
            return Cursor(self.time, self.earlier + 1, self.before, self.at)
        return Cursor(time, 0, 0, 1)

    def since(self) -> str | None:
        """The `sinceTime` to attach at; None for all."""
        if self.time < 0:
            return None
        return datetime.fromtimestamp(max(0, self.time // SECOND - 1), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def __str__(self) -> str:
        return f"{self.time}.{self.earlier}.{self.before}.{self.at}"


def cursor_of(text: str) -> Cursor:
    """The cursor whose text this is; the first one for any other text."""
    found = _TEXT.fullmatch(text)
    return Cursor(*map(int, found.groups())) if found else Cursor()


def nanoseconds(stamp: "re.Match[bytes]") -> int | None:
    """The moment of a stamp; None where there is none such (February 30)."""
    second, fraction, zone = stamp.groups()
    try:
        moment = datetime.fromisoformat((second + zone).decode())
    except ValueError:
        return None
    return int(moment.timestamp()) * SECOND + int((fraction or b"").ljust(9, b"0"))


@dataclass(slots=True)
class Piece:
    """Whole lines, with where each ended and its time. `start` is the cursor before the first."""

    start: Cursor
    offset: int
    line: int
    data: bytearray = field(default_factory=bytearray)
    ends: "array[int]" = field(default_factory=lambda: array("q"))
    times: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + len(self.data)

    def cursor_at(self, offset: int) -> Cursor:
        """The cursor when all before `offset` was seen."""
        cursor = self.start
        for end, time in zip(self.ends, self.times, strict=True):
            if end > offset:
                break
            cursor = cursor.after(time)
        return cursor


class Attached:
    """Makes pieces of the bytes of one attaching: skips the lines that were seen, keeps what is not whole yet.

    `remarks`: lines without a time; the kubelet puts its own errors into the stream in that form. `cut`: lines too long.
    """

    def __init__(self, cursor: Cursor, offset: int, line: int) -> None:
        self.cursor = cursor
        self.offset = offset
        self.line = line
        self.remarks: list[str] = []
        self.cut = 0
        self._youngest = cursor.time
        self._oldest = max(0, cursor.time // SECOND - 1) * SECOND
        self._older = cursor.earlier + cursor.before
        self._same = cursor.at
        self._rest = bytearray()
        self._cutting = False

    def feed(self, data: bytes) -> Piece:
        """The lines that are whole now."""
        piece = Piece(self.cursor, self.offset, self.line)
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._add(part)
            self._take(piece)
        self._add(rest)
        self.offset, self.line = piece.end, piece.line + len(piece.ends)
        return piece

    def _add(self, data: bytes) -> None:
        room = LONGEST - len(self._rest)
        self._cutting = self._cutting or len(data) > room
        self._rest += data[: max(0, room)]

    def _take(self, piece: Piece) -> None:
        line, self._rest = bytes(self._rest), bytearray()
        self.cut += self._cutting
        self._cutting = False
        stamp = _STAMP.match(line)
        time = nanoseconds(stamp) if stamp else None
        if stamp is None or time is None:
            if line and len(self.remarks) < 10:
                self.remarks.append(line[:300].decode(errors="replace"))
            return
        if self._was_seen(time):
            return
        self.cursor = self.cursor.after(time)
        # nine digits always, so that the parsers know it for a stamp of this kind
        piece.data += b"%b.%b%b %b\n" % (stamp[1], (stamp[2] or b"").ljust(9, b"0"), stamp[3], line[stamp.end() :])
        piece.ends.append(piece.end)
        piece.times.append(time)

    def _was_seen(self, time: int) -> bool:
        if time < self._oldest:
            return True  # the stream was attached before the cursor came here
        if time < self._youngest and self._older:
            self._older -= 1
            return True
        if time == self._youngest and self._same:
            self._same -= 1
            return True
        return False
