"""Killed at any moment, or with a full disk: what was acknowledged is there, nothing is there twice, and it goes on."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratoscope.query import Query
from stratoscope.store.reader import Reader
from stratoscope.store.schema import StoreError
from stratoscope.store.writer import Writer
from tests.stratoscope.made import FILE, NOW, event, progress

ROUNDS = 50
BATCH = 40
MAX_SIZE = 3 << 20
"""So small that parts begin and go all the time."""


def batch(first: int) -> list[dict[str, object]]:
    numbers = range(first, first + BATCH)
    return [
        event(f"number{n} " * 40, n, timestamp=f"2026-11-23T{n // 3600_00:02d}:{n // 6000 % 60:02d}:{n / 100 % 60:09.6f}Z")
        for n in numbers
    ]


def write_until_killed(path: Path, acknowledge: int) -> None:
    """Go on behind what is stored; say each position that is."""
    with Writer(path, max_size=MAX_SIZE) as writer:
        at = writer.positions()
        first = at[FILE].offset if FILE in at else 0
        while True:
            writer.store([progress(batch(first), first + BATCH)], NOW)
            first += BATCH
            os.write(acknowledge, first.to_bytes(8, "big"))


def killed(path: Path, after: int, more: float) -> int:
    """Let a process write, kill it after some acknowledgements and `more` seconds, at any place; the last position it told."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            write_until_killed(path, writing)
        finally:
            os._exit(1)
    os.close(writing)
    told = 0
    with os.fdopen(reading, "rb") as acknowledged:
        for _ in range(after):
            told = int.from_bytes(acknowledged.read(8), "big")
        time.sleep(more)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        rest = acknowledged.read()
    return int.from_bytes(rest[-8:], "big") if rest else told


def test_killed_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    chance = random.Random(8)
    for _ in range(ROUNDS):
        told = killed(path, chance.randrange(1, 5), chance.random() / 30)
        with Writer(path, max_size=MAX_SIZE) as writer:
            at = writer.positions()[FILE].offset
        assert at in {told, told + BATCH}  # the last one may have been killed between the commit and the word
        with Reader(path) as reader:
            kept = [hit.event["source"]["first_offset"] for hit in reader.search(Query(), 100_000)]
            totals = reader.totals()
        assert kept == list(range(at - 1, at - 1 - len(kept), -1))
        assert totals.events == len(kept) == at - totals.dropped
    assert totals.dropped > 0
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for (number,) in db.execute("SELECT number FROM part").fetchall():
            db.execute(f"INSERT INTO text_{number} (text_{number}) VALUES ('integrity-check')")
    db.close()


class Disk:
    """A small one, for root a tmpfs; for others the store itself is told that there are no more pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
        self.mounted = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0

    def fill(self, writer: Writer) -> None:
        if not self.mounted:
            writer._db.execute("PRAGMA max_page_count = 1")
            return
        with contextlib.suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)

    def make_room(self, writer: Writer) -> None:
        if self.mounted:
            (self.folder / "filler").unlink()
        else:
            writer._db.execute("PRAGMA max_page_count = 1000000")

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "small")
    yield made
    made.close()


def test_a_full_disk(disk: Disk) -> None:
    """A clear error, reading goes on, nothing acknowledged is lost, and it goes on when there is room."""
    path = disk.folder / "events.db"
    with Writer(path) as writer:
        writer.store([progress(batch(0), BATCH)], NOW)
        disk.fill(writer)
        first, failures = BATCH, []
        for _ in range(30):
            try:
                writer.store([progress(batch(first), first + BATCH)], NOW)
                first += BATCH
            except StoreError as error:
                failures.append(str(error))
        assert failures
        assert "database or disk is full; nothing of this batch was stored, it will be read again" in failures[0]
        assert writer.positions()[FILE].offset == first
        with Reader(path) as reader:
            assert len(reader.search(Query(), 10_000)) == first
        disk.make_room(writer)
        for _ in range(3):
            writer.store([progress(batch(first), first + BATCH)], NOW)
            first += BATCH
    with Reader(path) as reader:
        kept = [hit.event["source"]["first_offset"] for hit in reader.search(Query(), 10_000)]
    assert kept == list(range(first - 1, -1, -1))
