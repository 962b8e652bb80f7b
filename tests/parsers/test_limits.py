"""Everything that a parser keeps has a bound: no input makes it crash, hang or grow."""

import tracemalloc
from collections.abc import Callable

import pytest

from parsers.limits import Limits
from parsers.parser import JsonParser, Parser, ParserOptions
from tests.parsers.contract import NOW, events_of, json_is_the_event

Maker = Callable[[int], bytes]
HEAD = b"2026-11-23 03:33:01.807 %d %b nova.api %b\n"
CRI = b"2026-11-23T03:33:01.807123456Z stdout "
TRACEBACK = b"Traceback (most recent call last):\n"
SMALL = Limits(
    line_bytes=4096, record_bytes=8192, record_lines=50, open_records=20, open_bytes=16_384, streams=8, partial_lines=4
)
KEPT = 64 << 10
"""Bytes that may be kept in the last third of an endless input more than before: what caches still took in."""


def head(number: int) -> bytes:
    return HEAD % (number, b"INFO", b"[-] hello")


def trace(pid: int) -> bytes:
    return HEAD % (pid, b"ERROR", b'  File "/opt/app.py", line 1, in f')


ENDLESS: dict[str, Maker] = {
    "one line": lambda _: b"x" * 20_000,
    "one line of an oslo record": lambda n: b"y" * 20_000 if n else head(1)[:-1],
    "NULs": lambda _: b"\0" * 20_000,
    "bytes that are not UTF-8": lambda _: b"\xff\xfe" * 1500,
    "escapes that do not end": lambda _: b"\x1b]" * 10_000,
    "empty lines": lambda _: b"\n" * 100,
    "writers": lambda n: b"".join(head(n * 100 + pid) for pid in range(100)),
    "writers of tracebacks": lambda n: b"".join(trace(n * 90 + pid) for pid in range(90)),
    "heads that wait for a traceback": lambda n: HEAD % (n, b"ERROR", b"[-] x: KeyError: 1") * 40,
    "a traceback without head": lambda _: trace(7) * 60,
    "a traceback": lambda n: trace(7) * 60 if n else HEAD % (7, b"ERROR", b"[-] x: KeyError: 1"),
    "a raw traceback": lambda n: b'  File "/opt/app.py", line 1, in f\n    g()\n' * 40 if n else TRACEBACK,
    "lines of one message": lambda n: b"more of it\n" * 60 if n else head(7),
    "contexts": lambda n: HEAD % (7, b"INFO", b"[None req-%d%b - - - - - -] x" % (n, b"y" * 3000)),
    "loggers": lambda n: head(7).replace(b"nova.api", b"nova%d%b" % (n, b"y" * 3000)),
    "levels": lambda n: HEAD % (7, b"L%d%b" % (n, b"Y" * 3000), b"[-] x"),
    "programs of syslog": lambda n: b"".join(b"Nov 23 03:33:01 h p%d[1]: x\n" % (n * 30 + i) for i in range(30)),
    "pods": lambda n: b"".join(b"[pod/p-%d/c] Nov 23 03:33:01 h p[1]: x\n" % (n * 30 + i) for i in range(30)),
    "streams with half a line": lambda n: b"".join(b'{"log":"x","stream":"%d"}\n' % (n * 30 + i) for i in range(30)),
    "parts of a line": lambda _: (CRI + b"P " + b"x" * 100 + b"\n") * 50,
    "empty parts of a line": lambda _: (CRI + b"P \n") * 50,
    "wrappers in wrappers": lambda _: (CRI + b"F ") * 100 + b"x\n",
    "torn lines": lambda n: (head(7)[:-1] + head(8)[:-1]) * 5 + b"\n" if n else head(7) + head(8),
    "JSON in JSON": lambda _: b'{"a":' * 500 + b"1" + b"}" * 500 + b"\n",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_endless(name: str) -> None:
    """What is kept does not grow with the input, and all of it is given out."""
    parser = JsonParser(ParserOptions(limits=SMALL))
    kept = []
    size = 0
    tracemalloc.start()
    try:
        for number in range(75):
            piece = ENDLESS[name](number)
            parser.feed(piece, NOW)
            size += len(piece)
            kept.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert max(kept[50:]) - max(kept[:50]) < KEPT
    assert size - parser.position[0] <= SMALL.line_bytes * len(CRI + b"P x\n")
    parser.close()
    assert parser.position[0] == size


@pytest.mark.parametrize("piece", [b"x" * 65_536, b"\0" * 65_536], ids=["letters", "NULs"])
def test_64_megabytes_without_a_newline(piece: bytes) -> None:
    """As with the bounds that hold by default: what is in memory is a few lines of the longest kind."""
    parser = Parser()
    tracemalloc.start()
    try:
        events = sum(len(parser.feed(piece, NOW)) for _ in range(1000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert events > 200
    assert peak < 16 << 20


class TestWhatABoundTells:
    """A record that is ended by a bound says so, and the rest of it is told as well."""

    def test_a_long_line_comes_in_pieces(self) -> None:
        data = head(7)[:-1] + b"y" * 10_000 + b"\n" + head(7)
        events = events_of([data], ParserOptions(limits=SMALL, raw=True))
        assert "size_limit" in events[0]["quality"]
        assert [event["source"]["first_line"] for event in events][-1] == 2
        assert sum(event["attributes"]["log.record.original"].count("y") for event in events) == 10_000

    def test_a_long_traceback(self) -> None:
        first, *more = events_of([HEAD % (7, b"ERROR", b"[-] x: KeyError: 1") + trace(7) * 120], ParserOptions(limits=SMALL))
        assert first["quality"] == ["size_limit", "truncated"]
        assert [event["quality"] for event in more] == [
            ["head_missing", "size_limit", "truncated"],
            ["head_missing", "truncated"],
        ]
        assert [event["source"]["lines"] for event in (first, *more)] == [50, 50, 21]

    def test_a_long_message(self) -> None:
        events = events_of([head(7) + b"more\n" * 60], ParserOptions(limits=SMALL))
        assert events[0]["source"]["lines"] == 50
        assert len(events) == 12

    def test_a_writer_that_falls_silent_does_not_hold_the_others(self) -> None:
        parser = Parser(ParserOptions(limits=SMALL))
        lines = [HEAD % (1, b"ERROR", b"[-] x: KeyError: 1"), *(head(2) for _ in range(100))]
        events = parser.feed(b"".join(lines), NOW)
        assert len(events) >= 80
        assert events[0]["attributes"]["process.pid"] == 1

    def test_silence(self) -> None:
        parser = Parser()
        parser.feed(HEAD % (7, b"ERROR", b"[-] x: KeyError: 1") + trace(7), NOW)
        assert parser.expire(NOW + 1.9) == []
        (event,) = parser.expire(NOW + 2.0)
        assert event["quality"] == ["timeout_flush", "truncated"]


NINES = b"9" * 4400
"""More digits than Python makes a number of."""
LONG_NUMBERS = [
    b"2026-11-23 03:33:01.807 %b INFO nova.api [-] x",
    b"2026-11-23 03:33:01.807 7 DEBUG nova.api [-] x run /opt/app.py:%b",
    b'2026-11-23 03:33:01.807 7 INFO nova.api [-] 10.0.0.1 "GET /v2 HTTP/1.1" status: 200 len: %b time: 0.1',
    b'2026-11-23 03:33:01.807 7 INFO nova.api [-] 10.0.0.1 "GET /v2 HTTP/1.1" status: 200 len: 1 time: %b',
    b'2026-11-23 03:33:01.807 7 INFO nova.api [-] http://10.0.0.1:%b "GET /v3 HTTP/1.1" 200 26',
    b'127.0.0.1 - - [23/Nov/2026 03:48:52] "GET / HTTP/1.1" 200 %b 0.000092',
    b"Nov 23 03:33:01 cmp-01 nova[%b]: x",
    b"nova-compute[%b]: x",
    b"[Mon Nov 23 03:33:01.807 2026] [core:notice] [pid %b:tid 140] AH00094: x",
    b"[Mon Nov 23 03:33:01.807123 2026] [wsgi:error] [pid %b:tid 140] [client 10.0.0.1:1] x",
    b"[Mon Nov 23 03:33:01.807123 2026] [core:error] [pid 1:tid 140] [client 10.0.0.1:%b] AH00126: x",
    b"spawned uWSGI worker 1 (pid: %b, cores: 1)",
    b'Traceback (most recent call last):\n  File "x.py", line %b, in f\n    g()\nKeyError: 1',
    b'{"message":"x","levelname":"INFO","levelno":%b,"created":%b,"name":"nova","asctime":"2026-11-23 03:33:01"}',
    b"2026-11-23T03:33:01.807Z|%b|bridge|INFO|x",
]


@pytest.mark.parametrize("digits", [NINES, NINES[:25], NINES[:20]], ids=["4400", "25", "20"])
@pytest.mark.parametrize("line", LONG_NUMBERS)
def test_long_numbers(line: bytes, digits: bytes) -> None:
    """A number that is none of any process, port or size breaks nothing."""
    json_is_the_event(line.replace(b"%b", digits) + b"\n", [])


WORDS = [
    b".",
    b"/",
    b"://a:",
    b"a@",
    b"<a>",
    b'"',
    b"\\",
    b": KeyError: ",
    b"password=",
    b"2026-11-23 ",
    b"[-] ",
    b"' 7, ",
    b"{",
]
BEFORE = [
    b"",
    b"2026-11-23 03:33:01.807 7 DEBUG nova.api [-] ",
    b"2026-11-23 03:33:01.807 7 ERROR nova.api [-] x: KeyError: ",
    b'2026-11-23 03:33:01.807 7 INFO nova.api [-] 10.0.0.1 "GET ',
    b'Traceback (most recent call last):\n  File "x.py", line 1, in f\nE: ',
    b'10.0.0.1 - - [23/Nov/2026:03:48:52 +0000] "GET ',
    b"2026-11-23T03:33:01.807123456Z stdout F Nov 23 03:33:01 h p[1]: ",
]


@pytest.mark.parametrize("before", BEFORE)
def test_long_words(before: bytes) -> None:
    """The time for a line grows with its length, not with the square of it: else this test runs into its time limit."""
    for word in WORDS:
        assert events_of([before + word * (200_000 // len(word)) + b"\n"])
