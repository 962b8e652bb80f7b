"""Source and sink against Fluent Bit: its stand-in always, and the real one where it is installed."""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from collectors.forward.client import ForwardSink
from collectors.forward.settings import ClientTls, ForwardInput, ForwardOutput, ServerTls, SharedKey
from collectors.model import RetryError
from parsers.secret import Secret
from tests.collectors.forward.driving import Driver, driver
from tests.servers.fluent_bit import listens
from tests.servers.fluent_peer import PeerFluentBit
from tests.servers.forward_link import FluentBits, Link
from tests.servers.process import Process, free_port, wait_until

pytestmark = pytest.mark.servers

LINES = [b"one", b"two \xff is no UTF-8", b"", b"\xc3\xa9 four", b"five"]
USER: dict[str, Any] = {"shared_key": "the key", "user": "me", "password": "the password"}
SEED = 20261126


def append(folder: Path, lines: list[bytes]) -> None:
    with (folder / "in.log").open("ab") as log:
        log.writelines(line + b"\n" for line in lines)


def together(drivers: list[Driver], holds: Callable[[], bool], what: str) -> None:
    """Poll all of these until something holds."""

    def polled() -> bool:
        for one in drivers:
            one.step()
        return holds()

    wait_until(polled, what)


# -- Fluent Bit sends ---------------------------------------------------------------------------------------------------


def test_every_way_of_sending_gives_the_same_lines(fluent_bits: FluentBits, tmp_path: Path, certificates: Path) -> None:
    forms: list[dict[str, Any]] = [
        {},
        {"ack": False},
        {"ack": False, "send_options": True},
        {"gzip": True},
        {"time_as_integer": True},
        {"retain_metadata": False},
        {"tag": "dyn.$log"},
        USER,
    ]
    drivers = [driver(ForwardInput(listen="127.0.0.1:0", shared_key=key_of(form))) for form in forms]
    links = [Link(port=one.source.port, **form) for one, form in zip(drivers, forms, strict=True)]
    socket = tmp_path / "raw.sock"
    drivers.append(driver(ForwardInput(listen=f"unix:{socket}")))
    links.append(Link(unix=str(socket)))
    drivers.append(driver(ForwardInput(listen="127.0.0.1:0", tls=tls_of(certificates), shared_key=key_of(USER))))
    links.append(Link(port=drivers[-1].source.port, **(mutual(certificates, "client") | USER)))
    append(tmp_path, LINES)
    with fluent_bits.sender(tmp_path, links):
        together(drivers, lambda: all(len(one.lines()) >= len(LINES) for one in drivers), "all lines over all links")
    for one, link in zip(drivers, links, strict=True):
        assert one.lines() == LINES, link
        assert not one.problems, link
        assert bool(one.source.counts["acknowledged"]) == link.ack, link
        one.close()


def key_of(form: dict[str, Any]) -> SharedKey | None:
    if "shared_key" not in form:
        return None
    return SharedKey(Secret(form["shared_key"]), "source", users={form["user"]: Secret(form["password"])})


def tls_of(certificates: Path) -> ServerTls:
    return ServerTls(certificates / "server.pem", certificates / "server.key", certificates / "ca.pem")


def mutual(certificates: Path, name: str) -> dict[str, Any]:
    return {
        "ca": str(certificates / "ca.pem"),
        "certificate": str(certificates / f"{name}.pem"),
        "key": str(certificates / f"{name}.key"),
    }


def test_who_does_not_know_key_or_password_or_has_no_certificate_is_not_let_in(
    fluent_bits: FluentBits, tmp_path: Path, certificates: Path
) -> None:
    keyed = driver(ForwardInput(listen="127.0.0.1:0", shared_key=key_of(USER)))
    secured = driver(ForwardInput(listen="127.0.0.1:0", tls=tls_of(certificates)))
    links = [
        Link(port=keyed.source.port, **{**USER, "shared_key": "another"}),
        Link(port=keyed.source.port, **{**USER, "password": "another"}),
        Link(port=secured.source.port, ca=str(certificates / "ca.pem")),
    ]
    append(tmp_path, LINES)
    both = [keyed, secured]
    with Killed(fluent_bits.sender(tmp_path, links)):
        together(both, lambda: keyed.source.ended["refused"] >= 2 and secured.source.ended["tls"] >= 1, "three refusals")
    assert not keyed.lines()
    assert not secured.lines()
    for one in both:
        one.close()


