"""Everything that a parser keeps has a bound: no input makes it crash, hang or grow."""

import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from parsers.limits import Limits
from parsers.parser import JsonParser, Parser, ParserOptions
from tests.parsers.contract import NOW, events_of, json_is_the_event

Maker = Callable[[int], bytes]
HEAD = b"2026-11-23 03:33:01.807 %d %b nova.api %b\n"
CRI = b"2026-11-23T03:33:01.807123456Z stdout "
PLENTY = 16 << 20
"""Bytes that a parser may hold at most, whatever comes; some 5 MB are in use when it has read a megabyte of anything."""


def head(number: int) -> bytes:
    return HEAD % (number, b"INFO", b"[-] hello")


def trace(pid: int) -> bytes:
    return HEAD % (pid, b"ERROR", b'  File "/opt/app.py", line 1, in f')


ENDLESS: dict[str, tuple[int, Maker]] = {
    "one line": (256, lambda _: b"x" * 65_536),
    "one line of an oslo record": (256, lambda n: b"y" * 65_536 if n else head(1)[:-1]),
    "NULs": (256, lambda _: b"\0" * 65_536),
    "bytes that are not UTF-8": (32, lambda _: b"\xff\xfe" * 32_768),
    "escapes that do not end": (64, lambda _: b"\x1b]" * 32_768),
    "empty lines": (4, lambda _: b"\n" * 10_000),
    "writers": (20, lambda n: b"".join(head(n * 1000 + pid) for pid in range(1000))),
    "writers of tracebacks": (10, lambda n: b"".join(trace(n * 1000 + pid) for pid in range(1000))),
    "heads that wait for a traceback": (10, lambda n: HEAD % (n, b"ERROR", b"[-] x: KeyError: 1") * 1000),
    "a traceback without head": (40, lambda _: trace(7) * 1000),
    "a traceback": (40, lambda n: trace(7) * 1000 if n else HEAD % (7, b"ERROR", b"[-] x: KeyError: 1")),
    "a raw traceback": (20, lambda n: b'  File "/opt/app.py", line 1, in f\n    g()\n' * 1000 if n else b"Traceback (most recent call last):\n"),
    "lines of one message": (20, lambda n: b"more of it\n" * 1000 if n else head(7)),
    "contexts": (60, lambda n: HEAD % (7, b"INFO", b"[None req-%d%b - - - - - -] x" % (n, b"y" * 100_000))),
    "loggers": (60, lambda n: head(7).replace(b"nova.api", b"nova%d%b" % (n, b"y" * 100_000))),
    "levels": (60, lambda n: HEAD % (7, b"L%d%b" % (n, b"Y" * 100_000), b"[-] x")),
    "programs of syslog": (5, lambda n: b"".join(b"Nov 23 03:33:01 h p%d[1]: x\n" % (n * 1000 + i) for i in range(1000))),
    "pods": (5, lambda n: b"".join(b"[pod/p-%d/c] Nov 23 03:33:01 h p[1]: x\n" % (n * 1000 + i) for i in range(1000))),
    "streams with half a line": (5, lambda n: b"".join(b'{"log":"x","stream":"%d"}\n' % (n * 1000 + i) for i in range(1000))),
    "parts of a line": (40, lambda _: (CRI + b"P " + b"x" * 100 + b"\n") * 1000),
    "empty parts of a line": (20, lambda _: (CRI + b"P \n") * 1000),
    "wrappers in wrappers": (20, lambda _: (CRI + b"F ") * 1000 + b"x\n"),
    "torn lines": (20, lambda n: (head(7)[:-1] + head(8)[:-1]) * 100 + b"\n" if n else head(7) + head(8)),
    "JSON in JSON": (20, lambda _: b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"\n"),
}


def fed(pieces: int, maker: Maker) -> Iterator[bytes]:
    return (maker(number) for number in range(pieces))


@pytest.mark.parametrize("cls", [Parser, JsonParser])
@pytest.mark.parametrize("name", ENDLESS)
def test_endless(name: str, cls: type[Parser | JsonParser]) -> None:
    """Memory does not grow with the input, and all of it is given out."""
    parser = cls()
    size = 0
    tracemalloc.start()
    try:
        for piece in fed(*ENDLESS[name]):
            parser.feed(piece, NOW)
            size += len(piece)
        kept, _ = tracemalloc.get_traced_memory()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < PLENTY
    assert size - parser.position[0] <= 2 << 20
    parser.close()
    assert parser.position[0] == size
