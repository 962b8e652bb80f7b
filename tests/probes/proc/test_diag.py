"""What the kernel tells of a TCP socket beside /proc, and answers that are none."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.proc.diag import Diag, Told, told
from probes.proc.net import Row, inet
from tests.servers.process import wait_until


def row_of(port: int, table: str, fits: Callable[[Row], bool]) -> Row:
    return next(row for row in inet(Path(f"/proc/net/{table}").read_bytes(), (port,), (port,)) if fits(row))


@pytest.mark.parametrize(
    ("family", "address", "table"), [(socket.AF_INET, "127.0.0.1", "tcp"), (socket.AF_INET6, "::1", "tcp6")]
)
def test_bytes_taken_and_the_limit_of_an_accept_queue(family: socket.AddressFamily, address: str, table: str) -> None:
    diag = Diag()
    with socket.create_server((address, 0), family=family, backlog=7) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection((address, port)) as client, listening.accept()[0] as server:
            server.sendall(b"x" * 1000)
            assert client.recv(300) == b"x" * 300
            wait_until(lambda: row_of(port, table, lambda row: row.remote_port == port).rx == 700, "700 bytes wait")
            assert diag.ask(row_of(port, table, lambda row: row.state == "LISTEN")) == Told(0, 7)
            mine = row_of(port, table, lambda row: row.remote_port == port)
            assert diag.ask(mine) == Told(300, 0)
    assert diag.ask(mine) is None  # closed
    diag.close()


def test_an_answer_about_another_socket_does_not_count() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        row = row_of(listening.getsockname()[1], "tcp", lambda row: row.state == "LISTEN")
        other = Row(row.local_hex, row.local_port, row.remote_hex, row.remote_port, row.state, 0, 0, 0, row.inode + 1)
        diag = Diag()
        assert diag.ask(other) is None
        assert diag.ask(row) is not None
        diag.close()


@given(st.binary(max_size=400))
def test_hostile_content_never_crashes_a_parser(data: bytes) -> None:
    told(data, 0)
    header = (len(data) + 16).to_bytes(4, "little") + b"\x14\0\0\0" + bytes(8)
    told(header + data, 0)
    told(header + bytes(72) + data, 0)
