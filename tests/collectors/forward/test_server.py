"""The source, told what a sender does on a socket; the clock is an argument."""

import contextlib
import resource
import shutil
import socket
import ssl
import stat
import threading
from pathlib import Path
from typing import Any

import msgpack
import pytest

from collectors.forward import wire
from collectors.forward.server import PIECE, ForwardSource
from collectors.forward.settings import ForwardBounds, ForwardInput, ServerTls, SharedKey
from collectors.forward.sockets import AddressError
from collectors.forward.wire import Entry, EventTime
from collectors.model import Position
from parsers.secret import Secret
from tests.collectors.forward.driving import Driver, driver

SETTINGS = ForwardInput(listen="127.0.0.1:0")
NOW = EventTime(1_795_404_781, 5)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def sent(*lines: str, tag: str = "raw", chunk: str | None = None, file: str = "a.log", time: EventTime = NOW) -> bytes:
    entries = [Entry(time, {"log": line, "file": file}) for line in lines]
    return wire.forward(tag, entries, {"chunk": chunk} if chunk else None, metadata=True)


def answered(connection: socket.socket) -> Any:
    """The next answer; the source must not have to do anything for it."""
    return msgpack.unpackb(connection.recv(4096))


def is_silent(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    finally:
        connection.setblocking(True)
        connection.settimeout(30)


@pytest.fixture
def here(request: pytest.FixtureRequest) -> Any:
    """Makes drivers and closes them."""
    made: list[Driver] = []

    def make(settings: ForwardInput = SETTINGS, clock: Any = None, run: str = "run", commit: bool = False) -> Driver:
        one = driver(settings, clock, run)
        one.commit = commit
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()


# -- acknowledgement ----------------------------------------------------------------------------------------------------


def test_a_message_is_acknowledged_when_its_last_line_is_safe_and_not_before(here: Any) -> None:
    source = here()
    connection = source.connected()
    connection.sendall(sent("one", "two", chunk="c1"))
    source.until(lambda: source.chunks, "its lines")
    assert source.texts == {"a.log": b"one\ntwo\n"}
    (chunk,) = source.chunks
    source.source.commit({chunk.identity: Position(4, 2, "a.log")})
    assert is_silent(connection)
    source.source.commit({chunk.identity: Position(8, 3, "a.log")})
    assert answered(connection) == {"ack": "c1"}
    assert source.source.counts == {"messages": 1, "records": 2, "not_logs": 0, "streams": 1, "acknowledged": 1}


def test_it_waits_for_every_stream_of_the_message(here: Any) -> None:
    source = here()
    connection = source.connected()
    entries = [Entry(NOW, {"log": name, "file": name}) for name in ("a", "b")]
    connection.sendall(wire.forward("raw", entries, {"chunk": "c"}))
    source.until(lambda: len(source.chunks) == 2, "both streams")
    first, second = source.chunks
    source.source.commit({first.identity: Position(2, 2)})
    assert is_silent(connection)
    source.source.commit({second.identity: Position(2, 2)})
    assert answered(connection) == {"ack": "c"}


def test_a_later_position_makes_all_messages_before_it_safe(here: Any) -> None:
    source = here()
    connections = [source.connected() for _ in range(3)]
    for number, connection in enumerate(connections):
        connection.sendall(sent(f"line {number}", chunk=f"c{number}"))
        source.until_chunks(number + 1)
    source.make_safe()
    assert [answered(connection) for connection in connections] == [{"ack": "c0"}, {"ack": "c1"}, {"ack": "c2"}]


def test_what_is_repeated_after_it_was_acknowledged_is_acknowledged_at_once_and_dropped(here: Any) -> None:
    source = here(commit=True)
    for _ in range(2):
        connection = source.connected()
        connection.sendall(sent("once", chunk="c"))
        source.until_answered(connection)
        connection.close()
    assert source.texts == {"a.log": b"once\n"}
    assert source.source.counts["repeated"] == 1


def test_what_is_repeated_while_it_is_under_way_is_attached_to_it(here: Any) -> None:
    source = here()
    first, second = source.connected(), source.connected()
    first.sendall(sent("once", chunk="c"))
    source.until(lambda: source.chunks, "it")
    first.close()
    second.sendall(sent("once", chunk="c"))
    source.until(lambda: source.source.counts["repeated"] == 1, "the repeat")
    assert is_silent(second)
    source.make_safe()
    assert answered(second) == {"ack": "c"}
    assert source.texts == {"a.log": b"once\n"}


def test_the_same_chunk_id_under_another_tag_is_another_message(here: Any) -> None:
    source = here(commit=True)
    connection = source.connected()
    connection.sendall(sent("x", tag="one", chunk="c", file="") + sent("x", tag="two", chunk="c", file=""))
    source.until(lambda: len(source.chunks) == 2, "both")
    assert source.texts == {"one": b"x\n", "two": b"x\n"}


def test_what_was_remembered_is_bounded(here: Any) -> None:
    source = here(ForwardInput(listen="127.0.0.1:0", bounds=ForwardBounds(remembered=2)), commit=True)
    connection = source.connected()
    for name in ("a", "b", "c", "a", "c"):
        connection.sendall(sent("x", chunk=name))
        source.until_answered(connection)
        assert answered(connection) == {"ack": name}
    assert source.source.counts["repeated"] == 1
    assert len(source.lines()) == 4


def test_an_empty_message_and_one_of_metrics_are_acknowledged_at_once(here: Any) -> None:
    source = here()
    connection = source.connected()
    metrics = msgpack.packb(["m", b"metrics", {"chunk": "m", "fluent_signal": 1}])
    connection.sendall(wire.forward("raw", [], {"chunk": "e"}) + metrics)
    source.until(lambda: source.source.counts["acknowledged"] == 2, "both")
    assert source.source.counts["not_logs"] == 1
    assert not source.chunks


def test_an_acknowledgement_that_waits_too_long_ends_the_connection_and_the_repeat_is_attached(here: Any) -> None:
    clock = Clock()
    source = here(clock=clock)
    first = source.connected()
    first.sendall(sent("x", chunk="c"))
    source.until(lambda: source.chunks, "it")
    clock.now += 31
    source.step()
    assert first.recv(1) == b""
    assert source.source.ended["unacknowledged"] == 1
    assert "look at our sinks" in str(source.problems[0])
    second = source.connected()
    second.sendall(sent("x", chunk="c"))
    source.until(lambda: source.source.counts["repeated"] == 1, "the repeat")
    source.make_safe()
    assert answered(second) == {"ack": "c"}


def test_a_sender_without_acknowledgement_is_never_ended_for_a_slow_sink(here: Any) -> None:
    clock = Clock()
    source = here(clock=clock)
    connection = source.connected()
    connection.sendall(sent("x"))
    source.until(lambda: source.chunks, "it")
    clock.now += 31
    source.step()
    assert source.source.connections == 1


# -- streams and ids ----------------------------------------------------------------------------------------------------


def test_ids_are_the_same_when_a_message_comes_again_in_the_next_life(here: Any) -> None:
    lives = []
    for run, before in (("one", []), ("two", ["something else", "more"])):
        source = here(run=run)
        connection = source.connected()
        for number, line in enumerate(before):
            connection.sendall(sent(line, chunk=f"before{number}"))
        connection.sendall(sent("first", "second", chunk="c"))
        source.until_lines(len(before) + 2)
        lives.append({line: uid for uid, line in source.uids})
        source.source.close()
    assert lives[0][b"first\n"] == lives[1][b"first\n"]
    assert lives[0][b"second\n"] == lives[1][b"second\n"] != lives[0][b"first\n"]


def test_no_two_lines_have_the_same_id(here: Any) -> None:
    source = here(commit=True)
    connection = source.connected()
    long = "x" * (PIECE + 100)
    for chunk in ("c", "d", None, None):
        entries = [Entry(NOW, {"log": text, "file": file}) for file in ("a", "b") for text in ("same", long, "same")]
        connection.sendall(wire.forward("raw", entries, {"chunk": chunk} if chunk else None))
    source.until_lines(24)
    whole = [uid for uid, line in source.uids if line == b"same\n"]
    assert len(whole) == len(set(whole)) == 16


def test_a_stream_goes_on_from_message_to_message(here: Any) -> None:
    source = here(commit=True)
    connection = source.connected()
    for number in range(3):
        connection.sendall(sent("a", "b", chunk=f"c{number}"))
        source.until_chunks(number + 1)
    assert [(chunk.offset, chunk.line) for chunk in source.chunks] == [(0, 1), (4, 3), (8, 5)]
    assert len({chunk.identity for chunk in source.chunks}) == 1


def test_a_quiet_stream_is_ended_and_begins_anew(here: Any) -> None:
    clock = Clock()
    source = here(clock=clock, commit=True)
    connection = source.connected()
    connection.sendall(sent("a"))
    source.until(lambda: len(source.chunks) == 1, "it")
    clock.now += 61
    source.step()
    assert source.chunks[-1].ended
    connection.sendall(sent("b"))
    source.until(lambda: len(source.chunks) == 3, "it")
    first, end, again = source.chunks
    assert end.identity == first.identity != again.identity
    assert again.offset == 0


def test_beyond_the_bound_of_streams_the_oldest_is_ended(here: Any) -> None:
    source = here(ForwardInput(listen="127.0.0.1:0", bounds=ForwardBounds(streams=2)), commit=True)
    connection = source.connected()
    for number, name in enumerate(("a", "b", "c")):
        connection.sendall(sent("x", file=name))
        source.until_lines(number + 1)
    assert [chunk.path for chunk in source.chunks if chunk.ended] == ["a"]


def test_messages_that_came_together_are_given_in_the_order_of_their_records(here: Any) -> None:
    source = here(commit=True)
    early, late = source.connected(), source.connected()
    late.sendall(sent("second", time=EventTime(20, 0)))
    early.sendall(sent("first", time=EventTime(10, 0)))
    source.until(lambda: len(source.lines()) == 2, "both")
    assert source.lines() == [b"first", b"second"]


def test_a_message_waits_for_an_earlier_one_of_its_tag_that_is_just_coming(here: Any) -> None:
    source = here(commit=True)
    early, late = source.connected(), source.connected()
    data = sent("first", "x" * 1000, time=EventTime(10, 0))
    early.sendall(data[:200])
    source.until(lambda: any(source.source._senders.under_way()), "its beginning")
    late.sendall(sent("second", time=EventTime(20, 0)))
    source.step(0.2)
    assert not source.chunks
    early.sendall(data[200:])
    source.until(lambda: len(source.lines()) == 3, "both")
    assert source.lines()[0] == b"first"


def test_it_does_not_wait_for_one_that_has_stalled(here: Any) -> None:
    clock = Clock()
    source = here(clock=clock, commit=True)
    early, late = source.connected(), source.connected()
    early.sendall(sent("first", "x" * 1000, time=EventTime(10, 0))[:200])
    source.until(lambda: any(source.source._senders.under_way()), "its beginning")
    clock.now += 2
    late.sendall(sent("second", time=EventTime(20, 0)))
    source.until(lambda: source.lines() == [b"second"], "the later one")


# -- bounds -------------------------------------------------------------------------------------------------------------


def test_rubbish_ends_the_connection_and_is_told_and_counted(here: Any) -> None:
    source = here(commit=True)
    connection = source.connected()
    connection.sendall(sent("good") + b"GET / HTTP/1.1\r\n\r\n")
    source.until(lambda: source.source.ended["malformed"] == 1, "the end")
    assert connection.recv(1) == b""
    assert source.lines() == [b"good"]
    assert str(source.problems[0]).startswith("forward 127.0.0.1:0 from 127.0.0.1:")
    assert "\n" not in str(source.problems[0])


def test_the_same_trouble_is_told_once_in_a_while(here: Any) -> None:
    source = here()
    for _ in range(5):
        source.connected().sendall(b"\xc1")
    source.until(lambda: source.source.ended["malformed"] == 5, "all")
    assert len(source.problems) == 1


def test_a_message_that_does_not_end_in_time_ends_the_connection(here: Any) -> None:
    clock = Clock()
    source = here(clock=clock)
    connection = source.connected()
    connection.sendall(b"\x92\xa3raw")
    source.until(lambda: any_under_way(source), "its beginning")
    clock.now += 61
    source.step()
    assert source.source.ended["stalled"] == 1
    assert connection.recv(1) == b""
    assert "look at the sender" in str(source.problems[0])


def any_under_way(source: Driver) -> bool:
    return any(one.decoder.under_way for one in source.source._senders._by_descriptor.values())


def test_a_slow_sender_of_byte_after_byte_is_ended_too(here: Any) -> None:
    clock = Clock()
    source = here(clock=clock)
    connection = source.connected()
    for byte in sent("x" * 200)[:60]:
        connection.sendall(bytes([byte]))
        source.step(1)
        clock.now += 1
    clock.now += 10
    source.step()
    assert source.source.ended["stalled"] == 1


def test_a_quiet_sender_between_two_messages_stays(here: Any) -> None:
    clock = Clock()
    source = here(clock=clock, commit=True)
    connection = source.connected()
    connection.sendall(sent("a"))
    source.until(lambda: source.lines() == [b"a"], "it")
    clock.now += 3600
    connection.sendall(sent("b"))
    source.until(lambda: source.lines() == [b"a", b"b"], "the next one")


def test_one_sender_too_many_takes_the_place_of_one_that_is_quiet(here: Any) -> None:
    source = here(ForwardInput(listen="127.0.0.1:0", bounds=ForwardBounds(connections=2)), commit=True)
    quiet, busy = source.connected(), source.connected()
    source.until(lambda: source.source.connections == 2, "both")
    busy.sendall(b"\x92")
    source.until(lambda: any_under_way(source), "its beginning")
    third = source.connected()
    source.until(lambda: source.source.ended["made_room"] == 1, "room")
    assert quiet.recv(1) == b""
    third.sendall(b"\x92")
    source.step(1)
    fourth = source.connected()
    source.until(lambda: source.source.ended["too_many"] == 1, "the fourth")
    assert fourth.recv(1) == b""
    assert "raise bounds.connections" in str(source.problems[0])


def test_beyond_the_bound_of_memory_one_message_after_the_other_is_read(here: Any) -> None:
    bounds = ForwardBounds(message=1 << 20, record=1 << 20, memory=1 << 20)
    source = here(ForwardInput(listen="127.0.0.1:0", bounds=bounds), commit=True)
    most = 0
    senders = [
        threading.Thread(target=send_slowly, args=(source.connected(), sent(*["x" * 1000] * 900, file=f"{number}")))
        for number in range(6)
    ]
    for sender in senders:
        sender.start()

    def all_there() -> bool:
        nonlocal most
        most = max(most, sum(one.decoder.held for one in source.source._senders._by_descriptor.values()))
        return len(source.texts) == 6

    source.until(all_there, "all six")
    for sender in senders:
        sender.join()
    assert most < 4 << 20
    assert len(source.lines()) == 5400


def send_slowly(connection: socket.socket, data: bytes) -> None:
    for start in range(0, len(data), 100_000):
        connection.sendall(data[start : start + 100_000])
    connection.close()


def test_the_end_of_a_connection_in_a_message_is_counted_and_not_told(here: Any) -> None:
    source = here()
    connection = source.connected()
    connection.sendall(b"\x92\xa3raw")
    connection.close()
    source.until(lambda: source.source.ended["cut"] == 1, "the end")
    assert not source.problems


# -- addresses ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
def test_a_unix_socket_has_the_mode_asked_for(here: Any, tmp_path: Path, mode: int) -> None:
    path = tmp_path / "raw.sock"
    source = here(ForwardInput(listen=f"unix:{path}", mode=f"{mode:04o}"), commit=True)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    source.connected().sendall(sent("x"))
    source.until(lambda: source.lines() == [b"x"], "it")
    source.source.close()
    assert not path.exists()


def test_the_socket_of_a_process_that_was_killed_is_replaced_and_one_in_use_is_not(here: Any, tmp_path: Path) -> None:
    path = tmp_path / "raw.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    here(ForwardInput(listen=f"unix:{path}"))
    with pytest.raises(AddressError, match="somebody listens on it"):
        ForwardSource(ForwardInput(listen=f"unix:{path}"), print)
    assert path.exists()


def test_a_file_in_the_way_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "important"
    path.write_text("text")
    with pytest.raises(AddressError, match="no socket"):
        ForwardSource(ForwardInput(listen=f"unix:{path}"), print)
    assert path.read_text() == "text"


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("unix:/no/such/folder/raw.sock", "make the folder first"),
        ("192.0.2.1:5", "check the address"),
        ("no-such-host.invalid:5", "check the address"),
    ],
)
def test_where_nobody_can_listen_the_error_says_what_to_do(listen: str, said: str) -> None:
    with pytest.raises(AddressError, match=said) as told:
        ForwardSource(ForwardInput(listen=listen), print)
    assert str(told.value).startswith(listen)


