"""`/proc/net/{tcp,tcp6,udp,udp6,unix}`: bytes in, rows out. Lines that are no rows are left out; nothing here raises.

These tables need no privilege, and show all sockets of a network namespace, of any user and any process.
"""

import ipaddress
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass

STATES = (
    "UNKNOWN", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK",
    "LISTEN", "CLOSING", "NEW_SYN_RECV",
)  # fmt: skip
"""By number, include/net/tcp_states.h. A UDP socket is CLOSE, or ESTABLISHED once connected."""
LISTENING_FLAG = 0x10000
"""__SO_ACCEPTCON in the flags of a unix socket."""
_HEX = rb"[0-9A-Fa-f]"
_ADDRESS = rb"(" + _HEX + rb"{8}|" + _HEX + rb"{32}):(" + _HEX + rb"{4})"
_INET = re.compile(
    rb"^ *\d+: " + _ADDRESS + rb" " + _ADDRESS + rb" (" + _HEX + rb"{2}) (" + _HEX + rb"{8}):(" + _HEX + rb"{8})"
    rb" [^ \n]+ [^ \n]+ +(\d{1,10}) +\d+ +(\d{1,20})\b(.*)$",
    re.MULTILINE,
)
_UNIX = re.compile(
    rb"^" + _HEX + rb"+: " + _HEX + rb"{8} " + _HEX + rb"{8} (" + _HEX + rb"{8}) (" + _HEX + rb"{4}) (" + _HEX + rb"{2})"
    rb" +(\d{1,20})(?: (.*))?$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A TCP or UDP socket. Addresses as the kernel prints them, see `address()`.

    `rx`: bytes that the process has not read (of a UDP socket with what their keeping costs); of a LISTEN row the connections
    that it has not accepted. `tx`: bytes that the other side has not acknowledged. `inode`: what a descriptor of it points
    to; 0 while no process has it: not accepted yet, or closed already. `drops`: of UDP only.
    """

    local_hex: str
    local_port: int
    remote_hex: str
    remote_port: int
    state: str
    tx: int
    rx: int
    uid: int
    inode: int
    drops: int = 0

    @property
    def local(self) -> str:
        """As a person writes it: `10.0.0.1:5672`, `[fd00::1]:5672`."""
        return address(self.local_hex, self.local_port)

    @property
    def remote(self) -> str:
        """The same of the other side."""
        return address(self.remote_hex, self.remote_port)


@dataclass(frozen=True, slots=True)
class UnixRow:
    """A unix socket. `path` is "" for one without a name; an abstract name begins with `@`. A name may hold anything."""

    listening: bool
    inode: int
    path: str


def inet(
    data: bytes, local_ports: Collection[int] = (), remote_ports: Collection[int] = (), *, drops: bool = False
) -> Iterator[Row]:
    """Rows of tcp, tcp6, udp or udp6 whose port is among `local_ports` or `remote_ports`; all rows when both are empty.

    `drops`: the table is of UDP, where the last column is told.
    """
    if not (local_ports or remote_ports):
        yield from (_row(found, drops) for found in _INET.finditer(data))
        return
    local, remote = ({b"%04X" % port for port in ports} for ports in (local_ports, remote_ports))
    for line in _lines_with(data, local | remote):
        found = _INET.fullmatch(line)
        if found and (found[2].upper() in local or found[4].upper() in remote):
            yield _row(found, drops)


def _lines_with(data: bytes, ports: Collection[bytes]) -> Iterator[bytes]:
    """Lines in which one of the ports stands. A node has thousands of rows: this takes a tenth of reading each of them."""
    end = -1
    for found in re.finditer(rb":(?:" + b"|".join(sorted(ports)) + rb") ", data, re.IGNORECASE):
        if found.start() > end:
            start = data.rfind(b"\n", 0, found.start()) + 1
            end = data.find(b"\n", found.end())
            end = len(data) if end < 0 else end
            yield data[start:end]


def _row(found: re.Match[bytes], drops: bool) -> Row:
    state = int(found[5], 16)
    last = found[10].rsplit(None, 1)[-1:] if drops else []
    return Row(
        local_hex=found[1].decode(),
        local_port=int(found[2], 16),
        remote_hex=found[3].decode(),
        remote_port=int(found[4], 16),
        state=STATES[state] if state < len(STATES) else STATES[0],
        tx=int(found[6], 16),
        rx=int(found[7], 16),
        uid=int(found[8]),
        inode=int(found[9]),
        drops=int(last[0]) if last and last[0].isdigit() and len(last[0]) <= 20 else 0,
    )


def address(hexadecimal: str, port: int) -> str:
    """The kernel prints words of 32 bits in the byte order of the machine; IPv4 inside IPv6 is told as IPv4."""
    words = (hexadecimal[start : start + 8] for start in range(0, len(hexadecimal), 8))
    packed = b"".join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)
    if len(packed) == 4:
        return f"{ipaddress.IPv4Address(packed)}:{port}"
    long = ipaddress.IPv6Address(packed)
    return f"{long.ipv4_mapped}:{port}" if long.ipv4_mapped else f"[{long}]:{port}"


def unix(data: bytes) -> Iterator[UnixRow]:
    """Rows of unix. A name with a newline in it can look like a row, so what this says is a hint and never a proof."""
    for found in _UNIX.finditer(data):
        listening = bool(int(found[1], 16) & LISTENING_FLAG)
        yield UnixRow(listening, int(found[4]), (found[5] or b"").decode(errors="replace"))
