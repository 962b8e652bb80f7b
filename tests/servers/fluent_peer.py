"""A stand-in for Fluent Bit that speaks its forward protocol both ways, so that the tests need no Fluent Bit.

Written from what Fluent Bit 5.1.1 was seen to do (tests/data/fluentbit/wire has some of its bytes), and by itself: nothing of
`collectors` is used. As the real one it reads a file, keeps what was read as chunks on disk until they are acknowledged, makes
chunk ids of their content, sends the same one again after a failure, waits for one acknowledgement per connection, and as a
receiver acknowledges when it has written.

    python -m tests.servers.fluent_peer send FOLDER LINKS      python -m tests.servers.fluent_peer receive FOLDER LINKS
"""

import base64
import gzip
import hashlib
import itertools
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgpack

from tests.servers.fluent_bit import listens
from tests.servers.forward_link import PEER, Link
from tests.servers.process import Process

_LINES = 500
_PAUSE = 0.05
_RETRY = 0.3
_ERRORS = (OSError, EOFError, ValueError)


class PeerFluentBit:
    """Starts it."""

    name = PEER

    def sender(self, folder: Path, links: Sequence[Link]) -> Process:
        """As the real one."""
        return _started(folder, "send", [link.options() for link in links])

    def receiver(self, folder: Path, links: Sequence[Link], answers: str = "ack") -> Process:
        """As the real one. `answers`: ack; lose (writes, then closes instead of acknowledging, every second time)."""
        process = _started(folder, "receive", [{**link.options(), "answers": answers} for link in links])
        process.wait_until(lambda: all(map(listens, links)), "it listens")
        return process


def _started(folder: Path, what: str, options: object) -> Process:
    words = [sys.executable, "-m", "tests.servers.fluent_peer", what, str(folder), json.dumps(options)]
    return Process(words, folder / "peer.log")


# -- the protocol -----------------------------------------------------------------------------------------------------


def event_time(nanoseconds: int) -> msgpack.ExtType:
    """EventTime."""
    return msgpack.ExtType(0, struct.pack(">II", *divmod(nanoseconds, 10**9)))


