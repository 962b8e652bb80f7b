"""Cuts a stream of JSON objects that follow each other without any separator, as OVS' JSON-RPC sends them.

Trying to decode at every arrival of bytes would take time with the square of a message's size, and a scan byte by byte in
Python is slower than the decoding. So a chunk is first scanned with four operations that run in C, which tell whether a
message ends in it; only a chunk in which one does is scanned token by token.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from clients.model import MalformedError

_BRACES = re.compile(rb"[{}]")
_TOKENS = re.compile(rb'\\.|["{}]', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Framer:
    """Bytes in, decoded JSON objects out. `what` is asked, for the error texts.

    Raises MalformedError for anything that is no JSON object, and for one of more than `limit` bytes; it is of no use then.
    `hook`: called with each object inside out as `json` does, for one who wants to keep less than dicts.
    """

    def __init__(self, what: str, limit: int, hook: Callable[[dict[str, Any]], Any] | None = None) -> None:
        self._what = what
        self._limit = limit
        self._decoder = json.JSONDecoder(object_hook=hook)
        self._parts: list[bytes] = []
        self._size = 0
        self._depth = 0
        self._in_string = False
        self._escaped = False
        """Whether the last byte was a backslash that takes the next byte's meaning."""

    def feed(self, data: bytes) -> list[Any]:
        """The objects that end in `data`."""
        if self._goes_on(data):
            self._keep(data)
            return []
        values, start = [], 0
        for end in self._ends(data):
            self._keep(data[start:end])
            values.append(self._whole())
            start = end
        self._keep(data[start:])
        return values

    @property
    def held(self) -> int:
        """Bytes of an object that has not ended."""
        return self._size

    def _goes_on(self, data: bytes) -> bool:
        """Whether no object ends in `data`; then what is known is moved on past it, else it is left as it is."""
        bare = (data[1:] if self._escaped else data).replace(b"\\\\", b"")
        pieces = bare.replace(b'\\"', b"").split(b'"')
        depth = self._depth
        for brace in _BRACES.findall(b"".join(pieces[1 if self._in_string else 0 :: 2])):
            depth += 1 if brace == b"{" else -1
            if depth <= 0:
                return False
        self._depth = depth
        self._in_string ^= len(pieces) % 2 == 0
        self._escaped = bare.endswith(b"\\")
        return True

    def _ends(self, data: bytes) -> Iterator[int]:
        """Where objects end in `data`: the places behind their last braces."""
        begin = 1 if self._escaped else 0
        last = begin
        for token in _TOKENS.finditer(data, begin):
            last = token.end()
            match token.group():
                case b'"':
                    self._in_string = not self._in_string
                case b"{" if not self._in_string:
                    self._depth += 1
                case b"}" if not self._in_string:
                    self._depth -= 1
                    if self._depth <= 0:
                        self._depth = 0
                        yield last
        self._escaped = data.endswith(b"\\") and last < len(data)

    def _keep(self, data: bytes) -> None:
        if not self._parts:
            data = data.lstrip()
            if not data:
                return
            if not data.startswith(b"{"):
                raise MalformedError(f"{self._what}: this is no JSON-RPC (begins with {data[:20]!r}); is it the right address?")
        self._size += len(data)
        if self._size > self._limit:
            raise MalformedError(f"{self._what}: a message of more than {self._limit} bytes; raise the setting message_limit")
        self._parts.append(data)

    def _whole(self) -> Any:
        text = b"".join(self._parts).decode(errors="replace")
        self._parts, self._size = [], 0
        try:
            value = self._decoder.decode(text)
            if _SURROGATE.search(text):  # half a character cannot be written to any output later on
                json.dumps(value, ensure_ascii=False, default=str).encode()
        except (ValueError, RecursionError) as error:
            raise MalformedError(f"{self._what}: not JSON: {error.__class__.__name__} in {text[:40]!r}") from error
        return value
