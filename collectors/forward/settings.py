"""Settings of the forward source and of the forward sink."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from parsers.secret import Secret

PORT = 24224
"""The port of the protocol."""

_MODE = re.compile("0?[0-7]{3}")


@dataclass(frozen=True, slots=True)
class SharedKey:
    """The handshake that proves both sides know the same key. It hides nothing: use it together with TLS."""

    key: Secret
    """The key that both sides know."""
    hostname: str = ""
    """The name told to the other side; empty is this machine's name. Fluentd refuses its own name, so let them differ."""
    user: str = ""
    """Name that the sink logs in with; empty where the receiver has no users."""
    password: Secret | None = None
    """Password of `user`."""
    users: dict[str, Secret] = field(default_factory=dict)
    """Names and passwords that the source lets in; empty lets in everybody who knows the key."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is missing."""
        if bool(self.user) != (self.password is not None):
            yield "password", "`user` and `password` belong together: set both or none"


@dataclass(frozen=True, slots=True)
class ServerTls:
    """TLS of the source."""

    certificate: Path
    """PEM file with the certificate, and those between it and the root."""
    key: Path
    """PEM file with its key."""
    client_ca: Path | None = None
    """PEM file of the authorities that senders must have a certificate of; left out, any sender may connect."""


@dataclass(frozen=True, slots=True)
class ClientTls:
    """TLS of the sink."""

    ca: Path | None = None
    """PEM file of the authorities that the receiver's certificate must come from; left out, those of the system."""
    name: str = ""
    """The name that must stand in its certificate; empty is the host of `address`."""
    certificate: Path | None = None
    """PEM file with our own certificate, where the receiver wants one."""
    key: Path | None = None
    """PEM file with its key."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is missing."""
        if (self.certificate is None) != (self.key is None):
            yield "key", "`certificate` and `key` belong together: set both or none"