def test_a_port_in_use_is_told(here: Any) -> None:
    port = here().source.port
    with pytest.raises(AddressError, match="end the other program"):
        ForwardSource(ForwardInput(listen=f"127.0.0.1:{port}"), print)


def test_tls_without_its_files_is_told(tmp_path: Path) -> None:
    tls = ServerTls(tmp_path / "no.pem", tmp_path / "no.key")
    with pytest.raises(AddressError, match="name PEM files"):
        ForwardSource(ForwardInput(listen="127.0.0.1:0", tls=tls), print)


def test_renewed_certificates_are_taken_and_broken_ones_are_told_and_not(here: Any, certificates: Path, tmp_path: Path) -> None:
    for name in ("server.pem", "server.key"):
        shutil.copy(certificates / name, tmp_path / name)
    source = here(ForwardInput(listen="127.0.0.1:0", tls=ServerTls(tmp_path / "server.pem", tmp_path / "server.key")))
    first = subject_of(source, certificates)
    (tmp_path / "server.pem").write_text("half a certificate")
    assert subject_of(source, certificates) == first
    assert "name PEM files" in str(source.problems[0])
    for name in ("pem", "key"):
        shutil.copy(certificates / f"client.{name}", tmp_path / f"server.{name}")
    assert subject_of(source, certificates) != first
    assert len(source.problems) == 1


