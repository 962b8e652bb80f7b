"""Takes wrappers off the lines of one source: which streams there are, and which lines of them are still incomplete."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from parsers.limits import Limits
from parsers.model import Line, Quality
from parsers.wrappers import WRAPPERS, Inner, Wrapper

# CSI and OSC sequences, and the two-character ones: `ESC[00m` ends every record of oslo.log 3.39 to 6.0 (log-colour reset).
_ANSI = re.compile(rb"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_SURE = [tuple(wrapper.sure for wrapper in WRAPPERS if byte in wrapper.starts) for byte in range(256)]


@dataclass(slots=True)
class _Partial:
    """The parts of a line that has not come to its end."""

    parts: list[bytes]
    first: Line
    size: int


class Unwrapper:
    """Wrappers of one source. What stands inside of what is learned from the lines, per stream."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._outer: Wrapper | None = None
        self._nested: dict[bytes, Wrapper] = {}
        self._partial: dict[bytes, _Partial] = {}
        self.known: dict[bytes, tuple[dict[str, str], dict[str, Any]]] = {}
        """Resource and attributes of each stream that lines were taken from."""

    @property
    def pending(self) -> tuple[int, int] | None:
        """Offset and number of the first line that waits for its end."""
        waiting = [(p.first.offset, p.first.number) for p in self._partial.values()]
        return min(waiting) if waiting else None

    def take(self, line: Line) -> Iterator[tuple[bytes, Line]]:
        """Stream and inside of a wrapped line: nothing while it is incomplete, several where newlines were escaped.

        Nothing is taken off a line without wrapper: it belongs to the stream b"".
        """
        outer = self._wrapper_of(line.data, self._outer)
        inner = outer.unwrap(line.data) if outer is not None else None
        if outer is None or inner is None:
            yield b"", line
            return
        self._outer = outer
        stream = outer.name.encode() + b":" + inner.stream
        if stream not in self.known:
            self.known[stream] = outer.describe(inner.stream)
        whole = self._join(stream, inner, line)
        if whole is not None:
            yield from self._unnest(stream, whole)

    def flush(self) -> Iterator[tuple[bytes, Line]]:
        """The lines whose end never came: the container died, or its file was rotated away."""
        for stream, partial in self._partial.items():
            yield stream, replace(_merged(partial, partial.first), flag=Quality.PARTIAL_UNCLOSED)
        self._partial.clear()

    def forget(self, stream: bytes) -> None:
        """Keep nothing more of a stream that has ended."""
        self.known.pop(stream, None)
        self._nested.pop(stream, None)

    def _wrapper_of(self, data: bytes, expected: Wrapper | None) -> Wrapper | None:
        if expected is not None and expected.unwrap(data) is not None:
            return expected
        return next((w for w in WRAPPERS if data[:1] in w.starts and w.sure.match(data)), None)

    def _join(self, stream: bytes, inner: Inner, line: Line) -> Line | None:
        """The whole line once its last part is here. Parts are joined as bytes, as a character may be cut in two."""
        whole = Line(inner.data, line.offset, line.end, line.number, inner.time)
        partial = self._partial.get(stream)
        if partial is None and not inner.partial:
            return whole
        if partial is None:
            partial = self._partial[stream] = _Partial([], whole, 0)
        partial.parts.append(inner.data)
        partial.size += len(inner.data)
        if inner.partial and partial.size < self._limits.line_bytes:
            return None
        del self._partial[stream]
        merged = _merged(partial, whole)
        return replace(merged, flag=Quality.SIZE_LIMIT) if inner.partial else merged

    def _unnest(self, stream: bytes, line: Line) -> Iterator[tuple[bytes, Line]]:
        """Take a second wrapper off, and split where newlines were escaped."""
        nested = self._wrapper_of(line.data, self._nested.get(stream))
        inner = nested.unwrap(line.data) if nested is not None and nested is not self._outer else None
        if nested is not None and inner is not None:
            self._nested[stream] = nested
            outside = stream
            stream = outside + b"|" + nested.name.encode() + b":" + inner.stream
            if stream not in self.known:
                resource, attributes = self.known[outside]
                more = nested.describe(inner.stream)
                self.known[stream] = {**resource, **more[0]}, {**attributes, **more[1]}
            line = replace(line, data=inner.data, time=inner.time or line.time)
        for data in line.data.split(b"\n"):
            yield stream, replace(line, data=data)


def _merged(partial: _Partial, last: Line) -> Line:
    first = partial.first
    return Line(b"".join(partial.parts), first.offset, last.end, first.number, first.time)


def is_wrapped(text: bytes, position: int) -> bool:
    """Whether a wrapper is sure to be around the line at `position`."""
    return any(sure.match(text, position) for sure in _SURE[text[position]])


def cleaned(line: Line) -> Line:
    r"""The line without ANSI sequences and without a `\r` at its end; the line itself where there is nothing to remove."""
    data = line.data
    if b"\x1b" in data:
        data = _ANSI.sub(b"", data)
    flag = Quality.ANSI_STRIPPED if len(data) != len(line.data) else line.flag
    data = data.removesuffix(b"\r")
    return line if len(data) == len(line.data) else replace(line, data=data, original=line.text, flag=flag)
