"""A broker that is none, or a bad one: each look ends in time, and says what is wrong."""

import socket
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.model import Deadline, MalformedError, RefusedError, TargetError, TimedOutError, UnreachableError
from probes.oslo.transport import Broker
from probes.rpc.access import Access
from probes.rpc.link import opened
from probes.rpc.wire import MESSAGE_LIMIT, Wire
from tests.exporters.rabbitmq.scripted import Handler, raw_server

ACCESS = Access(virtual_host="/", method="PLAIN", queue="reply_stratoscope_test", exchange="", name="test")


def connecting(handler: Handler, seconds: float = 30.0) -> str:
    """What is said of a broker that does as `handler`."""
    with raw_server(handler) as port, pytest.raises(TargetError) as caught:
        opened(ACCESS, (Broker("127.0.0.1", port),), seconds, Deadline.after(seconds))
    assert str(port) in str(caught.value)
    return f"{type(caught.value).__name__}: {caught.value}"


def frame(kind: int, payload: bytes, channel: int = 0) -> bytes:
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def sends(data: bytes) -> Handler:
    def handler(connection: socket.socket) -> None:
        connection.recv(8)
        connection.sendall(data)
        connection.recv(1)

    return handler


def test_it_says_nothing() -> None:
    assert "TimedOutError" in connecting(lambda connection: time.sleep(5), 0.5)


def test_it_sends_a_byte_now_and_then_for_ever() -> None:
    def drip(connection: socket.socket) -> None:
        for byte in frame(1, b"\x00" * 100_000):
            connection.sendall(bytes((byte,)))
            time.sleep(0.05)

    begun = time.monotonic()
    assert "TimedOutError" in connecting(drip, 1.0)
    assert time.monotonic() - begun < 60  # at this pace the frame takes 83 minutes


def test_it_closes_the_connection() -> None:
    assert "ended the connection during login" in connecting(lambda connection: connection.shutdown(socket.SHUT_RDWR))


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        b"AMQP\x00\x00\x09\x01",
        frame(1, b""),
        frame(1, b"\x00\x0a\x00\x0a"),
        frame(1, b"\x00\x0a\x00\x0a\x00\x09" + b"\xff" * 60),
        frame(1, b"\x00\x63\x00\x63"),
        frame(3, b"x"),
        frame(2, b"x" * 20),
        frame(1, b"\x00\x0a\x00\x1f"),
        struct.pack(">BHI", 1, 0, 1 << 31),
    ],
)
def test_it_speaks_something_else(data: bytes) -> None:
    said = connecting(sends(data))
    assert said.startswith(("MalformedError", "UnreachableError", "TimedOutError"))


@given(st.binary(max_size=200))
@settings(max_examples=15)
def test_any_bytes(data: bytes) -> None:
    with raw_server(sends(data)) as port, pytest.raises(TargetError):
        opened(ACCESS, (Broker("127.0.0.1", port),), 0.2, Deadline.after(0.2))


def test_a_message_that_is_too_large_is_not_taken() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire = Wire(ours, Deadline.after(30))
        theirs.sendall(frame(2, struct.pack(">HHQ", 60, 0, MESSAGE_LIMIT) + b"\x00\x00"))
        assert wire.read_frame()[0] == 2
        theirs.sendall(frame(2, struct.pack(">HHQ", 60, 0, MESSAGE_LIMIT + 1) + b"\x00\x00"))
        with pytest.raises(OSError, match=f"more than {MESSAGE_LIMIT} bytes came to our queue"):
            wire.read_frame()


def test_reading_goes_on_after_a_time_out() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire = Wire(ours, Deadline.after(0))
        whole = frame(1, b"payload")
        theirs.sendall(whole[:9])
        with pytest.raises(TimeoutError):
            wire.read_frame()
        wire.deadline = Deadline.after(30)
        theirs.sendall(whole[9:])
        assert wire.read_frame() == (1, 0, b"payload")
        with pytest.raises(TimeoutError), wire.having_timeout(0):
            wire.read_frame()


def test_a_peer_that_takes_nothing() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire = Wire(ours, Deadline.after(0.2))
        with pytest.raises(TimeoutError):
            wire.write(b"x" * (64 << 20))
        assert not wire.connected


def test_closed_is_closed() -> None:
    ours, theirs = socket.socketpair()
    wire = Wire(ours, Deadline.after(30))
    theirs.close()
    with pytest.raises(ConnectionResetError):
        wire.read_frame()
    wire.close()
    wire.close()
    for call in (wire.read_frame, lambda: wire.write(b"x")):
        with pytest.raises(OSError, match="the connection is closed"):
            call()


def test_no_time_left() -> None:
    with pytest.raises(TimedOutError):
        opened(ACCESS, (Broker("127.0.0.1", 1),), 1.0, Deadline.after(-1))


def test_of_several_the_kind_is_that_of_one_that_answers() -> None:
    with raw_server(sends(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        brokers = Broker("127.0.0.1", 1), Broker("127.0.0.1", port)
        with pytest.raises((MalformedError, UnreachableError, RefusedError)) as caught:
            opened(ACCESS, brokers, 5.0, Deadline.after(30))
    assert "127.0.0.1:1: connection refused" in str(caught.value)
    assert f"127.0.0.1:{port}" in str(caught.value)
