"""What the sidecar knows itself, and the end of the log."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.blackbox import told
from probes.blackbox.model import Occasion
from probes.blackbox.settings import BlackBoxSettings
from probes.model import Evidence, Finding, Proof, State, Verdict
from tests.probes.blackbox.patients import profile
from tests.probes.soon import soon

SETTINGS = BlackBoxSettings(log_tail=100)


def verdict(state: State, reason: str) -> Verdict:
    evidence = (Evidence("rpc", Finding.SILENT, 5.0, "3 pings unanswered", figures={"workers": 3}),)
    return Verdict(
        "nova", state, 9.0, 5.0, reason, ready=False, started=True, proofs={Proof.UNANSWERED: 5.0}, evidence=evidence
    )


def test_the_verdicts_are_told_in_their_order() -> None:
    recent = (verdict(State.HEALTHY, "fine"), verdict(State.SATURATED, "busy"))
    case = Occasion("nova", profile(), "x", 0.0, verdict=verdict(State.HUNG, "hung"), recent=recent)
    pieces, verdicts = told.evidence(case, SETTINGS, soon())
    assert pieces.text == "rpc: silent  3 pings unanswered"
    assert [line.split()[1] for line in verdicts.text.splitlines()] == ["healthy", "saturated", "hung"]


def test_the_view_of_others_is_told_as_it_was_given() -> None:
    case = Occasion("nova", profile(), "x", 0.0, views={"broker": {"consumers": 1, "unacknowledged": 3}})
    (entry,) = told.views(case, SETTINGS, soon())
    assert entry.data == {"consumers": 1, "unacknowledged": 3}
    assert entry.text == "consumers: 1\nunacknowledged: 3"


def test_what_is_not_there_is_no_loss() -> None:
    case = Occasion("nova", profile(), "x", 0.0)
    entries = [*told.views(case, SETTINGS, soon()), *told.evidence(case, SETTINGS, soon()), *told.logs(case, SETTINGS, soon())]
    assert [bool(entry.text and not entry.lost) for entry in entries] == [True, True, True]


def test_the_last_whole_lines_are_taken(tmp_path: Path) -> None:
    log = tmp_path / "nova.log"
    log.write_text("".join(f"line {number}\n" for number in range(1000)))
    (entry,) = told.logs(Occasion("nova", profile(), "x", 0.0, log_files=(log,)), SETTINGS, soon())
    lines = entry.text.splitlines()
    assert lines[-1] == "line 999"
    assert all(line.startswith("line ") for line in lines)
    assert len(entry.text) <= 100


def test_a_file_that_is_not_there_costs_itself_only(tmp_path: Path) -> None:
    log = tmp_path / "nova.log"
    log.write_text("here\n")
    case = Occasion("nova", profile(), "x", 0.0, log_files=(tmp_path / "none", log))
    missing, there = told.logs(case, SETTINGS, soon())
    assert missing.lost.startswith(f"{tmp_path}/none: no such file or directory; mount its folder")
    assert there.text == "here\n"


@pytest.mark.timeout(60)
def test_a_pipe_in_the_place_of_a_log_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    case = Occasion("nova", profile(), "x", 0.0, log_files=(tmp_path / "pipe",))
    (entry,) = told.logs(case, SETTINGS, soon())
    assert entry.lost or entry.text == ""


@given(st.binary(max_size=400), st.integers(1, 200))
def test_a_tail_is_the_end_of_the_file_and_never_longer_than_asked(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, limit: int
) -> None:
    """Size, and the last whole lines within `limit` bytes."""
    path = tmp_path_factory.mktemp("tail") / "log"
    path.write_bytes(data)
    size, end = told.tail(path, limit)
    assert size == len(data)
    assert data.endswith(end)
    assert len(end) <= limit
    if len(data) <= limit:
        assert end == data