def subject_of(source: Driver, certificates: Path) -> bytes | None:
    """The certificate that a new connection is shown."""
    context = ssl.create_default_context(cafile=certificates / "ca.pem")
    context.check_hostname = False
    shown: list[bytes | None] = []

    def connect() -> None:
        with socket.create_connection(("127.0.0.1", source.source.port), 30) as plain, context.wrap_socket(plain) as secured:
            shown.append(secured.getpeercert(binary_form=True))

    thread = threading.Thread(target=connect)
    thread.start()
    source.until(lambda: bool(shown), "a handshake")
    thread.join()
    return shown[0]


def test_a_sender_without_tls_or_without_the_key_is_ended_and_told(here: Any, certificates: Path) -> None:
    tls = ServerTls(certificates / "server.pem", certificates / "server.key")
    source = here(ForwardInput(listen="127.0.0.1:0", tls=tls))
    source.connected().sendall(sent("x"))
    source.until(lambda: source.source.ended["tls"] == 1, "the end")
    assert "compare the certificates" in str(source.problems[0])
    source = here(ForwardInput(listen="127.0.0.1:0", shared_key=SharedKey(Secret("k"))))
    source.connected().sendall(sent("x"))
    source.until(lambda: source.source.ended["handshake"] == 1, "the end")
    assert "has the other side a shared_key?" in str(source.problems[0])