def encoded(tag: str, entries: list[tuple[int, dict[str, Any]]], link: Link) -> tuple[bytes, list[str]]:
    """The bytes of these records (each with its time in nanoseconds) as Fluent Bit sends them, and the chunk ids in them."""
    if link.tag:
        return _messages(entries, link)
    content = b"".join(_stored(when, record) for when, record in entries)
    chunk = identity_of(content)
    listed = array_header(len(entries)) + content
    if link.time_as_integer:
        listed = pack([[when // 10**9, record] for when, record in entries])
    elif not link.retain_metadata:
        content = b"".join(b"\xdd\0\0\0\x02" + pack(event_time(when)) + pack(record) for when, record in entries)
        chunk, listed = identity_of(content), array_header(len(entries)) + content
    options: dict[str, Any] = {"chunk": chunk} if link.ack else {}
    options["size"] = len(entries)
    if link.gzip:
        options["compressed"] = "gzip"
        listed = pack(gzip.compress(content, mtime=0))
    options["fluent_signal"] = 0
    told = link.ack or link.send_options or link.gzip
    return array_header(3 if told else 2) + pack(tag) + listed + (_wide(options) if told else b""), [chunk] * link.ack


def _messages(entries: list[tuple[int, dict[str, Any]]], link: Link) -> tuple[bytes, list[str]]:
    """Message mode: `$log` as tag."""
    data, chunks = b"", []
    for when, record in entries:
        chunk = identity_of(_stored(when, record))
        options = {"chunk": chunk, "fluent_signal": 0} if link.ack else {"fluent_signal": 0}
        tag = link.tag.replace("$log", record["log"])
        data += array_header(4) + pack(tag) + pack(event_time(when)) + pack(record) + _wide(options)
        chunks += [chunk] * link.ack
    return data, chunks


def _stored(when: int, record: dict[str, Any]) -> bytes:
    """A record as it stands in a chunk of Fluent Bit."""
    return b"\x92\x92" + pack(event_time(when)) + _wide({}) + _wide(record)


def _wide(options: dict[str, Any]) -> bytes:
    """A map whose size takes four bytes: Fluent Bit fills it in later."""
    return b"\xdf" + struct.pack(">I", len(options)) + b"".join(pack(key) + pack(value) for key, value in options.items())


def identity_of(content: bytes) -> str:
    """The chunk id of content."""
    return base64.b64encode(hashlib.sha512(content).digest()[:16]).decode()


def pack(value: object) -> bytes:
    """As msgpack; text may hold bytes that are not UTF-8."""
    data: bytes = msgpack.packb(value, unicode_errors="surrogateescape")
    return data


def array_header(size: int) -> bytes:
    """The begin of an array."""
    packer = msgpack.Packer()
    data: bytes = packer.pack_array_header(size)
    return data


def records_of(message: list[Any]) -> list[Any]:
    """The records of a received message."""
    if isinstance(message[1], list):
        return [record for _, record in message[1]]
    if isinstance(message[1], bytes):
        content = gzip.decompress(message[1]) if message[1][:2] == b"\x1f\x8b" else message[1]
        unpacker = reader()
        unpacker.feed(content)
        return [record for _, record in unpacker]
    return [message[2]]


def reader() -> msgpack.Unpacker:
    """What unpacks a connection."""
    return msgpack.Unpacker(unicode_errors="surrogateescape", strict_map_key=False, max_buffer_size=64 << 20)


def next_of(connection: socket.socket, unpacker: msgpack.Unpacker) -> Any:
    """The next object of a connection. Raises EOFError."""
    while True:
        try:
            return unpacker.unpack()
        except msgpack.OutOfData:
            data = connection.recv(1 << 18)
            if not data:
                raise EOFError from None
            unpacker.feed(data)


def digest(*parts: str | bytes) -> str:
    """SHA-512 of all parts."""
    return hashlib.sha512(
        b"".join(p.encode("utf-8", "surrogateescape") if isinstance(p, str) else p for p in parts)
    ).hexdigest()


def greet(connection: socket.socket, unpacker: msgpack.Unpacker, link: Link) -> None:
    """The receiver's side of the handshake. Raises ValueError when the other side is not let in."""
    nonce, salt = os.urandom(16), os.urandom(16)
    text = msgpack.Packer(use_bin_type=False).pack  # the real one sends these bytes as text, too
    connection.sendall(text(["HELO", {"nonce": nonce, "auth": salt}]))
    _, host, own_salt, proof, user, password = next_of(connection, unpacker)
    good = proof == digest(own_salt, host, nonce, link.shared_key)
    good = good and (not link.user or (user == link.user and password == digest(salt, user, link.password)))
    if not good:
        connection.sendall(pack(["PONG", False, "not let in", "", ""]))
        raise ValueError("not let in")
    connection.sendall(pack(["PONG", True, "", "receiver", digest(own_salt, "receiver", nonce, link.shared_key)]))


def present(connection: socket.socket, unpacker: msgpack.Unpacker, link: Link) -> None:
    """The sender's side."""
    _, told = next_of(connection, unpacker)
    nonce, salt = told["nonce"], os.urandom(16)
    proof = digest(salt, "sender", nonce, link.shared_key)
    password = digest(told["auth"], link.user, link.password)
    text = msgpack.Packer(use_bin_type=False, unicode_errors="surrogateescape").pack
    connection.sendall(text(["PING", "sender", salt, proof, link.user, password]))
    _, let_in, reason, host, answer = next_of(connection, unpacker)
    if not let_in:
        raise ValueError(reason)
    if answer != digest(salt, host, nonce, link.shared_key):
        raise ValueError("the receiver does not know the key")


# -- the sender -------------------------------------------------------------------------------------------------------


def send(folder: Path, links: list[Link]) -> None:
    """Read `in.log`, cut chunks, send them over each link until each was acknowledged."""
    for number, link in enumerate(links):
        spool = folder / f"spool{number}"
        spool.mkdir(exist_ok=True)
        place = folder / f"position{number}"
        position = int(place.read_text()) if place.exists() else 0
        for chunk in spool.glob("*.chunk"):
            if int(chunk.stem) >= position:
                chunk.unlink()  # it was cut, and not yet counted as read
        threading.Thread(target=_deliver, args=(spool, link), daemon=True).start()
        threading.Thread(target=_tail, args=(folder / "in.log", place, position, spool), daemon=True).start()
    threading.Event().wait()


def _tail(log: Path, place: Path, position: int, spool: Path) -> None:
    while True:
        lines, position_then = _lines(log, position)
        if not lines:
            time.sleep(_PAUSE)
            continue
        now = time.time_ns()
        entries = [
            (now + n, {"log": line.decode("utf-8", "surrogateescape"), "file": str(log)}) for n, line in enumerate(lines)
        ]
        replaced(spool / f"{position:012d}.chunk", pack(entries))
        position = position_then
        replaced(place, str(position).encode())


def _lines(log: Path, position: int) -> tuple[list[bytes], int]:
    if not log.exists():
        return [], position
    with log.open("rb") as file:
        file.seek(position)
        whole = [line for line in (file.readline() for _ in range(_LINES)) if line.endswith(b"\n")]
    return [line[:-1] for line in whole], position + sum(map(len, whole))


def _deliver(spool: Path, link: Link) -> None:
    connection: socket.socket | None = None
    unpacker = reader()
    while True:
        chunks = sorted(spool.glob("*.chunk"))
        if not chunks:
            time.sleep(_PAUSE)
        for chunk in chunks:
            try:
                if connection is None:
                    unpacker = reader()
                    connection = connected(link)
                    if link.shared_key:
                        present(connection, unpacker, link)
                _exchange(connection, unpacker, chunk, link)
            except _ERRORS as error:
                sys.stderr.write(f"{chunk.name}: {error!r}\n")
                if connection is not None:
                    connection.close()
                connection = None
                time.sleep(_RETRY)
                break
            chunk.unlink()


def _exchange(connection: socket.socket, unpacker: msgpack.Unpacker, chunk: Path, link: Link) -> None:
    entries = [(when, record) for when, record in msgpack.unpackb(chunk.read_bytes(), unicode_errors="surrogateescape")]
    parts = [[entry] for entry in entries] if link.tag else [entries]
    for part in parts:
        data, chunks = encoded("raw", part, link)
        connection.sendall(data)
        for expected in chunks:
            if next_of(connection, unpacker) != {"ack": expected}:
                raise ValueError("this is not the acknowledgement of what was sent")


def connected(link: Link) -> socket.socket:
    """A connection to a receiver."""
    connection = socket.socket(socket.AF_UNIX if link.unix else socket.AF_INET)
    if not link.unix:
        connection.settimeout(link.io_timeout)  # the real one has no timeout on a unix socket, and waits for ever
    connection.connect(link.unix or ("127.0.0.1", link.port))
    if not link.ca:
        return connection
    context = ssl.create_default_context(cafile=link.ca)
    if link.certificate:
        context.load_cert_chain(link.certificate, link.key)
    return context.wrap_socket(connection, server_hostname="127.0.0.1")


def replaced(path: Path, data: bytes) -> None:
    """Write a file so that there is the old one or the new one, whatever happens."""
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(data)
    temporary.replace(path)


# -- the receiver -----------------------------------------------------------------------------------------------------


def receive(folder: Path, links: Sequence[Link], answers: str) -> None:
    """Listen, write what comes, acknowledge it."""
    written = threading.Lock()
    with (folder / "out.jsonl").open("a", encoding="utf-8", errors="backslashreplace") as out:

        def write(message: list[Any]) -> None:
            with written:
                out.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records_of(message))
                out.flush()

        for link in links:
            threading.Thread(target=_accept, args=(link, write, answers), daemon=True).start()
        threading.Event().wait()


def _accept(link: Link, write: Callable[[list[Any]], None], answers: str) -> None:
    listening, context, numbers = _listening(link), _server_context(link), itertools.count()

    def serve(connection: socket.socket) -> None:
        try:
            secured = connection if context is None else context.wrap_socket(connection, server_side=True)
            with secured:
                _serve(secured, link, write, lambda: answers == "ack" or next(numbers) % 2 == 1)
        except _ERRORS as error:
            sys.stderr.write(f"{error!r}\n")

    while True:
        threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()


def _serve(connection: socket.socket, link: Link, write: Callable[[list[Any]], None], answers: Callable[[], bool]) -> None:
    unpacker = reader()
    if link.shared_key:
        greet(connection, unpacker, link)
    while True:
        message = next_of(connection, unpacker)
        write(message)
        options = message[-1]
        if isinstance(options, dict) and "chunk" in options:
            if not answers():
                return
            connection.sendall(pack({"ack": options["chunk"]}))


def _listening(link: Link) -> socket.socket:
    if not link.unix:
        return socket.create_server(("127.0.0.1", link.port))
    Path(link.unix).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(link.unix)
    listening.listen(16)
    return listening


def _server_context(link: Link) -> ssl.SSLContext | None:
    if not link.certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(link.certificate, link.key)
    if link.ca:
        context.load_verify_locations(link.ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def main(words: Sequence[str]) -> None:
    """See the module's docstring."""
    what, folder, options = words[0], Path(words[1]), json.loads(words[2])
    answers = [one.pop("answers", "ack") for one in options]
    links = [Link(**one) for one in options]
    if what == "send":
        send(folder, links)
    else:
        receive(folder, links, answers[0])


if __name__ == "__main__":
    main(sys.argv[1:])
