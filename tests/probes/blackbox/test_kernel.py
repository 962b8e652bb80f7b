"""What the kernel knows of a process, taken down as it is."""

import os
import socket
from pathlib import Path
from typing import Any

from clients.model import Deadline
from probes.blackbox import kernel
from probes.blackbox.model import Entry, Occasion
from probes.blackbox.settings import BlackBoxSettings
from probes.model import Process
from probes.proc.processes import process as seen
from tests.probes.blackbox.patients import PROC, of, patient, profile
from tests.servers.process import READY, wait_until

SETTINGS = BlackBoxSettings()
NOBODY = Process(999_999_999, 1, "nova-compute", (), 0, "S", 1)


def occasion(*processes: Process, proc: Path = PROC) -> Occasion:
    return Occasion("nova-compute", profile(), "silent", 0.0, processes, proc=proc)


def soon() -> Deadline:
    return Deadline.after(READY)


def rows(entry: Entry, name: str) -> list[dict[str, Any]]:
    found: Any = entry.data[name]
    return list(found)


def test_a_thread_that_spins_and_one_that_stands_still_are_told_apart(tmp_path: Path) -> None:
    with patient("spin", tmp_path) as spinning:
        (moving,) = kernel.threads(occasion(of(spinning)), SETTINGS, soon())
        assert moving.text.startswith("1 of 1 threads ran within 1 s")
        assert rows(moving, "threads")[0]["ticks"] > 0
        spinning.freeze()
        spinning.wait_until(lambda: of(spinning).state == "T", "it is stopped")
        (still,) = kernel.threads(occasion(of(spinning)), SETTINGS, soon())
        assert still.text.startswith("0 of 1 threads ran within 1 s")
        assert rows(still, "threads")[0]["state"] == "T"


def test_where_in_the_kernel_a_thread_sleeps_is_told(tmp_path: Path) -> None:
    with patient("gil", tmp_path) as process:
        (entry,) = kernel.threads(occasion(of(process)), SETTINGS, soon(), sleep=lambda _: None)
        assert "futex" in rows(entry, "threads")[0]["waits_in"] or not rows(entry, "threads")[0]["waits_in"]


def test_state_limits_and_figures_are_taken_as_the_kernel_prints_them(tmp_path: Path) -> None:
    with patient("idle", tmp_path) as process:
        entries = list(kernel.status(occasion(of(process)), SETTINGS, soon()))
        text = "\n".join(entry.text for entry in entries)
        for part in ("idle.py", "open files: ", "State:", "SigCgt:", "Max open files", "read_bytes"):
            assert part in text
        assert all(entry.lost == "" for entry in entries)


def test_bytes_that_a_process_does_not_read_are_told_with_their_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"x" * 1254)

            def unread() -> list[dict[str, Any]]:
                entries = list(kernel.sockets(occasion(seen(PROC, os.getpid())), SETTINGS, soon()))
                return [row for entry in entries for row in rows(entry, "sockets") if row["rx"] == 1254]

            wait_until(lambda: bool(unread()), "the bytes have come")
            (row,) = unread()
            assert row["pid"] == os.getpid()
            assert row["state"] == "ESTABLISHED"


def test_where_the_owner_may_not_be_seen_the_sockets_of_its_user_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "7"
    (folder / "net").mkdir(parents=True)
    (folder / "net" / "tcp").write_text(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:8AE2 0100007F:1628 01 00000000:000004E6 00:00000000 00000000   42424        0 991 1 0 20 4 30 10 -1\n"
        "   1: 0100007F:8AE4 0100007F:1628 01 00000000:00000000 00:00000000 00000000       0        0 992 1 0 20 4 30 10 -1\n"
    )
    # what is no folder cannot be listed; without the right to look it is the same with another word
    process = Process(7, 1, "nova-compute", (), 42424, "S", 1)
    entries = list(kernel.sockets(occasion(process, proc=tmp_path), SETTINGS, soon()))
    assert any("not there" in entry.lost for entry in entries)


def test_memory_and_pressure_are_told_or_what_would_give_them(tmp_path: Path) -> None:
    with patient("idle", tmp_path) as process:
        entries = list(kernel.memory(occasion(of(process)), SETTINGS, soon()))
        assert [entry.about.partition(" ")[0] for entry in entries] == ["control", "pressure", "pressure", "pressure", "of"]
        assert all(entry.text or entry.lost for entry in entries)
        assert "MemAvailable" in entries[-1].text


def test_without_a_process_every_step_tells_the_privilege() -> None:
    for step in (kernel.threads, kernel.status, kernel.sockets):
        (entry,) = step(occasion(), SETTINGS, soon())
        assert "shareProcessNamespace" in entry.lost


def test_one_that_has_ended_is_told_by_every_step() -> None:
    for step in (kernel.threads, kernel.status, kernel.sockets):
        assert any("not there" in entry.lost for entry in step(occasion(NOBODY), SETTINGS, Deadline.after(0.1)))
