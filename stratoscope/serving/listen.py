"""Where to listen: `HOST:PORT` becomes a socket bound before anything else is done, or an error that tells what to do."""

import ipaddress
import socket

from stratoscope.errors import StratoscopeError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""What a browser on this machine calls us. A page elsewhere whose name was bent to 127.0.0.1 sends its own name."""
LISTEN = "127.0.0.1:8765"
"""Where the page is unless something else is said."""
_BACKLOG = 128


class ListenError(StratoscopeError):
    """The address cannot be listened on: which, why, and what to do."""


def address_of(listen: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, `[IPv6]:PORT`, or `:PORT` for all addresses. Raises ListenError."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535 or (":" in host and host[:1] != "["):
        raise ListenError(f"--listen {listen}: write HOST:PORT, for example 127.0.0.1:8765")
    return host, int(port)


def is_this_machine(listen: str) -> bool:
    """Whether an address is one of those by which only this machine is reached. Raises ListenError."""
    return address_of(listen)[0].lower() in LOOPBACK


def bind(listen: str) -> socket.socket:
    """A socket bound to `listen` (port 0: any free one). Raises ListenError."""
    host, port = address_of(listen)
    name = host.strip("[]")
    try:
        family, _, _, _, at = socket.getaddrinfo(name or "::", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ListenError(f"{host or 'all addresses'} cannot be listened on: {error.strerror}; check --listen") from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if not name:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind(at)
        made.listen(_BACKLOG)  # so that a second one is refused at once
    except OSError as error:
        made.close()
        raise ListenError(
            f"port {port} on {host or 'all addresses'} cannot be used: {error.strerror}; choose another with --listen"
        ) from error
    return made


def is_loopback(bound: socket.socket) -> bool:
    """Whether only this machine reaches a bound socket."""
    return ipaddress.ip_address(bound.getsockname()[0].partition("%")[0]).is_loopback


def url_of(bound: socket.socket, scheme: str = "http") -> str:
    """Where a browser on this machine finds a bound socket."""
    host, port = bound.getsockname()[:2]
    if ipaddress.ip_address(host.partition("%")[0]).is_unspecified:
        host = "localhost"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
