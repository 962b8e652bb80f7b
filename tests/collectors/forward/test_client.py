"""The sink, against a receiver whose every answer the test decides."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.forward.client import ForwardSink
from collectors.forward.settings import ClientTls, ForwardOutput, SharedKey
from collectors.forward.sockets import AddressError
from collectors.model import RetryError, Sent
from parsers.model import Event
from parsers.secret import Secret
from tests.servers.fluent_peer import greet, next_of, pack, reader, records_of
from tests.servers.forward_link import Link

LIMIT = 20.0
Serve = Callable[[socket.socket], None]


class Receiver:
    """Serves one connection after the other, each as the next of `scripts` says."""

    def __init__(self, *scripts: Serve) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listening.getsockname()[1]}"
        self.messages: list[list[Any]] = []
        self.connections = 0
        self._scripts = scripts
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for script in self._scripts:
            try:
                connection = self.listening.accept()[0]
            except OSError:
                return
            self.connections += 1
            with connection:
                script(connection)

    def take(self, connection: socket.socket, unpacker: Any) -> list[Any]:
        message: list[Any] = next_of(connection, unpacker)
        self.messages.append(message)
        return message

    def bodies(self) -> list[str]:
        return [record["body"] for message in self.messages for record in records_of(message)]

    def close(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self._thread.join(LIMIT)


def event(number: int, service: str = "nova") -> Event:
    return {"timestamp": "2026-11-23T12:00:00Z", "body": f"event {number}", "resource": {"service.name": service}}


@pytest.fixture
def sinks() -> Iterator[Callable[..., ForwardSink]]:
    made: list[ForwardSink] = []

    def make(address: str, **settings: Any) -> ForwardSink:
        sink = ForwardSink("fluent", ForwardOutput(address=address, **settings))
        made.append(sink)
        return sink

    yield make
    for sink in made:
        sink.close()


@pytest.fixture
def receivers() -> Iterator[Callable[..., Receiver]]:
    made: list[Receiver] = []

    def make(*scripts: Callable[[Receiver], Serve]) -> Receiver:
        late: list[Receiver] = []
        receiver = Receiver(*[lambda connection, script=script: script(late[0])(connection) for script in scripts])
        late.append(receiver)
        made.append(receiver)
        return receiver

    yield make
    for receiver in made:
        receiver.close()


def acknowledging(times: int) -> Callable[[Receiver], Serve]:
    """Acknowledges so many messages, then closes."""

    def script(receiver: Receiver) -> Serve:
        def serve(connection: socket.socket) -> None:
            unpacker = reader()
            for _ in range(times):
                connection.sendall(pack({"ack": receiver.take(connection, unpacker)[-1]["chunk"]}))

        return serve

    return script


def answering(answer: bytes) -> Callable[[Receiver], Serve]:
    """Takes a message, answers this, and closes when the sink has."""

    def script(receiver: Receiver) -> Serve:
        def serve(connection: socket.socket) -> None:
            receiver.take(connection, reader())
            connection.sendall(answer)
            connection.recv(1)

        return serve

    return script


def test_events_are_accepted_when_each_message_was_acknowledged(sinks: Any, receivers: Any) -> None:
    receiver = receivers(acknowledging(3))
    sink = sinks(receiver.address)
    assert sink.send([event(1), event(2, "neutron")], LIMIT) == Sent(2)
    assert sink.send([event(3)], LIMIT) == Sent(1)
    assert receiver.bodies() == ["event 1", "event 2", "event 3"]
    assert receiver.connections == 1


def test_what_was_not_acknowledged_remains_and_comes_with_the_same_chunk_id(sinks: Any, receivers: Any) -> None:
    receiver = receivers(acknowledging(1), answering(b""), acknowledging(2))
    sink = sinks(receiver.address)
    events = [event(1, "a"), event(2, "b"), event(3, "c")]
    with pytest.raises(RetryError) as told:
        sink.send(events, 2)
    assert told.value.remaining == events[1:]
    assert sink.send(told.value.remaining, LIMIT) == Sent(2)
    chunks = [(message[0], message[-1]["chunk"]) for message in receiver.messages]
    assert [tag for tag, _ in chunks] == [f"stratoscope.{name}" for name in "abbc"]
    assert chunks[1] == chunks[2]


def test_a_connection_that_the_receiver_closed_meanwhile_is_made_anew_without_an_error(sinks: Any, receivers: Any) -> None:
    receiver = receivers(acknowledging(1), acknowledging(1))
    sink = sinks(receiver.address)
    sink.send([event(1)], LIMIT)
    assert sink.send([event(2)], LIMIT) == Sent(1)
    assert receiver.connections == 2


def test_a_receiver_that_closes_each_time_is_asked_twice_and_then_later(sinks: Any, receivers: Any) -> None:
    receiver = receivers(acknowledging(1), acknowledging(0))
    sink = sinks(receiver.address)
    sink.send([event(1)], LIMIT)
    with pytest.raises(RetryError):
        sink.send([event(2)], LIMIT)
    assert receiver.connections == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (pack({"ack": "another"}), "something else than what was sent"),
        (pack({"nack": 1}), "no acknowledgement"),
        (pack(["HELO", {}]), "does it want a shared_key"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no acknowledgement"),
        (b"\xc1", "no acknowledgement"),
        (b"\xc6\x00\x00\xff\xff" + b"x" * 5000, "no end|no acknowledgement"),
        (b"", "no answer in time"),
    ],
)
def test_another_answer_is_an_error_that_says_what_to_do(sinks: Any, receivers: Any, answer: bytes, said: str) -> None:
    receiver = receivers(answering(answer))
    with pytest.raises(RetryError, match=said) as told:
        sinks(receiver.address).send([event(1)], 1.0)
    assert str(told.value).startswith(receiver.address)
    assert "\n" not in str(told.value)


def test_an_answer_may_come_byte_by_byte(sinks: Any, receivers: Any) -> None:
    def script(receiver: Receiver) -> Serve:
        def serve(connection: socket.socket) -> None:
            for byte in pack({"ack": receiver.take(connection, reader())[-1]["chunk"]}):
                connection.sendall(bytes([byte]))
                time.sleep(0.001)

        return serve

    assert sinks(receivers(script).address).send([event(1)], LIMIT) == Sent(1)


def test_a_receiver_that_reads_nothing_is_given_up_in_time(sinks: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sink = sinks(f"127.0.0.1:{listening.getsockname()[1]}", chunk=4 << 20)
        started = time.monotonic()
        with pytest.raises(RetryError, match=r"in time|takes nothing"):
            sink.send([event(1) | {"x": "y" * 4_000_000}, event(2) | {"x": "y" * 4_000_000}], 1.0)
        assert time.monotonic() - started < 15


def test_nobody_there_is_told(sinks: Any, tmp_path: Path) -> None:
    for address in ("127.0.0.1:1", f"unix:{tmp_path}/none.sock", "no-such-host.invalid:1"):
        with pytest.raises(RetryError, match="is Fluent Bit running"):
            sinks(address).send([event(1)], LIMIT)


def test_no_time_at_all_is_a_retry(sinks: Any, receivers: Any) -> None:
    with pytest.raises(RetryError):
        sinks("127.0.0.1:1").send([event(1)], 0)


def test_an_empty_batch_needs_no_connection(sinks: Any) -> None:
    assert sinks("127.0.0.1:1").send([], LIMIT) == Sent(0)


def test_rejected_events_are_told_and_the_rest_is_accepted(sinks: Any, receivers: Any) -> None:
    receiver = receivers(acknowledging(1))
    large = event(2) | {"x": "y" * 50_000}
    sent = sinks(receiver.address, chunk=16 << 10, largest=40_000).send([event(1), large], LIMIT)
    assert sent.accepted == 1
    assert [rejected.event for rejected in sent.rejected] == [large]


def keyed(link: Link) -> Callable[[Receiver], Serve]:
    """Shakes hands, then acknowledges one message."""

    def script(receiver: Receiver) -> Serve:
        def serve(connection: socket.socket) -> None:
            unpacker = reader()
            try:
                greet(connection, unpacker, link)
            except ValueError:
                return
            connection.sendall(pack({"ack": receiver.take(connection, unpacker)[-1]["chunk"]}))

        return serve

    return script


KEY = SharedKey(Secret("the key"), "sink", "me", Secret("the password"))


def test_the_key_and_the_password_are_proven(sinks: Any, receivers: Any) -> None:
    receiver = receivers(keyed(Link(shared_key="the key", user="me", password="the password")))
    assert sinks(receiver.address, shared_key=KEY).send([event(1)], LIMIT) == Sent(1)


@pytest.mark.parametrize(
    "link",
    [Link(shared_key="another"), Link(shared_key="the key", user="you"), Link(shared_key="the key", user="me", password="no")],
)
def test_a_receiver_that_does_not_let_us_in_is_told_without_secrets(sinks: Any, receivers: Any, link: Link) -> None:
    with pytest.raises(RetryError, match="the receiver refuses us: not let in; check shared_key") as told:
        sinks(receivers(keyed(link)).address, shared_key=KEY).send([event(1)], LIMIT)
    assert "the key" not in str(told.value)


def test_a_receiver_that_does_not_know_the_key_itself_is_not_sent_anything(sinks: Any, receivers: Any) -> None:
    def script(receiver: Receiver) -> Serve:
        def serve(connection: socket.socket) -> None:
            connection.sendall(pack(["HELO", {"nonce": "n" * 16, "auth": ""}]))
            next_of(connection, reader())
            connection.sendall(pack(["PONG", True, "", "receiver", "0" * 128]))
            receiver.messages += [[byte] for byte in [connection.recv(1)] if byte]

        return serve

    receiver = receivers(script)
    with pytest.raises(RetryError, match="does not know the shared_key"):
        sinks(receiver.address, shared_key=KEY).send([event(1)], LIMIT)
    assert not receiver.messages


@pytest.mark.parametrize(
    "greeting", [pack(["HELO"]), pack(["HELO", {}]), pack({"ack": 1}), b"\xc1", pack(["HELO", {"nonce": 5}]), b"\x92" * 2000]
)
def test_a_greeting_that_is_none_is_told(sinks: Any, receivers: Any, greeting: bytes) -> None:
    def script(_: Receiver) -> Serve:
        def serve(connection: socket.socket) -> None:
            connection.sendall(greeting)
            connection.recv(1)

        return serve

    with pytest.raises(RetryError, match=r"HELO|nonce|neither text nor bytes|no end"):
        sinks(receivers(script).address, shared_key=KEY).send([event(1)], LIMIT)


def test_the_files_of_tls_are_looked_at_when_it_starts(tmp_path: Path) -> None:
    with pytest.raises(AddressError, match=r"none\.pem"):
        ForwardSink("fluent", ForwardOutput(tls=ClientTls(ca=tmp_path / "none.pem")))
