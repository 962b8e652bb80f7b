"""Listening and connecting, over TCP and unix sockets, with and without TLS. Errors become one line a person can act on."""

import errno
import os
import socket
import stat
from typing import TYPE_CHECKING

from collectors.forward.settings import ClientTls, ServerTls, host_and_port, is_unix

if TYPE_CHECKING:
    import ssl

_BACKLOG = 128


class AddressError(Exception):
    """We cannot listen there. `str()` says where, why and what to do."""


def listen(address: str, mode: int) -> socket.socket:
    """A listening socket that does not block. `mode`: permissions of a unix socket, which has them from its first moment on."""
    try:
        listening = _unix(address.removeprefix("unix:"), mode) if is_unix(address) else _tcp(address)
    except OSError as error:
        raise AddressError(f"{address}: cannot listen there ({_reason(error)}); {_advice(error)}") from error
    listening.setblocking(False)
    return listening


def _tcp(address: str) -> socket.socket:
    host, port = host_and_port(address)
    family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(where[:2], family=family, backlog=_BACKLOG)


def _unix(path: str, mode: int) -> socket.socket:
    _remove_left_over(path)
    listening = socket.socket(socket.AF_UNIX)
    try:
        os.fchmod(listening.fileno(), mode)  # Linux gives the file these, less the umask: never more than asked for
        listening.bind(path)
        os.chmod(path, mode)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _remove_left_over(path: str) -> None:
    """Remove the socket of a process that was killed; not one that somebody listens on, and nothing that is no socket."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise FileExistsError(errno.EEXIST, "it is a file, and no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX) as asking:
        asking.setblocking(False)
        try:
            asking.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except BlockingIOError:
            pass  # its queue is full: somebody listens
    raise OSError(errno.EADDRINUSE, "somebody listens on it")


def remove(address: str) -> None:
    """Remove the file of a unix socket that we listened on."""
    if is_unix(address):
        try:
            os.unlink(address.removeprefix("unix:"))
        except FileNotFoundError:
            return  # the folder was cleaned up before us


class ServerContext:
    """The TLS of a server, made anew when its files were: certificates are renewed while it runs."""

    def __init__(self, settings: ServerTls) -> None:
        """Raises AddressError."""
        self._settings = settings
        self._stamp = self._stamped()
        self._context = server_context(settings)

    def current(self) -> "ssl.SSLContext":
        """Of the files as they are now. Raises AddressError once where new ones cannot be used; `kept` then stays in force."""
        stamp = self._stamped()
        if stamp != self._stamp:
            self._stamp = stamp
            self._context = server_context(self._settings)
        return self._context

    def kept(self) -> "ssl.SSLContext":
        """What was in force last."""
        return self._context

    def _stamped(self) -> list[tuple[int, int] | None]:
        files = (self._settings.certificate, self._settings.key, self._settings.client_ca)
        return [_stamp(file) for file in files if file is not None]


def _stamp(file: os.PathLike[str]) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None  # it is being replaced
    return status.st_ino, status.st_mtime_ns


def server_context(settings: ServerTls) -> "ssl.SSLContext":
    """Raises AddressError where a file is missing or is not what it should be."""
    import ssl  # noqa: PLC0415  costs 4 MB, and most have none

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.certificate, settings.key)
        if settings.client_ca is not None:
            context.load_verify_locations(settings.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise AddressError(
            f"TLS: {_files(settings)} cannot be used ({_reason(error)}); name PEM files that we may read"
        ) from error
    return context


def client_context(settings: ClientTls) -> "ssl.SSLContext":
    """Raises AddressError where a file is missing or is not what it should be."""
    import ssl  # noqa: PLC0415  as above

    try:
        context = ssl.create_default_context(cafile=settings.ca)
        if settings.certificate is not None:
            context.load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as error:
        raise AddressError(
            f"TLS: {_files(settings)} cannot be used ({_reason(error)}); name PEM files that we may read"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def connect(address: str, timeout: float) -> socket.socket:
    """A connected socket. Raises OSError."""
    if not is_unix(address):
        connected = socket.create_connection(host_and_port(address), timeout)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected
    connected = socket.socket(socket.AF_UNIX)
    try:
        connected.settimeout(timeout)
        connected.connect(address.removeprefix("unix:"))
    except OSError:
        connected.close()
        raise
    return connected


def _files(settings: ServerTls | ClientTls) -> str:
    names = (settings.certificate, settings.key, settings.client_ca if isinstance(settings, ServerTls) else settings.ca)
    return ", ".join(str(name) for name in names if name is not None)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _advice(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "end the other program, or choose another address"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "choose a folder, or a port from 1024 on, that this user may use"
    if error.errno == errno.ENOENT:
        return "make the folder first"
    return "check the address"
