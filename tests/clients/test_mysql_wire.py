"""The small MySQL client, with servers that speak as much of the protocol as it takes to be wrong in a certain way."""

import contextlib
import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import mysql_wire
from clients.model import Deadline, MalformedError, RefusedError, TargetError, TimedOutError, UnreachableError
from clients.mysql_wire import Account, FullError, NotReadyError, Session, StatementError, greeting
from clients.sockets import Endpoint
from parsers.secret import Secret
from tests.clients import fakes
from tests.clients.talker import Talker

LONG = 30.0
ME = Account("probe", Secret("hunter2"))


@contextlib.contextmanager
def session(behave: fakes.Behaviour) -> Iterator[Session]:
    """A session over a unix socket."""

    def speak(connection: socket.socket) -> None:
        behave(connection)
        connection.close()

    with TemporaryDirectory() as folder, Talker(Path(folder) / "s", speak) as talker:
        made = Session(Endpoint.parse(talker.address), Deadline.after(LONG))
        yield made
        made.close()


def values(made: Session, seconds: float = LONG) -> dict[str, str]:
    return dict(made.values(ME, ("SHOW a", "SHOW b"), Deadline.after(seconds)))


def text(*cells: str | None) -> bytes:
    return b"".join(b"\xfb" if cell is None else bytes([len(cell)]) + cell.encode() for cell in cells)


def rows(*of: bytes) -> bytes:
    """An answer of two columns."""
    packets = [b"\x02", text("def") * 2, text("def") * 2, b"\xfe\0\0\x02\0", *of, b"\xfe\0\0\x02\0"]
    return b"".join(fakes.packet(number + 1, packet) for number, packet in enumerate(packets))


def test_the_greeting_is_told_without_a_login() -> None:
    with session(fakes.say(fakes.greeting())) as made:
        assert made.greet(Deadline.after(LONG)).version == "8.0.36"
        assert made.greet(Deadline.after(LONG)).salt == b"12345678123456789012"


def test_all_statements_are_asked_and_a_wide_cell_is_read() -> None:
    answers = [rows(text("a", "1"), text("n", None)), rows(b"\x01b" + b"\xfc" + struct.pack("<H", 300) + b"x" * 300)]

    def behave(client: socket.socket) -> None:
        client.sendall(fakes.greeting())
        client.recv(4096)
        client.sendall(fakes.ok(2))
        for answer in answers:
            assert b"SHOW" in client.recv(4096)
            client.sendall(answer)
        assert client.recv(4096)[4:] == b"\x01"  # the goodbye

    with session(behave) as made:
        assert values(made) == {"a": "1", "n": "", "b": "x" * 300}


