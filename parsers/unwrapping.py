"""Takes wrappers off the lines of one source: which streams there are, and which lines of them are still incomplete."""

import re
from dataclasses import dataclass
from typing import Any

from parsers.limits import Limits
from parsers.model import Line, Quality
from parsers.wrappers import WRAPPERS, Inner, Wrapper

# CSI and OSC sequences, and the two-character ones: `ESC[00m` ends every record of oslo.log 3.39 to 6.0 (log-colour reset).
_ANSI = re.compile(rb"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_WRAPPERS = [tuple(wrapper for wrapper in WRAPPERS if byte in wrapper.starts) for byte in range(256)]


Stream = tuple[tuple[Wrapper, bytes], ...]
"""A stream of a source: the wrappers around its lines, outermost first, and what each tells streams apart by. () has none."""

PLAIN: Stream = ()


@dataclass(slots=True)
class _Partial:
    """The parts of a line that has not come to its end. `size` counts each part's newline, so that empty parts count too."""

    parts: list[bytes]
    first: Line
    size: int
    end: int


class Unwrapper:
    """Wrappers of one source. What stands inside of what is learned from the lines, per stream."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._outer: Wrapper | None = None
        self._nested: dict[Stream, Wrapper] = {}
        self._partial: dict[Stream, _Partial] = {}

    @property
    def found(self) -> bool:
        """Whether any line had a wrapper so far."""
        return self._outer is not None

    @property
    def pending(self) -> tuple[int, int] | None:
        """Offset and number of the first line that waits for its end."""
        waiting = [(p.first.offset, p.first.number) for p in self._partial.values()]
        return min(waiting) if waiting else None

    def take(self, line: Line) -> list[tuple[Stream, Line]]:
        """Stream and inside of a wrapped line: nothing while it is incomplete, several where newlines were escaped.

        Nothing is taken off a line without wrapper: it belongs to the stream PLAIN.
        """
        outer, inner = self._unwrapped(line.data, self._outer)
        if outer is None or inner is None:
            return [(PLAIN, line)]
        self._outer = outer
        stream: Stream = ((outer, inner.stream),)
        if inner.partial or stream in self._partial:
            return self._joined(stream, inner, line)
        return self._unnested(stream, Line(inner.data, line.offset, line.end, line.number, inner.time))

    def flush(self) -> list[tuple[Stream, Line]]:
        """The lines whose end never came: the container died, or its file was rotated away."""
        return [entry for stream in list(self._partial) for entry in self._cut(stream)]

    def _unwrapped(self, data: bytes, expected: Wrapper | None) -> tuple[Wrapper | None, Inner | None]:
        """The wrapper around a line, the expected one or any that is sure, and what is in it."""
        inner = expected.unwrap(data) if expected is not None else None
        if inner is not None:
            return expected, inner
        for wrapper in _WRAPPERS[data[0]] if data else ():
            if wrapper.sure.match(data):
                return wrapper, wrapper.unwrap(data)
        return None, None

    def _joined(self, stream: Stream, inner: Inner, line: Line) -> list[tuple[Stream, Line]]:
        """The whole line once its last part is here. Parts are joined as bytes, as a character may be cut in two."""
        out: list[tuple[Stream, Line]] = []
        partial = self._partial.get(stream)
        if partial is None:
            if len(self._partial) >= self._limits.partial_lines:
                out = self._cut(next(iter(self._partial)))
            partial = self._partial[stream] = _Partial(
                [], Line(b"", line.offset, line.end, line.number, inner.time), 0, line.end
            )
        partial.parts.append(inner.data)
        partial.size += len(inner.data) + 1
        partial.end = line.end
        if inner.partial and partial.size < self._limits.line_bytes:
            return out
        del self._partial[stream]
        whole = _merged(partial, Quality.SIZE_LIMIT if inner.partial else None)
        return out + self._unnested(stream, whole)

    def _cut(self, stream: Stream) -> list[tuple[Stream, Line]]:
        """A line whose end is not waited for any longer."""
        return [(stream, _merged(self._partial.pop(stream), Quality.PARTIAL_UNCLOSED))]

    def _unnested(self, stream: Stream, line: Line) -> list[tuple[Stream, Line]]:
        """Take a second wrapper off, and split where newlines were escaped."""
        nested, inner = self._unwrapped(line.data, self._nested.get(stream))
        if nested is not None and inner is not None and nested is not self._outer:
            if len(self._nested) >= self._limits.streams:
                self._nested.clear()
            self._nested[stream] = nested
            stream = (*stream, (nested, inner.stream))
            line = line._replace(data=inner.data, time=inner.time or line.time)
        if b"\n" not in line.data:
            return [(stream, line)]
        return [(stream, line._replace(data=data)) for data in line.data.split(b"\n")]


def described(stream: Stream) -> tuple[dict[str, str], dict[str, Any]]:
    """Resource and attributes of all events of a stream: what its wrappers tell, the inner ones overruling the outer."""
    resource: dict[str, str] = {}
    attributes: dict[str, Any] = {}
    for wrapper, name in stream:
        more = wrapper.describe(name)
        resource.update(more[0])
        attributes.update(more[1])
    return resource, attributes


def _merged(partial: _Partial, flag: str | None) -> Line:
    return partial.first._replace(data=b"".join(partial.parts), end=partial.end, flag=flag)


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
