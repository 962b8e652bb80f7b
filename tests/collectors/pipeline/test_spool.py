"""Batches on disk: what was told to be safe is there after any end, in order."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.pipeline.batches import Batch
from collectors.pipeline.spool import HEADER, Spool, SpoolVersionError
from tests.collectors.disk import full_beyond
from tests.collectors.pipeline.made import batch


class Kept:
    """A spool in a folder, opened anew at will; `lost` is what a bad disk has cost."""

    def __init__(self, folder: Path, segment: int = 1 << 20) -> None:
        self.folder = folder
        self.segment = segment
        self.lost: list[int] = []
        self.spool = self.opened()

    def opened(self) -> Spool:
        self.spool = Spool(str(self.folder), self.lost.append, self.segment)
        return self.spool

    def taken(self) -> list[int]:
        """The numbers of all batches, taken out one by one."""
        numbers = []
        while (head := self.spool.head()) is not None:
            numbers.append(head.number)
            self.spool.advance()
        return numbers

    def segments(self) -> list[Path]:
        return sorted(self.folder.glob("*.spool"))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "spool")


def test_a_batch_comes_back_as_it_was(kept: Kept) -> None:
    given_in = batch(7, events=3, weight=77, at=500)
    kept.spool.append([given_in])
    head = kept.spool.head()
    assert head == Batch(7, list(given_in.events), given_in.moved, 77, 0.0)
    assert kept.opened().head() == head


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(["append", "take", "open"]), max_size=30), st.integers(100, 3000))
def test_whatever_is_done_in_whatever_order_it_is_first_in_first_out(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], segment: int
) -> None:
    kept, number, waiting = Kept(tmp_path_factory.mktemp("spool"), segment), 0, []
    for step in steps:
        if step == "append":
            number += 2
            kept.spool.append([batch(number - 1), batch(number)])
            waiting += [number - 1, number]
        elif step == "open":
            kept.spool.close()
            kept.opened()
        elif waiting:
            head = kept.spool.head()
            assert head is not None
            assert head.number == waiting.pop(0)
            kept.spool.advance()
        assert kept.spool.events == 2 * len(waiting)
        assert bool(kept.spool) == bool(waiting)
    assert kept.taken() == waiting
    kept.spool.close()


@pytest.mark.parametrize("left", [0, 1, 7, 15, 16, 17, 100])
def test_what_was_not_written_to_its_end_is_left_out(kept: Kept, left: int) -> None:
    kept.spool.append([batch(1)])
    whole = kept.segments()[0].stat().st_size
    kept.spool.append([batch(2)])
    os.truncate(kept.segments()[0], whole + left)
    kept.opened().append([batch(3)])
    assert kept.taken() == [1, 3]
    assert kept.lost == []


def test_a_crash_right_after_a_segment_was_begun(kept: Kept) -> None:
    kept.folder.joinpath("00000005.spool").write_bytes(HEADER[:4])
    kept.opened().append([batch(1)])
    assert kept.taken() == [1]


def test_a_frame_that_the_disk_has_changed_is_counted_as_lost(kept: Kept) -> None:
    kept.spool.append([batch(1), batch(2, events=3), batch(3)])
    path = kept.segments()[0]
    path.write_bytes(path.read_bytes().replace(b"event 201", b"event 2X1"))
    assert kept.opened().events == 7
    assert kept.taken() == [1, 3]
    assert kept.lost == [3]


def test_a_segment_that_somebody_deleted_is_counted_as_lost(tmp_path: Path) -> None:
    kept = Kept(tmp_path, segment=1)
    for number in (1, 2, 3):
        kept.spool.append([batch(number)])
    kept.segments()[0].unlink()
    assert kept.taken() == [2, 3]
    assert kept.lost == [2]


def test_another_version_is_not_touched(kept: Kept) -> None:
    path = kept.folder / "00000001.spool"
    path.write_bytes(b"stratoscope spool 2\nwhat we do not know")
    with pytest.raises(SpoolVersionError, match="another version"):
        kept.opened()
    assert path.exists()


def test_taken_segments_are_deleted(tmp_path: Path) -> None:
    kept = Kept(tmp_path, segment=1)
    for number in (1, 2, 3):
        kept.spool.append([batch(number)])
    assert len(kept.segments()) == 3
    kept.spool.advance()
    assert len(kept.segments()) == 2
    assert kept.spool.size == sum(path.stat().st_size for path in kept.segments())
    assert kept.taken() == [2, 3]
    assert kept.segments() == []
    assert kept.opened().head() is None


def test_the_oldest_is_dropped_but_not_the_head_that_is_being_sent(tmp_path: Path) -> None:
    kept = Kept(tmp_path, segment=1)
    assert kept.spool.drop_oldest(keep_head=False) == 0
    for number in (1, 2, 3, 4):
        kept.spool.append([batch(number)])
    assert kept.spool.drop_oldest(keep_head=True) == 2
    assert kept.spool.drop_oldest(keep_head=False) == 2
    assert kept.opened().events == 4
    assert kept.taken() == [3, 4]


def test_an_unreadable_cursor_repeats_and_loses_nothing(kept: Kept) -> None:
    kept.spool.append([batch(1), batch(2)])
    kept.spool.advance()
    (kept.folder / "cursor.json").write_bytes(b"\0\0")
    kept.opened()
    assert kept.taken() == [1, 2]


def test_other_files_in_the_folder_are_left_alone(kept: Kept) -> None:
    (kept.folder / "notes.spool").write_text("x")
    (kept.folder / "0001.txt").write_text("x")
    assert kept.opened().head() is None
    assert len(list(kept.folder.iterdir())) == 2


class TestAFullDisk:
    """What could not be written is not in it, and what was there before is."""

    def test_frames_are_taken_back(self, kept: Kept) -> None:
        kept.spool.append([batch(1)])
        with full_beyond(kept.segments()[0].stat().st_size + 50), pytest.raises(OSError, match="File too large"):
            kept.spool.append([batch(2)])
        kept.spool.append([batch(3)])
        assert kept.taken() == [1, 3]

    def test_a_segment_is_not_begun(self, kept: Kept) -> None:
        with full_beyond(5), pytest.raises(OSError, match="File too large"):
            kept.spool.append([batch(1)])
        assert kept.segments() == []
        kept.spool.append([batch(2)])
        assert kept.taken() == [2]

    def test_a_segment_with_nothing_in_it_is_removed(self, kept: Kept) -> None:
        with full_beyond(len(HEADER) + 10), pytest.raises(OSError, match="File too large"):
            kept.spool.append([batch(1)])
        assert kept.segments() == []
        kept.spool.append([batch(2)])
        assert kept.taken() == [2]