CASES: dict[str, tuple[fakes.Behaviour, type[TargetError], str]] = {
    "full": (fakes.refuse_at_once(1040, "Too many connections"), FullError, "Too many connections (1040)"),
    "full for this user": (fakes.refuse_login(1226, "exceeded"), FullError, "exceeded (1226)"),
    "locked out": (fakes.refuse_at_once(1129, "Host is blocked"), RefusedError, "FLUSH HOSTS"),
    "not from here": (fakes.refuse_at_once(1130, "Host is not allowed"), RefusedError, "no user may log in from here"),
    "wrong password": (fakes.refuse_login(1045, "denied"), RefusedError, "check user and password"),
    "another user of the system": (fakes.refuse_login(1698, "denied"), RefusedError, "unix_socket"),
    "an odd number": (fakes.refuse_login(9999, "odd"), RefusedError, "look at the log of the server"),
    "ending": (fakes.refuse_at_once(1053, "Server shutdown in progress"), UnreachableError, "shutdown"),
    "not ready": (
        fakes.answer(fakes.error(1, 1047, "WSREP has not yet prepared")),
        NotReadyError,
        "WSREP has not yet prepared (1047)",
    ),
    "no right": (fakes.answer(fakes.error(1, 1142, "denied")), StatementError, "denied (1142)"),
    "silent end": (fakes.answer(b""), UnreachableError, "hung up"),
    "one column": (fakes.answer(rows(text("one"))), MalformedError, "no answer to"),
    "a cell cut off": (fakes.answer(rows(b"\x05no")), MalformedError, "a row that is no row"),
    "a cell of no length": (fakes.answer(rows(b"\x00\xff")), MalformedError, "a row that is no row"),
    "endless rows": (fakes.answer(fakes.endless_rows()), MalformedError, "no answer to"),
    "a huge packet": (fakes.say(b"\xff\xff\xff\0" + b"x" * 100), MalformedError, "a packet of 16777215 bytes"),
    "an old greeting": (fakes.say(fakes.packet(0, b"\x09old")), MalformedError, "no greeting"),
    "HTTP": (fakes.say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), MalformedError, "is this a MariaDB or MySQL server"),
    "nothing": (lambda _: None, UnreachableError, "hung up"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_no_answer(case: str) -> None:
    behave, kind, words = CASES[case]
    with session(behave) as made:
        with pytest.raises(TargetError) as caught:
            values(made)
        assert type(caught.value) is kind
        assert words in str(caught.value)
        assert "hunter2" not in str(caught.value)
        assert "\n" not in str(caught.value)
        with pytest.raises(TargetError):
            values(made)  # it is of no use any more


def login(*steps: bytes) -> tuple[list[bytes], fakes.Behaviour]:
    """A server that greets with caching_sha2_password, and says these steps after each packet of ours."""
    heard: list[bytes] = []

    def behave(client: socket.socket) -> None:
        client.sendall(fakes.greeting().replace(b"mysql_native_password", b"caching_sha2_password"))
        for number, step in enumerate(steps):
            heard.append(client.recv(4096)[4:])
            client.sendall(fakes.packet(2 * number + 2, step))
        for answer in (rows(), rows()):
            client.recv(4096)
            client.sendall(answer)
        client.recv(4096)

    return heard, behave


SALT = b"12345678123456789012"
OK = b"\0\0\0\x02\0\0\0"


def scrambled(digest: Callable[[bytes], bytes], salt_first: bool, salt: bytes = SALT) -> bytes:
    """The proof of knowing the password, written down from the documentation of both plugins."""
    once = digest(b"hunter2")
    twice = digest(once)
    mask = digest(salt + twice if salt_first else twice + salt)
    return bytes(left ^ right for left, right in zip(once, mask, strict=True))


def sha1(data: bytes) -> bytes:
    return hashlib.sha1(data).digest()


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def test_caching_sha2_with_the_password_in_the_cache_of_the_server() -> None:
    heard: list[bytes] = []

    def behave(client: socket.socket) -> None:
        client.sendall(fakes.greeting().replace(b"mysql_native_password", b"caching_sha2_password"))
        heard.append(client.recv(4096)[4:])
        client.sendall(fakes.packet(2, b"\x01\x03") + fakes.packet(3, OK))
        for _ in range(2):
            client.recv(4096)
            client.sendall(rows())
        client.recv(4096)

    with session(behave) as made:
        assert values(made) == {}
    assert scrambled(sha256, salt_first=False) in heard[0]


def test_caching_sha2_without_it_shows_the_password_on_a_unix_socket_only() -> None:
    heard, behave = login(b"\x01\x04", OK)
    with session(behave) as made:
        assert values(made) == {}
    assert heard[1] == b"hunter2\0"
    heard, behave = login(b"\x01\x04", OK)
    with fakes.server(behave) as port:
        made = Session(Endpoint("tcp", "127.0.0.1", port), Deadline.after(LONG))
        with pytest.raises(RefusedError, match="needs TLS or the unix socket"):
            values(made)
        made.close()
    assert heard[1:] in ([], [b""])  # it hung up and showed nothing


@pytest.mark.parametrize(
    ("plugin", "proof"),
    [("unix_socket", b""), ("mysql_native_password", scrambled(sha1, salt_first=True, salt=b"x" * 20))],
)
def test_the_server_asks_for_another_way_to_log_in(plugin: str, proof: bytes) -> None:
    heard, behave = login(b"\xfe" + plugin.encode() + b"\0" + b"x" * 20 + b"\0", OK)
    with session(behave) as made:
        assert values(made) == {}
    assert heard[1] == proof


def test_ways_to_log_in_that_are_not_known() -> None:
    for step, kind, words in (
        (b"\xfeclient_ed25519\0" + b"x" * 32, RefusedError, "client_ed25519"),
        (b"\x01odd", MalformedError, "login is not known"),
    ):
        _, behave = login(step)
        with session(behave) as made, pytest.raises(kind, match=words):
            values(made)


def test_no_password_is_no_proof() -> None:
    assert mysql_wire._native(b"", SALT) == mysql_wire._caching_sha2(b"", SALT) == b""


def test_a_late_answer_is_waited_for_on_the_same_connection_and_asked_for_once() -> None:
    gates = [threading.Event() for _ in range(4)]
    heard: list[bytes] = []

    def behave(client: socket.socket) -> None:
        gates[0].wait(LONG)
        client.sendall(fakes.greeting()[:30])  # half of it
        gates[1].wait(LONG)
        client.sendall(fakes.greeting()[30:])
        client.recv(4096)
        gates[2].wait(LONG)
        client.sendall(fakes.ok(2))
        heard.append(client.recv(4096))
        gates[3].wait(LONG)
        client.sendall(rows(text("a", "1")))
        heard.append(client.recv(4096))
        client.sendall(rows(text("b", "2")))
        client.recv(4096)

    with session(behave) as made:
        for gate in gates:
            for _ in range(2):
                with pytest.raises(TimedOutError):
                    values(made, 0.1)
            gate.set()
        assert values(made) == {"a": "1", "b": "2"}
    assert [packet[5:] for packet in heard] == [b"SHOW a", b"SHOW b"]


@given(st.binary(max_size=120))
def test_whatever_comes_first_is_a_greeting_or_a_target_error(said: bytes) -> None:
    for packet in (said, b"\x0a" + said, b"\xff" + said):
        with contextlib.suppress(TargetError):
            assert len(greeting(packet, "here").salt) <= 20


@given(st.binary(max_size=60))
def test_whatever_stands_in_a_row_is_cells_or_malformed(said: bytes) -> None:
    with contextlib.suppress(MalformedError):
        assert all(isinstance(cell, str) for cell in mysql_wire._cells(said, "here"))
