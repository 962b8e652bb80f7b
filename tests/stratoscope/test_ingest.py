"""From files to the store: real files, the real source, a made-up parser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.files.source import FileSource
from stratoscope.ingest import STREAM_MARK, Ingest
from stratoscope.metrics import Telemetry
from stratoscope.store.records import Progress, Stored
from stratoscope.store.schema import StoreError
from stratoscope.store.writer import Writer
from tests.stratoscope.made import NOW, LineParser, bodies

LINES = [f"2026-11-23T03:{minute:02d}:00Z number {minute}\n  and more of {minute}\n" for minute in range(60)]


def never() -> bool:
    return False


def make(path: str, offset: int, line: int) -> LineParser:
    return LineParser(offset, line)


def ingest(writer: Writer, path: Path, *, follow: bool = True, chunk: int = 100) -> Ingest:
    problems: list[object] = []
    positions = {name: at for name, at in writer.positions().items() if STREAM_MARK not in name}
    source = FileSource([str(path)], follow=follow, report=problems.append, positions=positions, chunk=chunk)
    return Ingest(source, make, writer, Telemetry(), "run")


def wanted(count: int) -> list[str]:
    return [f"number {minute}\n  and more of {minute}" for minute in reversed(range(count))]


def test_a_file_is_stored_but_for_the_record_that_is_still_open(tmp_path: Path) -> None:
    log, store = tmp_path / "nova.log", tmp_path / "events.db"
    log.write_text("".join(LINES))
    with Writer(store) as writer:
        work = ingest(writer, log)
        assert work.step(NOW, never)
        assert bodies(store, limit=100) == wanted(59)
        work.finish(NOW)
    assert bodies(store, limit=100) == wanted(60)
    assert (work.added, work.repeated, work.files_seen) == (60, 0, 1)


@given(st.lists(st.integers(0, 4000), max_size=6), st.integers(50, 500))
@settings(max_examples=20, deadline=None)
def test_any_stops_and_starts_while_the_file_grows_give_every_event_once(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], chunk: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    log, store = folder / "nova.log", folder / "events.db"
    text = "".join(LINES)
    for size in [*sorted(sizes), len(text)]:
        log.write_text(text[:size])
        with Writer(store) as writer:
            work = ingest(writer, log, chunk=chunk)
            while work.step(NOW, never):
                pass
    with Writer(store) as writer:
        work = ingest(writer, log, follow=False, chunk=chunk)
        work.step(NOW, never)
        work.finish(NOW)
    assert bodies(store, limit=100) == wanted(60)


class Broken:
    """A sink that fails."""

    def store(self, batch: list[Progress], now: float) -> Stored:
        raise StoreError("disk full")


def test_a_sink_that_fails_is_heard(tmp_path: Path) -> None:
    (tmp_path / "nova.log").write_text("".join(LINES))
    source = FileSource([str(tmp_path)], follow=True, report=lambda _: None)
    with pytest.raises(StoreError):
        Ingest(source, make, Broken(), Telemetry(), "run").step(NOW, never)


def test_a_stop_ends_a_sweep_early_and_nothing_is_lost(tmp_path: Path) -> None:
    log, store = tmp_path / "nova.log", tmp_path / "events.db"
    log.write_text("".join(LINES))
    asked: list[int] = []

    def third_time() -> bool:
        asked.append(1)
        return len(asked) == 3

    with Writer(store) as writer:
        ingest(writer, log).step(NOW, third_time)
        assert 0 < len(bodies(store)) < 59
    with Writer(store) as writer:
        work = ingest(writer, log)
        work.step(NOW, never)
        work.finish(NOW)
    assert bodies(store, limit=100) == wanted(60)


def test_standard_input_is_a_new_source_each_time(tmp_path: Path, piped: Callable[[str], None]) -> None:
    store = tmp_path / "events.db"
    for name in ("one", "two"):
        piped("".join(LINES[:3]))
        with Writer(store) as writer:
            work = Ingest(FileSource(["-"], follow=False, report=lambda _: None), make, writer, Telemetry(), name)
            while work.step(NOW, never):
                pass
            work.finish(NOW)
    assert len(bodies(store)) == 6