def test_a_sender_that_does_not_shake_hands_is_ended(here: Any) -> None:
    clock = Clock()
    source = here(ForwardInput(listen="127.0.0.1:0", shared_key=SharedKey(Secret("k"))), clock)
    connection = source.connected()
    source.until(lambda: source.source.connections == 1, "it")
    assert msgpack.unpackb(connection.recv(4096), unicode_errors="surrogateescape")[0] == "HELO"
    clock.now += 11
    source.step()
    assert source.source.ended["handshake_timeout"] == 1


def test_too_many_open_files_do_not_stop_the_others(here: Any) -> None:
    clock = Clock()
    source = here(clock=clock, commit=True)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as waiting, socket.socket() as one_more:
        resource.setrlimit(resource.RLIMIT_NOFILE, (one_more.fileno(), limits[1]))
        try:
            waiting.connect(("127.0.0.1", source.source.port))
            source.until(lambda: source.problems, "the trouble")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert "ulimit" in str(source.problems[0])
        waiting.sendall(sent("x"))
        source.step()
        assert source.source.connections == 0
        clock.now += 2
        source.until(lambda: source.lines() == [b"x"], "the sender that waited")


def test_a_sender_that_does_not_read_its_acknowledgements_is_ended(here: Any) -> None:
    source = here(commit=True)
    connection = source.connected()
    connection.settimeout(0.5)
    number = 0

    def ended() -> bool:
        nonlocal number
        with contextlib.suppress(OSError):  # its buffers are full, or it is ended already
            for _ in range(50):
                number += 1
                connection.sendall(sent("x", chunk=f"{number:03000d}"))
        return bool(source.source.ended["unread"])

    source.until(ended, "its end")
    assert "look what it waits for" in str(source.problems[0])


def test_acknowledgements_that_find_no_room_are_sent_later(here: Any, tmp_path: Path) -> None:
    source = here(ForwardInput(listen=f"unix:{tmp_path}/raw.sock"), commit=True)
    connection = source.connected()
    total = 0
    while not any(one.wants_to_write for one in source.source._senders._by_descriptor.values()):
        connection.sendall(sent("x", chunk=f"{total:03000d}"))
        total += 1
        source.step(0.1)
    unpacker = msgpack.Unpacker()
    answers: list[Any] = []

    def all_read() -> bool:
        connection.setblocking(False)
        try:
            unpacker.feed(connection.recv(1 << 16))
        except BlockingIOError:
            return False
        answers.extend(unpacker)
        return len(answers) == total

    source.until(all_read, "all answers")
    assert [answer["ack"] for answer in answers] == [f"{number:03000d}" for number in range(total)]
