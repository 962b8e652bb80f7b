"""JSON-RPC with servers that do not do what they should."""

import json
import socket
import threading
from pathlib import Path

import pytest

from clients import unixctl
from clients.jsonrpc import Connection
from clients.model import Deadline, MalformedError, TargetError, TimedOutError, UnreachableError
from clients.sockets import Endpoint
from clients.unixctl import CommandError, Unixctl
from tests.clients.talker import Speak, Talker, answers, requests, says, silent


def called(folder: Path, speak: Speak, seconds: float = 20) -> object:
    deadline = Deadline.after(seconds)
    with (
        Talker(folder / "s", speak) as talker,
        Connection(Endpoint.parse(talker.address), deadline, limit=1000) as connection,
    ):
        return connection.call("version", [], deadline).result


def test_a_call_and_its_reply(tmp_path: Path) -> None:
    assert called(tmp_path, answers({"version": "3.1"})) == "3.1"


def test_an_echo_is_answered_in_between(tmp_path: Path) -> None:
    heard: list[object] = []

    def speak(connection: socket.socket) -> None:
        asked = requests(connection)
        call = next(asked)
        connection.sendall(b'{"method":"echo","params":["are you there"],"id":"echo"}')
        heard.append(next(asked))
        connection.sendall(json.dumps({"result": 1, "error": None, "id": call["id"]}).encode())

    assert called(tmp_path, speak) == 1
    assert heard == [{"result": ["are you there"], "error": None, "id": "echo"}]


def test_notifications_and_strange_replies_in_between_are_no_answer(tmp_path: Path) -> None:
    reply = (
        b'{"id":null,"method":"update","params":[]}{"id":7,"result":"other","error":null}{"id":1,"result":"ours","error":null}'
    )
    assert called(tmp_path, says(reply)) == "ours"


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (b"", UnreachableError, "hung up; it is ending"),
        (b'{"id":1,"resu', MalformedError, "hung up in the middle of a message"),
        (b"HTTP/1.0 400 Bad Request\r\n\r\n", MalformedError, "this is no JSON-RPC"),
        (b'{"id":1,"result":"' + b"x" * 2000 + b'"}', MalformedError, "a message of more than 1000 bytes"),
        (b"{}" * 400, UnreachableError, "hung up"),
    ],
)
def test_wrong_answers(tmp_path: Path, said: bytes, error: type[TargetError], words: str) -> None:
    with pytest.raises(error, match=words):
        called(tmp_path, says(said))


def test_silence_ends_at_the_deadline(tmp_path: Path) -> None:
    with pytest.raises(TimedOutError, match="version: no answer in time; the daemon is busy or hangs"):
        called(tmp_path, silent, seconds=0.2)


def test_a_drop_now_and_then_does_not_move_the_deadline(tmp_path: Path) -> None:
    def drips(connection: socket.socket) -> None:
        connection.sendall(b'{"id":1,"result":"')
        while True:
            connection.sendall(b"x")
            connection.recv(0)

    with pytest.raises((TimedOutError, MalformedError)):
        called(tmp_path, drips, seconds=0.3)


def test_a_flood_of_notifications_is_not_hoarded(tmp_path: Path) -> None:
    with pytest.raises(MalformedError, match="10000 notifications and no reply"):
        called(tmp_path, says(b'{"method":"update"}' * 10_001))


class TestUnixctl:
    """Commands to a daemon."""

    def test_text(self, tmp_path: Path) -> None:
        with (
            Talker(tmp_path / "d.1.ctl", answers({"version": "3.1\n"})),
            unixctl.find([f"{tmp_path}/d.*.ctl"], "d", Deadline.after(9)) as d,
        ):
            assert d.ask("version", deadline=Deadline.after(9)) == "3.1\n"
            with pytest.raises(CommandError, match="nonsense is not a valid command"):
                d.ask("nonsense", deadline=Deadline.after(9))
            assert d.ask("version", deadline=Deadline.after(9)) == "3.1\n"

    def test_no_text(self, tmp_path: Path) -> None:
        with (
            Talker(tmp_path / "d", answers({"version": [1]})),
            Unixctl(f"{tmp_path}/d", Deadline.after(9)) as daemon,
            pytest.raises(MalformedError, match="the result is no text"),
        ):
            daemon.ask("version", deadline=Deadline.after(9))

    def test_the_socket_of_a_daemon_that_was_killed_is_passed_by(self, tmp_path: Path) -> None:
        with Talker(tmp_path / "d.2.ctl", answers({"version": "the living"})):
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(str(tmp_path / "d.3.ctl"))  # newer, and left behind: nobody listens on it
            with unixctl.find([f"{tmp_path}/d.*.ctl"], "d", Deadline.after(9)) as daemon:
                assert daemon.ask("version", deadline=Deadline.after(9)) == "the living"

    def test_none(self, tmp_path: Path) -> None:
        with pytest.raises(
            UnreachableError, match=r"ovs-vswitchd: no socket .*/v\*.ctl; does it run, and is its folder mounted"
        ):
            unixctl.find([f"{tmp_path}/v*.ctl"], "ovs-vswitchd", Deadline.after(9))
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(tmp_path / "v1.ctl"))
        with pytest.raises(UnreachableError, match=r"v1.ctl: connection refused"):
            unixctl.find([f"{tmp_path}/v*.ctl"], "ovs-vswitchd", Deadline.after(9))


def test_after_a_time_out_one_may_call_again_and_the_late_reply_is_passed_over(tmp_path: Path) -> None:
    go_on = threading.Event()

    def speak(connection: socket.socket) -> None:
        asked = requests(connection)
        first = next(asked)
        go_on.wait(20)
        connection.sendall(json.dumps({"result": "late", "error": None, "id": first["id"]}).encode())
        second = next(asked)
        connection.sendall(json.dumps({"result": "in time", "error": None, "id": second["id"]}).encode())

    with (
        Talker(tmp_path / "s", speak) as talker,
        Connection(Endpoint.parse(talker.address), Deadline.after(20)) as connection,
    ):
        with pytest.raises(TimedOutError):
            connection.call("version", [], Deadline.after(0.1))
        go_on.set()
        assert connection.call("version", [], Deadline.after(20)).result == "in time"
