"""libvirt's protocol against exchanges recorded of a real libvirtd 9.0.0, and against what is none."""

import contextlib
import socket
import struct
import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.libvirt import PROGRAM, CallError, Libvirt
from clients.model import Deadline, MalformedError, RefusedError, TargetError, TimedOutError, UnreachableError
from tests.clients.talker import Speak, Talker

LONG = 30.0
RECORDED = Path(__file__).parent.parent / "data" / "probes" / "libvirt"


def recorded(name: str) -> list[tuple[str, bytes]]:
    """What went there (`>`) and came back (`<`), as hexadecimal digits, a packet a line."""
    lines = (RECORDED / f"{name}.hex").read_text().splitlines()
    return [(line[0], bytes.fromhex(line[2:])) for line in lines]


def replaying(exchange: Sequence[tuple[str, bytes]], heard: list[bytes]) -> Speak:
    def speak(connection: socket.socket) -> None:
        for side, packet in exchange:
            if side == "<":
                connection.sendall(packet)
            else:
                heard.append(connection.recv(len(packet), socket.MSG_WAITALL))
        connection.recv(1)

    return speak


def reply(procedure: int, serial: int, payload: bytes, *, status: int = 0, kind: int = 1) -> bytes:
    header = struct.pack(">IIIiiIi", 28 + len(payload), PROGRAM, 1, procedure, kind, serial, status)
    return header + payload


def asked(talker: Talker) -> contextlib.closing[Libvirt]:
    return contextlib.closing(Libvirt(talker.address.removeprefix("unix:"), Deadline.after(LONG)))


def test_a_recorded_exchange_is_repeated_byte_by_byte(tmp_path: Path) -> None:
    exchange, heard = recorded("libvirtd-9.0.0-test"), []  # type: ignore[var-annotated]
    with Talker(tmp_path / "s", replaying(exchange, heard)) as talker, asked(talker) as daemon:
        daemon.open("test:///default", Deadline.after(LONG))
        daemon.open("test:///default", Deadline.after(LONG))  # which is done already
        assert daemon.libvirt_version(Deadline.after(LONG)) == "9.0.0"
        assert daemon.domains(Deadline.after(LONG)) == 1
        daemon.goodbye(Deadline.after(LONG))
    assert heard == [packet for side, packet in exchange if side == ">"]


def test_a_driver_that_does_not_open(tmp_path: Path) -> None:
    speak = replaying(recorded("libvirtd-9.0.0-no-driver"), [])
    expected = pytest.raises(CallError, match="no connection driver available for qemu:///system")
    with Talker(tmp_path / "s", speak) as talker, asked(talker) as daemon, expected:
        daemon.open("qemu:///system", Deadline.after(LONG))


def test_one_that_wants_a_login(tmp_path: Path) -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(reply(66, 1, struct.pack(">iii", 2, 1, 2)))

    expected = pytest.raises(RefusedError, match="it wants a login")
    with Talker(tmp_path / "s", speak) as talker, asked(talker) as daemon, expected:
        daemon.open("qemu:///system", Deadline.after(LONG))


def test_events_and_signs_of_life_in_between_are_passed_over(tmp_path: Path) -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(4096)
        alive = struct.pack(">IIIiiIi", 28, 0x6B656570, 1, 1, 2, 0, 0)
        connection.sendall(alive + reply(318, 0, b"\0" * 8, kind=2) + reply(51, 9, b"\0" * 4))
        connection.sendall(reply(51, 1, struct.pack(">i", 7)))

    with Talker(tmp_path / "s", speak) as talker, asked(talker) as daemon:
        assert daemon.domains(Deadline.after(LONG)) == 7


def test_a_late_reply_is_waited_for_and_the_call_not_sent_again(tmp_path: Path) -> None:
    go_on = threading.Event()
    heard: list[bytes] = []

    def speak(connection: socket.socket) -> None:
        heard.append(connection.recv(4096))
        go_on.wait(LONG)
        connection.sendall(reply(51, 1, struct.pack(">i", 3)))
        heard.append(connection.recv(4096))
        connection.sendall(reply(157, 2, struct.pack(">Q", 9_000_000)))

    with Talker(tmp_path / "s", speak) as talker, asked(talker) as daemon:
        for _ in range(3):
            with pytest.raises(TimedOutError):
                daemon.domains(Deadline.after(0.1))
        go_on.set()
        assert daemon.domains(Deadline.after(LONG)) == 3
        assert daemon.libvirt_version(Deadline.after(LONG)) == "9.0.0"
    assert [len(packet) for packet in heard] == [28, 28]


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", MalformedError, "is this a socket of libvirt"),
        (b"\0\0\0\1", MalformedError, "a packet of 1 bytes"),
        (b"\xff\xff\xff\xff", MalformedError, "a packet of 4294967295 bytes"),
        (b"\0\0\0\x40half", UnreachableError, "hung up"),
        (reply(51, 1, b""), MalformedError, "a reply of 0 bytes"),
        (reply(51, 1, b"odd"), MalformedError, "a reply of 3 bytes"),
        (reply(51, 1, b"", status=1), CallError, "an error without words"),
        (reply(51, 1, struct.pack(">iiII", 1, 2, 1, 0xFFFFFFFF) + b"no\nway" * 99, status=1), CallError, "no wayno way"),
    ],
)
def test_what_is_no_reply(tmp_path: Path, said: bytes, kind: type[TargetError], words: str) -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(said)
        connection.close()

    expected = pytest.raises(TargetError, match=words)
    with Talker(tmp_path / "s", speak) as talker, asked(talker) as daemon, expected as caught:
        daemon.domains(Deadline.after(LONG))
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=80))
def test_whatever_comes_is_a_reply_or_a_target_error(said: bytes) -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(said if len(said) % 2 else reply(157, 1, said))
        connection.close()

    allowed = contextlib.suppress(TargetError)
    with TemporaryDirectory() as folder, Talker(Path(folder) / "s", speak) as talker, asked(talker) as daemon, allowed:
        assert daemon.libvirt_version(Deadline.after(LONG))