@dataclass(frozen=True, slots=True)
class ForwardBounds:
    """What the source keeps at most. At a bound it closes a connection, and counts and tells the reason, or waits."""

    connections: int = 512
    """Senders at a time; one more is turned away. Fluent Bit opens another connection for every chunk that waits for its
    acknowledgement: about one per tag and second of `flush`."""
    message: Annotated[int, "bytes"] = 16 << 20
    """Bytes of a message, unpacked. Fluent Bit's chunks have 2 MB, and more where a single record has."""
    record: Annotated[int, "bytes"] = 2 << 20
    """Bytes of a record. As Python objects it takes up to 64 times as much for a moment (a record of empty maps)."""
    memory: Annotated[int, "bytes"] = 32 << 20
    """Bytes of messages that have not come to their end. Beyond it only the one that began first is read on."""
    streams: int = 10_000
    """Streams (tag, and file or container) told apart at a time; beyond it, lines count as of their tag alone."""
    remembered: int = 20_000
    """Chunk ids remembered after their acknowledgement, so that a repeat is known. One takes 260 bytes."""
    message_time: Annotated[float, "seconds"] = 60.0
    """Longest time that a message may take to come. A slow sender keeps its connection, a stalled one does not."""
    handshake_time: Annotated[float, "seconds"] = 10.0
    """Longest time for TLS and the shared key."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        for name in ("connections", "streams", "remembered"):
            if getattr(self, name) < 1:
                yield name, "must be at least 1"
        for name in ("message_time", "handshake_time"):
            if getattr(self, name) <= 0:
                yield name, "must be more than 0s"
        if self.record < 64 << 10:
            yield "record", "must be at least 64K; 2M is usual"
        if self.message < self.record:
            yield "message", "must not be less than `record`"
        if self.memory < self.message:
            yield "memory", "must not be less than `message`"


@dataclass(frozen=True, slots=True)
class ForwardInput:
    """The forward source: raw lines come from Fluent Bit or Fluentd."""

    kind: Literal["forward"] = "forward"
    """Which source this is."""
    listen: str = f"127.0.0.1:{PORT}"
    """`host:port`, or `unix:/path` of a socket."""
    mode: str = "0660"
    """Permissions of the unix socket, octal; whoever may write to it may send."""
    tls: ServerTls | None = None
    """Left out: none, which is right for a unix socket and for loopback only."""
    shared_key: SharedKey | None = None
    """Left out: whoever can connect may send. Not over a unix socket: Fluent Bit 5.1.1 crashes there."""
    text: tuple[str, ...] = ("log", "message", "MESSAGE", "msg")
    """Members of a record that may hold the line; the first that is there counts. A record with none is read as JSON."""
    file: tuple[str, ...] = ("file", "path", "filepath", "filename")
    """Members that may hold the file's path (`path_key` of Fluent Bit's tail)."""
    time: Literal["container", "always"] = "container"
    """Whose time is the time a line was written: `container`, that of records with `stream` (the parsers `cri` and `docker`,
    Docker's log driver); `always`, any record's. Fluent Bit's tail without a parser sends the time at which it read."""
    quiet: Annotated[float, "seconds"] = 60.0
    """A stream to which nothing was added for so long is ended, with the record that may be open. An open record ends by
    itself after 2 s; set less for a sender that waits for each acknowledgement before it sends on (one connection in all)."""
    acknowledge: Annotated[float, "seconds"] = 30.0
    """Longest time that an acknowledgement is kept waiting (a sink that is away, ...). Then the connection is closed, so that
    the sender notices and repeats: Fluent Bit would wait for ever on a unix socket, and could not even be stopped."""
    bounds: ForwardBounds = ForwardBounds()
    """What is kept at most."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        yield from address_mistakes("listen", self.listen)
        if is_unix(self.listen) and self.shared_key is not None:
            yield "shared_key", "not over a unix socket (Fluent Bit 5.1.1 crashes); let `mode` say who may connect"
        if is_unix(self.listen) and self.tls is not None:
            yield "tls", "not over a unix socket; let `mode` say who may connect"
        if not _MODE.fullmatch(self.mode):
            yield "mode", "must be octal permissions between 0000 and 0777, as 0660"
        if not self.text:
            yield "text", "names at least one member; log is usual"
        if self.quiet < 0.05:
            yield "quiet", "must be at least 0.05s; 60s is usual"
        if self.acknowledge < 1:
            yield "acknowledge", "must be at least 1s; 30s is usual"


@dataclass(frozen=True, slots=True)
class ForwardOutput:
    """The forward sink: events go to Fluent Bit (or Fluentd), which acknowledges once it has them."""

    kind: Literal["forward"] = "forward"
    """Which sink this is."""
    address: str = f"127.0.0.1:{PORT}"
    """`host:port`, or `unix:/path` of a socket."""
    tls: ClientTls | None = None
    """Left out: none."""
    shared_key: SharedKey | None = None
    """Left out: no handshake. It must be set where the receiver has one: such a receiver speaks first, and waits."""
    tag: str = "stratoscope.{service}"
    """Tag of the messages; `{service}` is the event's `service.name`, and `unknown` where there is none."""
    tags: int = 100
    """Different tags at most; further services go under `other`. Each tag of a batch is a message of its own."""
    chunk: Annotated[int, "bytes"] = 1 << 20
    """Bytes of a message, about. One is under way at a time."""
    largest: Annotated[int, "bytes"] = 6_144_000
    """Bytes of the largest event that is sent; Fluent Bit closes the connection beyond its `buffer_max_size`, which is this."""
    compress: Literal["none", "gzip"] = "none"
    """gzip takes a fifth of the bytes on the wire, and a third more CPU for the whole way: not for a unix socket."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        yield from address_mistakes("address", self.address)
        if is_unix(self.address) and self.tls is not None:
            yield "tls", "not over a unix socket"
        if not self.tag:
            yield "tag", "must not be empty; stratoscope.{service} is usual"
        if not 1 <= self.tags <= 10_000:
            yield "tags", "must be between 1 and 10000; 100 is usual"
        if not 16 << 10 <= self.chunk <= self.largest:
            yield "chunk", "must be at least 16K, and not more than `largest`"


def is_unix(address: str) -> bool:
    """Whether an address is the path of a unix socket."""
    return address.startswith("unix:")


LONGEST_PATH = 107
"""Bytes of the longest path of a unix socket (unix(7): 108 with the zero at its end)."""


def address_mistakes(name: str, address: str) -> Iterator[tuple[str, str]]:
    """What is wrong with an address."""
    if is_unix(address):
        path = address.removeprefix("unix:")
        if not path.startswith("/"):
            yield name, "the path of a unix socket must begin with /: unix:/run/stratoscope/raw.sock"
        elif len(path.encode()) > LONGEST_PATH:
            yield name, f"the path of a unix socket has at most {LONGEST_PATH} bytes"
        return
    host, colon, port = address.rpartition(":")
    if not colon or not host.strip("[]") or not port.isdigit() or not 0 < int(port) < 65536:
        yield name, f"must be host:port, as 127.0.0.1:{PORT}, or unix:/path"


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts of `host:port`; the brackets of an IPv6 address are taken off."""
    host, _, port = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)