def test_a_message_that_is_not_acknowledged_comes_again_and_counts_once(fluent_bits: FluentBits, tmp_path: Path) -> None:
    one = driver(ForwardInput(listen="127.0.0.1:0"))
    one.commit = False
    append(tmp_path, LINES)
    with fluent_bits.sender(tmp_path, [Link(port=one.source.port, io_timeout=1)]):
        one.until(lambda: one.source.counts["repeated"] >= 1, "a repeat")
        one.commit = True
        one.until(lambda: not one.source.unacknowledged, "its acknowledgement")
    assert one.lines() == LINES
    one.close()


def test_over_a_unix_socket_our_own_patience_ends_the_waiting(fluent_bits: FluentBits, tmp_path: Path) -> None:
    one = driver(ForwardInput(listen=f"unix:{tmp_path}/raw.sock", acknowledge=1))
    one.commit = False
    append(tmp_path, LINES)
    with fluent_bits.sender(tmp_path, [Link(unix=f"{tmp_path}/raw.sock", io_timeout=1)]):
        one.until(lambda: one.source.counts["repeated"] >= 1, "a repeat")
        one.commit = True
        one.until(lambda: not one.source.unacknowledged, "its acknowledgement")
    assert one.lines() == LINES
    assert one.source.ended["unacknowledged"] >= 1
    one.close()


