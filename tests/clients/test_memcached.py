"""memcached's text protocol, with servers that do not do what they should."""

import contextlib
import socket
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.memcached import FullError, LoginError, Memcached
from clients.model import Deadline, MalformedError, TargetError, TimedOutError, UnreachableError
from clients.sockets import Endpoint
from tests.clients.talker import Speak, Talker

LONG = 30.0


def replying(*answers: bytes) -> Speak:
    """One answer after the other, each to one question; then hangs up."""

    def speak(connection: socket.socket) -> None:
        for answer in answers:
            connection.recv(65536)
            connection.sendall(answer)
        connection.close()

    return speak


def asked(talker: Talker) -> contextlib.closing[Memcached]:
    return contextlib.closing(Memcached(Endpoint.parse(talker.address), Deadline.after(LONG)))


def test_version_and_figures(tmp_path: Path) -> None:
    stats = b"STAT pid 7\r\nSTAT version 1.6 with words\r\nSTAT odd\r\nEND\r\n"
    with Talker(tmp_path / "s", replying(b"VERSION 1.6.18\r\n", stats)) as talker, asked(talker) as cache:
        assert cache.version(Deadline.after(LONG)) == "1.6.18"
        assert cache.stats(Deadline.after(LONG)) == {"pid": "7", "version": "1.6 with words"}


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (b"ERROR Too many open connections\r\n", FullError, "raise -c"),
        (b"CLIENT_ERROR unauthenticated\r\n", LoginError, "wants a login"),
        (b"ERROR\r\n", MalformedError, "no answer of memcached"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", MalformedError, "no answer of memcached"),
        (b"x" * 100_000, MalformedError, "more than 65536 bytes"),
        (b"", UnreachableError, "hung up without an answer; does it want TLS or SASL"),
        (b"VERSI", UnreachableError, "hung up; has it just ended"),
    ],
)
def test_other_answers(tmp_path: Path, answer: bytes, kind: type[TargetError], words: str) -> None:
    expected = pytest.raises(TargetError, match=words)
    with Talker(tmp_path / "s", replying(answer)) as talker, asked(talker) as cache, expected as caught:
        cache.version(Deadline.after(LONG))
    assert type(caught.value) is kind


def test_an_answer_that_comes_late_is_not_taken_for_that_to_the_next_question(tmp_path: Path) -> None:
    go_on = threading.Event()

    def speak(connection: socket.socket) -> None:
        assert connection.recv(65536) == b"version\r\n"
        go_on.wait(LONG)
        connection.sendall(b"VERSION old\r\n")
        assert connection.recv(65536) == b"stats\r\n"
        connection.sendall(b"END\r\n")

    with Talker(tmp_path / "s", speak) as talker, asked(talker) as cache:
        for _ in range(3):
            with pytest.raises(TimedOutError):
                cache.version(Deadline.after(0.1))
        go_on.set()
        assert cache.stats(Deadline.after(LONG)) == {}


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_answer_or_a_target_error(said: bytes) -> None:
    with TemporaryDirectory() as folder, Talker(Path(folder) / "s", replying(said)) as talker:
        cache = Memcached(Endpoint.parse(talker.address), Deadline.after(LONG))
        with contextlib.suppress(TargetError):
            assert isinstance(cache.stats(Deadline.after(LONG)), dict)
        cache.close()
