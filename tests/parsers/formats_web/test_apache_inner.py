"""Lines that an application wrote through httpd, and those that httpd and mod_wsgi wrote about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.formats.apache import inner_of, unescaped

FRONT = b"[Mon Nov 23 16:06:53.697694 2026] [wsgi:error] [pid 31581:tid 31588] "
REMOTE = FRONT + b"[remote 127.0.0.1:51338] "


class TestALineOfAnApplication:
    @pytest.mark.parametrize("front", [FRONT, REMOTE, FRONT + b"[client ::1:51338] "])
    @pytest.mark.parametrize(
        ("escaped", "text"),
        [
            (b"Traceback (most recent call last):", b"Traceback (most recent call last):"),
            (b'  File "/var/www/app.wsgi", line 4, in application', b'  File "/var/www/app.wsgi", line 4, in application'),
            (
                b"2026-11-23 03:48:42.017 15670 ERROR placement.handler [-] back\\\\slash tab\\there \\xc3\\xa9",
                b"2026-11-23 03:48:42.017 15670 ERROR placement.handler [-] back\\slash tab\there \xc3\xa9",
            ),
            (
                b"[23/Nov/2026 16:12:45] ERROR django.request Not Found: /x",
                b"[23/Nov/2026 16:12:45] ERROR django.request Not Found: /x",
            ),
            (b"(15956) accepted ('127.0.0.1', 60786)", b"(15956) accepted ('127.0.0.1', 60786)"),
            (b"", b""),
        ],
    )
    def test_is_what_it_was_before_httpd_escaped_it(self, front: bytes, escaped: bytes, text: bytes) -> None:
        inner = inner_of(front + escaped)
        assert inner is not None
        assert (inner.prefix, inner.text, inner.time, inner.pid) == (front, text, "2026-11-23T16:06:53.697694", 31581)


class TestALineOfTheServer:
    @pytest.mark.parametrize(
        "line",
        [
            b"",
            b"2026-11-23 03:48:42.017 15670 ERROR placement.handler [-] x",
            REMOTE + b"mod_wsgi (pid=31581): Exception occurred processing WSGI script '/var/www/app.wsgi'.",
            FRONT + b"(2)No such file or directory: [client 127.0.0.1:1] mod_wsgi (pid=1): Unable to connect to WSGI daemon",
            FRONT
            + b"[client 10.0.0.9:1] Timeout when reading response headers from daemon process 'keystone': /var/www/keystone",
            FRONT
            + b"[client 10.0.0.9:1] Truncated or oversized response headers received from daemon process 'nova': /var/www/nova",
            FRONT.replace(b"wsgi:error", b"wsgi:info") + b"mod_wsgi (pid=31214): Initializing Python.",
            FRONT.replace(b"wsgi:error", b"core:error") + b"AH00126: Invalid URI in request",
            b"[Mon Nov 23 16:06:53 2026] [error] [client 10.0.0.9] Traceback (most recent call last):",
        ],
    )
    def test_is_not_unwrapped(self, line: bytes) -> None:
        assert inner_of(line) is None


class TestEscapes:
    def test_of_control_characters_stay(self) -> None:
        assert unescaped(rb"\x1b[31m\x00 \n") == rb"\x1b[31m\x00 \n"

    @given(st.binary())
    def test_are_undone_for_every_other_byte(self, raw: bytes) -> None:
        printable = bytes(byte for byte in raw if byte >= 0x20 and byte != 0x7F)
        escaped = b"".join(
            b"\\x%02x" % byte if byte >= 0x80 else b"\\\\" if byte == 0x5C else bytes([byte]) for byte in printable
        )
        assert unescaped(escaped) == printable
