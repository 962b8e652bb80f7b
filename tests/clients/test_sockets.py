"""Addresses, and connecting to them."""

import contextlib
import os
import socket
import ssl
import tempfile
import threading
from pathlib import Path

import pytest
import trustme

from clients.model import Deadline, RefusedError, TimedOutError, UnreachableError
from clients.sockets import Endpoint, Tls
from tests.servers.process import free_port


@pytest.mark.parametrize("text", ["unix:/run/db.sock", "tcp:10.0.0.1:6641", "ssl:ovn.example:6642", "tcp:[::1]:6640"])
def test_an_address_is_written_as_it_was_read(text: str) -> None:
    assert str(Endpoint.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "unix:db.sock", "tcp:6641", "tcp:host", "tcp:host:0", "tcp:host:70000", "udp:h:1", "tcp:h:١"]
)
def test_what_is_no_address_says_how_one_looks(text: str) -> None:
    with pytest.raises(ValueError, match="write unix:/PATH, tcp:HOST:PORT or ssl:HOST:PORT"):
        Endpoint.parse(text)


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=r"tcp:127.0.0.1:\d+: connection refused; does the daemon run"):
        Endpoint("tcp", "127.0.0.1", free_port()).connect(Deadline.after(5))
    with pytest.raises(UnreachableError, match="no such file or directory"):
        Endpoint("unix", f"{tmp_path}/none").connect(Deadline.after(5))
    with pytest.raises(UnreachableError, match="path too long"):
        Endpoint("unix", "/" + "x" * 200).connect(Deadline.after(5))
    with pytest.raises(UnreachableError, match=r"tcp:host\.invalid:6641: "):
        Endpoint("tcp", "host.invalid", 6641).connect(Deadline.after(30))


def test_no_time_left(tmp_path: Path) -> None:
    with pytest.raises(TimedOutError, match="no time left"):
        Endpoint("tcp", "127.0.0.1", 1).connect(Deadline.after(-1))
    with pytest.raises(TimedOutError):
        Endpoint("tcp", "localhost", 1).connect(Deadline.after(-1))


def test_a_socket_that_we_may_not_use() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        path = Path(folder, "s")
        listening.bind(str(path))
        listening.listen()
        path.chmod(0)
        Path(folder).chmod(0o755)
        if os.getuid() == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(RefusedError, match="permission denied; run as a member of the group that owns the socket"):
                Endpoint("unix", str(path)).connect(Deadline.after(5))
        finally:
            if os.getuid() == 0:
                os.seteuid(0)


class TestTls:
    """Only the authority is checked, as OVS does, and we show a certificate if one is wanted."""

    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    def files(self, authority: trustme.CA, folder: Path) -> Tls:
        folder.mkdir(exist_ok=True)
        authority.cert_pem.write_to_path(folder / "ca.pem")
        ours = authority.issue_cert("whoever")
        ours.private_key_and_cert_chain_pem.write_to_path(folder / "ours.pem")
        return Tls(folder / "ca.pem", folder / "ours.pem")

    def connect(self, server: trustme.CA, tls: Tls | None) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.issue_cert("no.such.name").configure_cert(context)
        server.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def serve() -> None:
                plain, _ = listening.accept()
                with contextlib.suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as secure:
                    secure.sendall(b"x")

            serving = threading.Thread(target=serve)
            serving.start()
            try:
                made = Endpoint("ssl", "127.0.0.1", listening.getsockname()[1]).connect(Deadline.after(20), tls)
                with made:
                    assert made.recv(1) == b"x"
            finally:
                serving.join()

    def test_the_same_authority_whatever_the_name(self, authority: trustme.CA, tmp_path: Path) -> None:
        self.connect(authority, self.files(authority, tmp_path))

    def test_another_authority(self, authority: trustme.CA, tmp_path: Path) -> None:
        with pytest.raises(RefusedError, match="TLS: CERTIFICATE_VERIFY_FAILED; look at the authority"):
            self.connect(authority, self.files(trustme.CA(), tmp_path))

    def test_no_files(self, authority: trustme.CA) -> None:
        with pytest.raises(RefusedError, match="ssl needs the setting tls"):
            self.connect(authority, None)

    def test_files_that_are_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(RefusedError, match=r"TLS: one of .*none\.pem cannot be used"):
            Tls(tmp_path / "none.pem").context()
