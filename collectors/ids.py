"""Ids of events, the same each time the same bytes are read: what comes twice can be told apart from what happened twice.

An id says where the event's first byte stood: identity and offset for a stream that can be read again from a position,
origin and distance for one whose sender repeats (see `Chunk.origin`).
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from collectors.model import Chunk


@dataclass(slots=True)
class Ids:
    """The ids of one stream's events. One life of a stream has one of these, as it has one parser."""

    identity: str
    _starts: list[int] = field(default_factory=list)
    _origins: list[str] = field(default_factory=list)

    def saw(self, chunk: Chunk) -> None:
        """Remember where a chunk came from; call it before its events are asked for."""
        if chunk.origin and chunk.data:
            self._starts.append(chunk.offset)
            self._origins.append(chunk.origin)

    def of(self, offset: int) -> str:
        """The id of the event whose first byte stands at `offset`."""
        at = bisect_right(self._starts, offset) - 1
        if at < 0:
            return f"{self.identity}:{offset:x}"
        return f"{self._origins[at]}:{offset - self._starts[at]:x}"

    def passed(self, offset: int) -> None:
        """Forget the chunks that end at or before `offset`: the position has passed them, no event begins in them any more."""
        keep = bisect_right(self._starts, offset) - 1
        if keep > 0:
            del self._starts[:keep]
            del self._origins[:keep]
