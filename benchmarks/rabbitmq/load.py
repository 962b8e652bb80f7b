"""Fills a broker with the queues and connections of an OpenStack cloud, as far as its own processes would see them.

The queues are real, with the names that oslo.messaging gives them, and each has a consumer. The connections are real too, with
a channel each, but nobody behind them: a Python client for each would take the memory of the machine. Hence AMQP by hand here.
"""

import contextlib
import itertools
import socket
import struct
import uuid
from collections.abc import Iterator

_TOPICS = (
    "q-agent-notifier-tunnel-update q-agent-notifier-tunnel-delete q-agent-notifier-dvr-update"
    " q-agent-notifier-l2population-update q-agent-notifier-security_group-update neutron-vo-Port-1.9 neutron-vo-Network-1.1"
    " neutron-vo-Subnet-1.2 neutron-vo-SecurityGroup-1.6 neutron-vo-SecurityGroupRule-1.3"
).split()
"""What an L2 agent listens to, about."""
_CLIENTS = ("neutron-openvswitch-agent",) * 12 + ("nova-compute",) * 3
_BATCH = 100
_PER_CHANNEL = 500
_WAIT = 120.0
_EXPIRES = 1_800_000


def names(count: int) -> Iterator[str]:
    """So many names of queues: those of some computes with ML2/OVS, a dozen topics besides."""
    yield from itertools.islice(_of_a_cloud(), count)


def _of_a_cloud() -> Iterator[str]:
    yield from ("compute", "conductor", "scheduler", "q-plugin", *_TOPICS)
    for number in itertools.count():
        host = f"cmp{number:05}"
        for topic in ("compute", *_TOPICS):
            yield f"{topic}.{host}"
            yield f"{topic}_fanout_{uuid.uuid4().hex}"
        yield f"reply_{uuid.uuid4().hex}"


@contextlib.contextmanager
def queues(port: int, count: int) -> Iterator[None]:
    """Declare the queues and read them all, over one connection, until the context is left."""
    with _connected(port) as connection:
        connection.sendall(_greeting("nova-conductor", 0))
        channel = 1
        for number, name in enumerate(names(count)):
            if number and number % _PER_CHANNEL == 0:
                channel += 1
                connection.sendall(_frame(channel, _CHANNEL_OPEN))
            connection.sendall(_frame(channel, _declare(name)) + _frame(channel, _consume(name)))
        connection.sendall(_frame(channel + 1, _CHANNEL_OPEN))
        _wait_for(connection, frames=4 + channel)  # start, tune, open-ok, and each channel's own
        yield


@contextlib.contextmanager
def connections(port: int, count: int) -> Iterator[None]:
    """So many connections, each with a channel, until the context is left."""
    with contextlib.ExitStack() as held:
        for start in range(0, count, _BATCH):
            batch = [held.enter_context(_connected(port)) for _ in range(min(_BATCH, count - start))]
            for number, made in enumerate(batch, start):
                made.sendall(_greeting(_CLIENTS[number % len(_CLIENTS)], number))
            for made in batch:
                _wait_for(made, frames=4)
        yield


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), _WAIT)


def _greeting(client: str, number: int) -> bytes:
    """All that a client says until its first channel is open; the broker reads it in its own time."""
    name = f"{client}:{number}:{uuid.uuid4()}".encode()
    properties = _short(b"connection_name") + b"S" + _long(name)
    start_ok = struct.pack(">HH", 10, 11) + _long(properties) + _short(b"PLAIN") + _long(b"\0guest\0guest") + _short(b"en_US")
    tune_ok = struct.pack(">HHHIH", 10, 31, 2047, 131_072, 0)
    connection_open = struct.pack(">HH", 10, 40) + _short(b"/") + _short(b"") + b"\0"
    frames = (_frame(0, start_ok), _frame(0, tune_ok), _frame(0, connection_open), _frame(1, _CHANNEL_OPEN))
    return b"AMQP\0\0\x09\x01" + b"".join(frames)


def _declare(name: str) -> bytes:
    """queue.declare without an answer; what belongs to a process expires."""
    arguments = _short(b"x-expires") + b"l" + struct.pack(">q", _EXPIRES)
    transient = "_fanout_" in name or name.startswith("reply_")
    return struct.pack(">HHH", 50, 10, 0) + _short(name.encode()) + b"\x10" + _long(arguments if transient else b"")


def _consume(name: str) -> bytes:
    """basic.consume without an answer and without acknowledgements."""
    return struct.pack(">HHH", 60, 20, 0) + _short(name.encode()) + _short(name.encode()) + b"\x0a" + _long(b"")


def _frame(channel: int, payload: bytes) -> bytes:
    return struct.pack(">BHI", 1, channel, len(payload)) + payload + b"\xce"


def _short(text: bytes) -> bytes:
    return bytes((len(text),)) + text


def _long(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


_CHANNEL_OPEN = struct.pack(">HH", 20, 10) + _short(b"")


def _wait_for(connection: socket.socket, frames: int) -> None:
    """Read so many frames."""
    for _ in range(frames):
        _, _, size = struct.unpack(">BHI", _exactly(connection, 7))
        _exactly(connection, size + 1)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError("the broker has closed a connection; look at its limit of file descriptors")
        data += piece
    return data
