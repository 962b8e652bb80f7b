"""From files to the store: real files, the real source, a made-up parser."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.files.source import FileSource
from collectors.model import Chunk
from collectors.pipeline.streams import STREAM_MARK
from stratoscope.collect.telemetry import Telemetry
from stratoscope.ingest import Ingest, ingest
from stratoscope.store.records import Progress, Stored
from stratoscope.store.schema import StoreError
from stratoscope.store.writer import Writer
from tests.servers.process import wait_until
from tests.stratoscope.made import LineParser, bodies

LINES = [f"2026-11-23T03:{minute:02d}:00Z number {minute}\n  and more of {minute}\n" for minute in range(60)]


def make(chunk: Chunk) -> LineParser:
    return LineParser(chunk.offset, chunk.line)


@contextmanager
def reading(writer: Writer, *paths: str, follow: bool = True, chunk: int = 100) -> Iterator[Ingest]:
    problems: list[object] = []
    positions = {name: at for name, at in writer.positions().items() if STREAM_MARK not in name}
    source = FileSource(paths, follow=follow, report=problems.append, positions=positions, chunk=chunk)
    with ingest(source, make, writer, Telemetry(logging.getLogger("ingest"))) as work:
        yield work


def read_all(writer: Writer, *paths: str, follow: bool = True, chunk: int = 100) -> tuple[int, int, int]:
    """Read what there is, and to the very end unless `follow`; how much was new, known already, and of how many inputs."""
    with reading(writer, *paths, follow=follow, chunk=chunk) as work:
        while work.step():
            pass
        if not follow:
            wait_until(lambda: not work.step() and work.pipeline.done(), "the end of the input")
            work.finish()
        return work.added, work.repeated, work.streams_seen


def wanted(count: int) -> list[str]:
    return [f"number {minute}\n  and more of {minute}" for minute in reversed(range(count))]


def test_a_file_is_stored_but_for_the_record_that_is_still_open(tmp_path: Path) -> None:
    log, store = tmp_path / "nova.log", tmp_path / "events.db"
    log.write_text("".join(LINES))
    with Writer(store) as writer:
        assert read_all(writer, str(log)) == (59, 0, 1)
    assert bodies(store, limit=100) == wanted(59)
    with Writer(store) as writer:
        assert read_all(writer, str(log), follow=False) == (1, 0, 1)
    assert bodies(store, limit=100) == wanted(60)


@given(st.lists(st.integers(0, 4000), max_size=6), st.integers(50, 500))
@settings(max_examples=8, deadline=None)
def test_any_stops_and_starts_while_the_file_grows_give_every_event_once(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], chunk: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    log, store = folder / "nova.log", folder / "events.db"
    text = "".join(LINES)
    for size in sorted(sizes):
        log.write_text(text[:size])
        with Writer(store) as writer, reading(writer, str(log), chunk=chunk) as work:
            work.step()
    log.write_text(text)
    with Writer(store) as writer:
        read_all(writer, str(log), follow=False, chunk=chunk)
    assert bodies(store, limit=100) == wanted(60)


class Broken(Writer):
    """A store on a full disk, until there is room."""

    full = True

    def store(self, batch: Sequence[Progress], now: float) -> Stored:
        if self.full:
            raise StoreError("disk full")
        return super().store(batch, now)


def test_a_store_that_fails_is_heard(tmp_path: Path) -> None:
    (tmp_path / "nova.log").write_text("".join(LINES))
    with Broken(tmp_path / "events.db") as writer, reading(writer, str(tmp_path)) as work:
        work.step()
        wait_until(lambda: work.worker.error is not None, "the store fails")
        with pytest.raises(StoreError, match="disk full"):
            work.check()


def test_what_it_did_not_take_it_takes_later(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    (tmp_path / "nova.log").write_text("".join(LINES))
    with Broken(store) as writer, reading(writer, str(tmp_path / "nova.log")) as work:
        work.step()
        wait_until(lambda: work.worker.error is not None, "the store fails")
        writer.full = False
        while work.step():
            pass
    assert bodies(store, limit=100) == wanted(59)


def test_standard_input_is_a_new_source_each_time(tmp_path: Path, piped: Callable[[str], None]) -> None:
    store = tmp_path / "events.db"
    for _ in range(2):
        piped("".join(LINES[:3]))
        with Writer(store) as writer:
            read_all(writer, "-", follow=False)
    assert len(bodies(store)) == 6
