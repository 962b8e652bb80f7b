"""Tables of sockets, recorded in a network namespace of their own: what was done there is what they must tell."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.proc.net import Row, UnixRow, address, inet, unix

RECORDED = Path("tests/data/probes/proc")


def rows(table: str, local: tuple[int, ...] = (), remote: tuple[int, ...] = ()) -> list[Row]:
    return list(inet((RECORDED / table).read_bytes(), local, remote, drops=table.startswith("udp")))


def test_a_full_accept_queue() -> None:
    """listen(1), four clients, nobody accepts: two wait without an inode, two are not even connected."""
    listening, *others = rows("tcp", local=(9696,))
    assert (listening.state, listening.local, listening.rx, listening.uid) == ("LISTEN", "127.0.0.1:9696", 2, 42424)
    assert [(row.state, row.inode, row.remote_port) for row in others] == [("ESTABLISHED", 0, 40664), ("ESTABLISHED", 0, 40662)]
    clients = rows("tcp", remote=(9696,))
    assert [row.state for row in clients] == ["ESTABLISHED", "ESTABLISHED", "SYN_SENT", "SYN_SENT"]
    assert all(row.inode for row in clients)


def test_unread_bytes_and_their_owner() -> None:
    (client,) = (row for row in rows("tcp6", remote=(5672,)) if row.state == "ESTABLISHED")
    assert (client.remote, client.rx, client.tx, client.inode) == ("[::1]:5672", 1254, 0, 9054900)


def test_a_connection_that_was_closed_keeps_what_was_not_read_and_its_end() -> None:
    (client,) = rows("tcp", remote=(5671,))
    assert (client.state, client.rx) == ("CLOSE_WAIT", len("bye") + 1)


def test_a_row_without_the_last_columns() -> None:
    gone = next(row for row in rows("tcp6", local=(5671,)) if row.state == "FIN_WAIT2")
    assert (gone.remote, gone.inode, gone.uid) == ("127.0.0.1:38494", 0, 0)


def test_datagrams_unread_and_dropped() -> None:
    (row,) = rows("udp", local=(5555,))
    assert (row.local, row.rx, row.drops) == ("127.0.0.1:5555", 3840, 6)
    (other,) = rows("udp6", local=(5555,))
    assert (other.local, other.rx, other.drops) == ("[::1]:5555", 0, 0)


def test_all_rows_without_ports() -> None:
    assert len(rows("tcp")) == 8
    assert len(rows("tcp6")) == 5
    assert len(rows("udp")) == 2


def test_unix_sockets_with_and_without_a_name() -> None:
    assert list(unix((RECORDED / "unix").read_bytes())) == [
        UnixRow(True, 9054909, "metadata_proxy"),
        UnixRow(False, 9054911, ""),
        UnixRow(False, 9054910, ""),
        UnixRow(True, 9054908, "@metadata proxy"),
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("0100007F", "127.0.0.1:1"),
        ("00000000", "0.0.0.0:1"),
        ("B80D0120000000000000000001000000", "[2001:db8::1]:1"),
        ("0000000000000000FFFF00000B00000A", "10.0.0.11:1"),
    ],
)
def test_addresses(written: str, told: str) -> None:
    assert address(written, 1) == told


def test_a_state_that_is_newer_than_this_code() -> None:
    line = (RECORDED / "tcp").read_bytes().splitlines()[1].replace(b" 0A ", b" 7E ")
    assert [row.state for row in inet(line)] == ["UNKNOWN"]


@given(st.lists(st.sampled_from([9696, 5672, 5671, 5555, 0, 40664, 38494, 1]), max_size=3), st.lists(st.integers(0, 65535)))
def test_rows_by_port_are_those_of_all_rows_that_have_it(some: list[int], others: list[int]) -> None:
    for table in ("tcp", "tcp6"):
        wanted = [row for row in rows(table) if row.local_port in some or row.remote_port in others]
        assert rows(table, tuple(some), tuple(others)) == (wanted if some or others else rows(table))
        assert [row.inode for row in rows(table, remote=tuple(some))] == [
            row.inode for row in rows(table) if row.remote_port in some or not some
        ]


@given(st.binary(max_size=300), st.integers(0, 9))
def test_hostile_content_never_crashes_a_parser(data: bytes, where: int) -> None:
    recorded = (RECORDED / "tcp6").read_bytes()
    cut = len(recorded) * where // 10
    for table in (data, recorded[:cut] + data + recorded[cut:]):
        for row in inet(table, drops=True):
            assert row.local
            assert row.remote
        list(inet(table, (9696,), (5672,)))
        list(unix(table))
