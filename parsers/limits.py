"""The bounds of everything the parsers keep, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a parser keeps of one source at most. A bound that is met ends a record early and is told in its `quality`."""

    line_bytes: int = 256 << 10
    """A longer line is taken in pieces of this size. containerd cuts at 16 KiB, so only files have such lines."""
    record_bytes: int = 512 << 10
    """A longer record is ended here. The largest genuine one seen (a report of a service with 1,000 threads) has 300 KiB."""
    record_lines: int = 10_000
    """A record of more lines is ended here; a traceback at the recursion limit has some 3,000."""
    open_records: int = 1_000
    """A record is ended when so many later ones have begun: its writer has fallen silent, or died."""
    open_bytes: int = 1 << 20
    """A record is ended when its stream has gone on by so many bytes."""
    idle_seconds: float = 2.0
    """A record is ended when nothing was added for so long. A writer prints a record at once; a loaded node may pause it."""
    partial_lines: int = 32
    """Streams whose last line may be incomplete at a time; a container runtime has two in a file."""
    streams: int = 256
    """Streams (container and stdout or stderr, syslog programs) told apart within one source; the oldest makes room."""


DEFAULT_LIMITS = Limits()
