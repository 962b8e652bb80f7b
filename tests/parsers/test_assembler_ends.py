"""How a record ends: by a clear head of its writer, by his death, by silence or a bound; and in which order records come."""

import pytest

from parsers.model import Event
from parsers.parser import Parser
from tests.parsers.contract import NOW, events_of
from tests.parsers.test_assembler_lines import ONE, TRACE, TWO, failed, head, trace


def fed(*lines: str) -> list[Event]:
    """What is given out before the source ends."""
    return Parser().feed("".join(f"{line}\n" for line in lines).encode(), NOW)


def events(*lines: str) -> list[Event]:
    return events_of(["".join(f"{line}\n" for line in lines).encode()])


class TestAHeadEndsTheRecordOfItsWriter:
    """The next head of the same pid, and of no other."""

    def test_of_the_same(self) -> None:
        assert [event["body"] for event in fed(head("one"), head("two"))] == ["one"]

    def test_of_another(self) -> None:
        assert fed(head("one"), head("two", pid=8)) == []

    def test_records_of_one_millisecond(self) -> None:
        """Their keys are equal; the terminator tells where one traceback ends."""
        lines = [failed(), *map(trace, TRACE)] * 5
        assert [event["source"]["lines"] for event in events(*lines)] == [6] * 5

    def test_without_pid_the_logger_is_the_writer(self) -> None:
        lines = [line.replace(" 7 ", " ") for line in (head("one"), head("two", logger="nova.x"), head("three"))]
        assert [event["body"] for event in fed(*lines)] == ["one"]


class TestNoBlankLineAndNoWordEndsARecord:
    """Both stand in the middle of records."""

    def test_a_blank_line(self) -> None:
        assert [event["body"] for event in events(head("one"), "", "", "four")] == ["one\n\n\nfour"]

    def test_an_empty_line_of_a_traceback(self) -> None:
        chain = [*TRACE, "During handling of the above exception, another exception occurred:", "", *TRACE]
        (event,) = events(failed(), *map(trace, chain))
        assert [entry["link"] for entry in event["exceptions"]] == ["root", "context"]

    def test_the_word_traceback(self) -> None:
        (event,) = events(head("one"), "Traceback (most recent call last): is only a word here", "three")
        assert event["source"]["lines"] == 3


class TestADeath:
    """A parent process tells that its child has died: what the child had begun ends there."""

    @pytest.mark.parametrize("message", ["Child 8 killed by signal 9", "Child 8 exited with status 1", "Worker 8 died"])
    def test_of_a_child(self, message: str) -> None:
        first, second = events(failed(pid=8), trace(TRACE[0], pid=8), trace(TRACE[1], pid=8), head(message))[:2]
        assert first["quality"] == ["truncated"]
        assert second["body"] == message

    def test_nobody_tells_of_his_own(self) -> None:
        """A message that looks so, by the writer whom it names, ends nothing: its second line is still to come."""
        first, second = events(head("Worker 8 died", pid=8), head("Child 8 exited with status 1", pid=8, time=TWO))
        assert (first.get("quality"), second.get("quality")) == (None, None)

    def test_of_one_who_has_nothing_open(self) -> None:
        assert [event.get("quality") for event in events(head("Child 99 killed by signal 9"))] == [None]

    def test_a_new_process_may_get_the_pid(self) -> None:
        found = events(head("one", pid=8), head("Child 8 killed by signal 9"), head("two", pid=8, time=TWO))
        assert [event["body"] for event in found] == ["one", "Child 8 killed by signal 9", "two"]


class TestOrder:
    """Records come in the order of their first lines, however they end."""

    def test_the_first_is_waited_for(self) -> None:
        assert fed(failed(pid=7), head("one", pid=8), head("two", pid=8), head("three", pid=8)) == []

    def test_all_come_when_it_ends(self) -> None:
        found = fed(failed(pid=7), head("one", pid=8), head("two", pid=8), *map(trace, TRACE), head("next", time=TWO))
        assert [event["body"] for event in found] == ["Failed", "one"]

    def test_another_format_in_between(self) -> None:
        other = f"{ONE} [info] <0.215.0> Server startup complete"
        assert [event["body"] for event in events(head("one"), other, head("two"))] == ["one", "Server startup complete", "two"]

    def test_a_line_without_time_in_between(self) -> None:
        found = events(failed(), trace(TRACE[0]), "from nowhere", *map(trace, TRACE[1:]))
        assert [(event["source"]["first_line"], event["source"]["lines"]) for event in found] == [(1, 6), (3, 1)]