def test_when_we_are_killed_nothing_is_lost_and_repeats_have_the_same_ids(fluent_bits: FluentBits, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    written, address = tmp_path / "written.txt", f"unix:{tmp_path}/raw.sock"
    total = 0
    with fluent_bits.sender(tmp_path, [Link(unix=address.removeprefix("unix:"), io_timeout=2)]):
        for _ in range(4):
            before = size_of(written)
            with ours(address, written):
                for _ in range(5):
                    append(tmp_path, [b"line %d" % number for number in range(total, total + 200)])
                    total += 200
                    time.sleep(chance.random() / 10)
                wait_until(partial(is_larger, written, before), "something is written")
        with ours(address, written):
            wait_until(lambda: len(set(lines_of(written))) >= total, "all lines")
    by_id = dict(line.split(b" ", 1) for line in lines_of(written, ids=True))
    assert sorted(by_id.values(), key=number_of) == [b"line %d" % number for number in range(total)]


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def is_larger(path: Path, size: int) -> bool:
    return size_of(path) > size


class Killed:
    """Kills a process at the end of a block: SIGKILL, without a chance to finish."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def __enter__(self) -> Process:
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()


def ours(address: str, written: Path) -> Killed:
    words = [sys.executable, "-m", "tests.collectors.forward.normalizer", address, str(written)]
    return Killed(Process(words, written.with_suffix(".log")))


def lines_of(written: Path, *, ids: bool = False) -> list[bytes]:
    """The whole lines; a kill may have cut one, which then comes again."""
    if not written.exists():
        return []
    lines = [line for line in written.read_bytes().split(b"\n") if line.count(b" ") == 2]
    return lines if ids else [line.split(b" ", 1)[1] for line in lines]


def number_of(line: bytes) -> int:
    return int(line.split()[-1])


def test_when_the_sender_is_killed_nothing_is_lost(fluent_bits: FluentBits, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    one = driver(ForwardInput(listen="127.0.0.1:0"))
    link = Link(port=one.source.port, io_timeout=5)
    total = 0
    for _ in range(4):
        with Killed(fluent_bits.sender(tmp_path, [link])):
            append(tmp_path, [b"line %d" % number for number in range(total, total + 500)])
            total += 500
            end = time.monotonic() + chance.random() / 2
            one.until_lines(len(one.lines()) + 1)
            while time.monotonic() < end:
                one.step(0.05)
    with fluent_bits.sender(tmp_path, [link]):
        one.until(lambda: len(set(one.lines())) == total, "all lines")
    counted = Counter(one.lines())
    assert set(counted) == {b"line %d" % number for number in range(total)}
    one.close()


# -- Fluent Bit receives ------------------------------------------------------------------------------------------------


def events(numbers: range, service: str) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": "2026-11-23T12:00:00.000000001Z",
            "body": f"event {number} \u00e9",
            "resource": {"service.name": service},
            "attributes": {"log.record.uid": f"{service}:{number}", "process.pid": number},
            "exceptions": [{"type": "ValueError", "frames": []}],
        }
        for number in numbers
    ]


def received(folder: Path) -> list[dict[str, Any]]:
    written = folder / "out.jsonl"
    if not written.exists():
        return []
    return [json.loads(line) for line in written.read_text().split("\n")[:-1]]


def delivered(sink: ForwardSink, batch: Sequence[dict[str, Any]]) -> None:
    """As the worker of a sink does it: again and again, until it is taken."""
    rest = batch

    def taken() -> bool:
        nonlocal rest
        try:
            sink.send(rest, 5)
        except RetryError as error:
            rest = error.remaining if error.remaining is not None else rest
            return False
        return True

    wait_until(taken, "the batch is taken")


def test_every_way_of_receiving_gets_the_same_events(fluent_bits: FluentBits, tmp_path: Path, certificates: Path) -> None:
    key = SharedKey(Secret("the key"), "sink", "me", Secret("the password"))
    server = mutual(certificates, "server")
    plain, packed, keyed, secured = (free_port() for _ in range(4))
    links = [
        Link(port=plain),
        Link(port=packed),
        Link(port=keyed, **USER),
        Link(unix=f"{tmp_path}/norm.sock"),
        Link(port=secured, **server),
    ]
    tls = ClientTls(certificates / "ca.pem", "", certificates / "client.pem", certificates / "client.key")
    outputs = [
        ForwardOutput(address=f"127.0.0.1:{plain}"),
        ForwardOutput(address=f"127.0.0.1:{packed}", compress="gzip"),
        ForwardOutput(address=f"127.0.0.1:{keyed}", shared_key=key),
        ForwardOutput(address=f"unix:{tmp_path}/norm.sock"),
        ForwardOutput(address=f"127.0.0.1:{secured}", tls=tls),
    ]
    with fluent_bits.receiver(tmp_path, links):
        expected = []
        for number, output in enumerate(outputs):
            sink = ForwardSink("fluent", output)
            sent = events(range(20), f"service-{number}")
            delivered(sink, sent[:10])
            delivered(sink, sent[10:])
            expected += sent
            sink.close()
        wait_until(lambda: len(received(tmp_path)) >= len(expected), "all events")
    assert sorted(received(tmp_path), key=uid_of) == sorted(expected, key=uid_of)


def uid_of(event: dict[str, Any]) -> str:
    uid: str = event["attributes"]["log.record.uid"]
    return uid


def test_who_does_not_trust_the_receiver_sends_nothing(fluent_bits: FluentBits, tmp_path: Path, certificates: Path) -> None:
    port = free_port()
    link = Link(port=port, certificate=str(certificates / "server.pem"), key=str(certificates / "server.key"))
    with fluent_bits.receiver(tmp_path, [link]):
        for tls in (ClientTls(certificates / "other.pem"), ClientTls(certificates / "ca.pem", "another.name")):
            sink = ForwardSink("fluent", ForwardOutput(address=f"127.0.0.1:{port}", tls=tls))
            with pytest.raises(RetryError, match="its certificate"):
                sink.send(events(range(1), "x"), 10)
            sink.close()
    assert not received(tmp_path)


def test_when_the_receiver_is_killed_nothing_is_lost_and_repeats_have_the_same_ids(
    fluent_bits: FluentBits, tmp_path: Path
) -> None:
    link = Link(unix=f"{tmp_path}/norm.sock")
    sink = ForwardSink("fluent", ForwardOutput(address=f"unix:{link.unix}"))
    total = 0
    for _ in range(4):
        with Killed(fluent_bits.receiver(tmp_path, [link])):
            for _ in range(10):
                delivered(sink, events(range(total, total + 50), "x"))
                total += 50
    with fluent_bits.receiver(tmp_path, [link]):
        delivered(sink, events(range(total, total + 50), "x"))
        total += 50
        wait_until(lambda: len({uid_of(event) for event in received(tmp_path)}) >= total, "all events")
    assert {uid_of(event) for event in received(tmp_path)} == {f"x:{number}" for number in range(total)}
    sink.close()


def test_a_lost_answer_repeats_events_under_the_same_ids(peer: PeerFluentBit, tmp_path: Path) -> None:
    link = Link(port=free_port())
    sink = ForwardSink("fluent", ForwardOutput(address=f"127.0.0.1:{link.port}"))
    with peer.receiver(tmp_path, [link], answers="lose"):
        for start in range(0, 40, 10):
            delivered(sink, events(range(start, start + 10), "x"))
        wait_until(lambda: len(received(tmp_path)) >= 40, "all events")
    counted = Counter(map(uid_of, received(tmp_path)))
    assert set(counted) == {f"x:{number}" for number in range(40)}
    assert max(counted.values()) > 1
    sink.close()


def test_the_receiver_may_come_later(fluent_bits: FluentBits, tmp_path: Path) -> None:
    link = Link(port=free_port())
    sink = ForwardSink("fluent", ForwardOutput(address=f"127.0.0.1:{link.port}"))
    with pytest.raises(RetryError, match="is Fluent Bit running"):
        sink.send(events(range(3), "x"), 5)
    assert not listens(link)
    with fluent_bits.receiver(tmp_path, [link]):
        delivered(sink, events(range(3), "x"))
        wait_until(lambda: len(received(tmp_path)) == 3, "all events")
    sink.close()
