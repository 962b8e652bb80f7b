"""What is worth a line, and the end as JSON."""

from hypothesis import given
from hypothesis import strategies as st

from probes.wait.board import Board
from probes.wait.model import Answer


def no(text: str) -> Answer:
    return Answer(there=False, text=text)


def test_a_line_for_each_change_and_none_for_each_attempt() -> None:
    board = Board(["db", "mq"], 100.0)
    assert board.answered(0, no("refused"), 101.0) == "db: waiting: refused"
    assert board.answered(0, no("refused"), 102.0) is None
    assert board.answered(0, no("it joins"), 103.0) == "db: waiting: it joins"
    assert board.answered(0, Answer(there=True, text="Synced"), 104.25) == "db: there after 4.2 s: Synced"
    assert [one.name for one in board.missing] == ["mq"]


def test_a_number_alone_is_no_change() -> None:
    board = Board(["db"], 0.0)
    assert board.answered(0, no("3 of 100 connections"), 1.0)
    assert board.answered(0, no("17 of 100 connections"), 2.0) is None
    assert "17 of 100" in board.verdict("deadline", 3.0)


def test_a_heartbeat_every_thirty_seconds_names_all_that_is_missing() -> None:
    board = Board(["db", "mq", "api"], 0.0, heartbeat=30.0)
    board.answered(0, Answer(there=True, text="fine"), 1.0)
    board.answered(1, no("refused"), 1.0)
    assert board.beat(29.9) is None
    assert board.beat(30.0) == "still waiting after 30.0 s for 2 of 3: mq: refused; api: not asked yet"
    assert board.beat(31.0) is None
    assert board.beat(200.0) is not None
    assert board.next_beat == 210.0


def test_the_last_line_says_how_it_ended() -> None:
    board = Board(["db"], 0.0)
    board.answered(0, no("refused"), 1.0)
    assert board.verdict("deadline", 120.0) == "gave up after 120 s, waiting for 1 of 1: db: refused"
    assert board.verdict("ended", 2.0, "SIGTERM") == "ended by SIGTERM after 2.0 s, waiting for 1 of 1: db: refused"
    board.answered(0, Answer(there=True, text="fine"), 3.0)
    assert board.verdict("there", 3.0) == "all 1 there after 3.0 s"


def test_the_status_counts_attempts_and_not_what_a_watch_tells() -> None:
    board = Board(["db", "job/x"], 10.0)
    board.answered(0, no("refused"), 11.0)
    board.answered(0, Answer(there=True, text="fine"), 12.0)
    board.saw(1, no("0 of 1"), 13.0)
    assert board.status("deadline", 20.0) == {
        "outcome": "deadline",
        "seconds": 10.0,
        "targets": [
            {"target": "db", "there": True, "attempts": 2, "seconds": 2.0, "answer": "fine"},
            {"target": "job/x", "there": False, "attempts": 0, "seconds": 10.0, "error": "0 of 1"},
        ],
    }


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "b 2", "b 3"]), st.booleans()), max_size=30))
def test_as_many_lines_as_the_reason_changes(said: list[tuple[str, bool]]) -> None:
    board = Board(["x"], 0.0)
    lines = [board.answered(0, no(text), 1.0) for text, _ in said]
    kinds = [text.replace("2", "0").replace("3", "0") for text, _ in said]
    changes = [now for before, now in zip([None, *kinds], kinds, strict=False) if before != now]
    assert len([line for line in lines if line is not None]) == len(changes)
    assert board.entries[0].attempts == len(said)
