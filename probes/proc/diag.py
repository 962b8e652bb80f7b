"""What /proc/net does not tell of a TCP socket: bytes that its process has taken, and how long its accept queue may be.

Asked of the kernel by sock_diag(7): one question a socket, answered at once, for any user; only in our own network
namespace. Where the kernel has no `tcp_diag` there is no answer, and who asks goes by /proc alone.
"""

import socket
import struct
import sys
from dataclasses import dataclass

from probes.proc.net import Row

_SOCK_DIAG = 4
"""NETLINK_SOCK_DIAG, which is no name of the module `socket`."""
_BY_FAMILY, _REQUEST, _ERROR = 20, 1, 2
"""SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, NLMSG_ERROR."""
_HEADER = struct.Struct("=IHHII")
_ASKED = struct.Struct("=BBBxI")
_ADDRESSES = struct.Struct("!HH16s16s")
_ANY = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
"""No interface, and no cookie of an earlier answer."""
_ANSWER = struct.Struct("=4x48x4xIIII")
"""inet_diag_msg: rqueue, wqueue, uid, inode behind the socket's id."""
_ATTRIBUTE = struct.Struct("=HH")
_INFO = 2
"""INET_DIAG_INFO: the attribute that is a struct tcp_info."""
_BYTES_RECEIVED = 128
"""Where tcpi_bytes_received (64 bits) stands in it, since Linux 4.1."""
_SECONDS = 1.0
_LIMIT = 1 << 14


@dataclass(frozen=True, slots=True)
class Told:
    """`taken`: bytes that the process has read so far (None where not told), less one when it has not read the end.

    `limit`: of a LISTEN socket how many connections may wait to be accepted; of others bytes that wait to be acknowledged.
    """

    taken: int | None
    limit: int


class Diag:
    """Asks about one socket after the other. Opened with the first question."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def ask(self, row: Row) -> Told | None:
        """What the kernel tells of the socket of a row; None where it does not, or means another one."""
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG)
                self._socket.settimeout(_SECONDS)
            self._socket.send(_question(row))
            return told(self._socket.recv(_LIMIT), row.inode)
        except OSError:
            self.close()  # an answer that comes late must not be taken for that of the next question
            return None

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _question(row: Row) -> bytes:
    family = socket.AF_INET if len(row.local_hex) == 8 else socket.AF_INET6
    addresses = _ADDRESSES.pack(row.local_port, row.remote_port, _packed(row.local_hex), _packed(row.remote_hex))
    asked = _ASKED.pack(family, socket.IPPROTO_TCP, 1 << (_INFO - 1), 0xFFFFFFFF) + addresses + _ANY
    return _HEADER.pack(_HEADER.size + len(asked), _BY_FAMILY, _REQUEST, 0, 0) + asked


def _packed(hexadecimal: str) -> bytes:
    """As /proc prints it, words in the byte order of the machine, to the bytes in the order of the network."""
    return b"".join(struct.pack("=I", int(hexadecimal[at : at + 8], 16)) for at in range(0, len(hexadecimal), 8))


def told(data: bytes, inode: int) -> Told | None:
    """Read an answer; None for an error, or for one about another socket than that of `inode`."""
    if len(data) < _HEADER.size + _ANSWER.size:
        return None
    length, kind, *_ = _HEADER.unpack_from(data)
    if kind != _BY_FAMILY:
        return None
    unread, limit, _, its = _ANSWER.unpack_from(data, _HEADER.size)
    if its != inode:
        return None
    received = _received(data[_HEADER.size + _ANSWER.size : length])
    return Told(None if received is None else received - unread, limit)


def _received(attributes: bytes) -> int | None:
    """tcpi_bytes_received out of the attributes of an answer."""
    while len(attributes) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(attributes)
        if kind == _INFO and min(length, len(attributes)) >= _ATTRIBUTE.size + _BYTES_RECEIVED + 8:
            return int.from_bytes(attributes[_ATTRIBUTE.size + _BYTES_RECEIVED :][:8], sys.byteorder)
        attributes = attributes[max(_ATTRIBUTE.size, (length + 3) & ~3) :]
    return None
