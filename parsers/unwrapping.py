"""Takes wrappers off the lines of one source: which streams there are, and which lines of them are still incomplete."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parsers.limits import Limits
from parsers.model import Line, Quality
from parsers.wrappers import WRAPPERS, Inner, Wrapper

# CSI and OSC sequences, and the two-character ones: `ESC[00m` ends every record of oslo.log 3.39 to 6.0 (log-colour reset).
_ANSI = re.compile(rb"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_WRAPPERS = [tuple(wrapper for wrapper in WRAPPERS if byte in wrapper.starts) for byte in range(256)]


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

    def take(self, line: Line) -> list[tuple[bytes, Line]]:
        """Stream and inside of a wrapped line: nothing while it is incomplete, several where newlines were escaped.

        Nothing is taken off a line without wrapper: it belongs to the stream b"".
        """
        outer, inner = self._unwrapped(line.data, self._outer)
        if outer is None or inner is None:
            return [(b"", line)]
        self._outer = outer
        stream = outer.prefix + inner.stream
        if stream not in self.known:
            self.known[stream] = outer.describe(inner.stream)
        whole = self._join(stream, inner, line)
        return self._unnested(stream, whole) if whole is not None else []

    def flush(self) -> Iterator[tuple[bytes, Line]]:
        """The lines whose end never came: the container died, or its file was rotated away."""
        for stream, partial in self._partial.items():
            yield stream, _merged(partial, partial.first)._replace(flag=Quality.PARTIAL_UNCLOSED)
        self._partial.clear()

    def forget(self, stream: bytes) -> None:
        """Keep nothing more of a stream that has ended."""
        self.known.pop(stream, None)
        self._nested.pop(stream, None)

    def _unwrapped(self, data: bytes, expected: Wrapper | None) -> tuple[Wrapper | None, Inner | None]:
        """The wrapper around a line, the expected one or any that is sure, and what is in it."""
        inner = expected.unwrap(data) if expected is not None else None
        if inner is not None:
            return expected, inner
        for wrapper in _WRAPPERS[data[0]] if data else ():
            if wrapper.sure.match(data):
                return wrapper, wrapper.unwrap(data)
        return None, None

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
        return merged._replace(flag=Quality.SIZE_LIMIT) if inner.partial else merged

    def _unnested(self, stream: bytes, line: Line) -> list[tuple[bytes, Line]]:
        """Take a second wrapper off, and split where newlines were escaped."""
        nested, inner = self._unwrapped(line.data, self._nested.get(stream))
        if nested is not None and inner is not None and nested is not self._outer:
            self._nested[stream] = nested
            outside, stream = stream, stream + b"|" + nested.prefix + inner.stream
            if stream not in self.known:
                resource, attributes = self.known[outside]
                more = nested.describe(inner.stream)
                self.known[stream] = {**resource, **more[0]}, {**attributes, **more[1]}
            line = line._replace(data=inner.data, time=inner.time or line.time)
        if b"\n" not in line.data:
            return [(stream, line)]
        return [(stream, line._replace(data=data)) for data in line.data.split(b"\n")]


def _merged(partial: _Partial, last: Line) -> Line:
    first = partial.first
    return Line(b"".join(partial.parts), first.offset, last.end, first.number, first.time)


def is_wrapped(text: bytes, position: int) -> bool:
    """Whether a wrapper is sure to be around the line at `position`."""
    return any(wrapper.sure.match(text, position) for wrapper in _WRAPPERS[text[position]])


def cleaned(line: Line) -> Line:
    r"""The line without ANSI sequences and without a `\r` at its end; the line itself where there is nothing to remove."""
    data = line.data
    if b"\x1b" in data:
        data = _ANSI.sub(b"", data)
    flag = Quality.ANSI_STRIPPED if len(data) != len(line.data) else line.flag
    data = data.removesuffix(b"\r")
    return line if len(data) == len(line.data) else line._replace(data=data, original=line.text, flag=flag)
