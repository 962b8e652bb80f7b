"""How a line finds its record, step by step as the module parsers.assembler tells it."""

import pytest

from parsers.model import Event
from tests.parsers.contract import events_of

ONE = "2026-11-23 03:33:01.807"
TWO = "2026-11-23 03:33:02.000"
TRACE = ("Traceback (most recent call last):", '  File "/opt/app.py", line 1, in f', "    g()", "KeyError: 'x'", "")


def head(text: str, pid: int = 7, level: str = "INFO", time: str = ONE, logger: str = "nova.api") -> str:
    return f"{time} {pid} {level} {logger} [-] {text}"


def trace(text: str, pid: int = 7, time: str = ONE, logger: str = "nova.api") -> str:
    return f"{time} {pid} ERROR {logger} {text}"


def failed(pid: int = 7, level: str = "ERROR") -> str:
    return head("Failed: KeyError: 'x'", pid, level)


def events(*lines: str) -> list[Event]:
    return events_of(["".join(f"{line}\n" for line in lines).encode()])


def bodies(*lines: str) -> list[str]:
    return [event["body"] for event in events(*lines)]


def lines_of(*lines: str) -> list[tuple[int, int]]:
    """First line and count of lines of each event."""
    return [(event["source"]["first_line"], event["source"]["lines"]) for event in events(*lines)]


class TestAPrefixedLine:
    """It belongs to the open record of its writer with the same time, pid and logger."""

    def test_to_its_head(self) -> None:
        (event,) = events(failed(), *map(trace, TRACE))
        assert event["attributes"]["exception.type"] == "KeyError"

    @pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "CRITICAL"])
    def test_the_level_of_the_head_is_the_one(self, level: str) -> None:
        (event,) = events(head("Failed", level=level), *map(trace, TRACE))
        assert event["severity_text"] == level

    def test_the_instance_is_not_in_the_key(self) -> None:
        (event,) = events(head("[instance: x] Failed: KeyError: 'x'"), *(trace(f"[instance: x] {line}") for line in TRACE))
        assert event["attributes"]["exception.stacktrace"] == "\n".join(TRACE[:-1])

    def test_not_of_another_pid(self) -> None:
        first, second = events(failed(), *(trace(line, pid=8) for line in TRACE))
        assert second["quality"] == ["head_missing"]
        assert "exceptions" not in first

    def test_not_of_another_time_or_logger(self) -> None:
        assert lines_of(failed(), *(trace(line, time=TWO) for line in TRACE)) == [(1, 1), (2, 5)]
        assert lines_of(failed(), *(trace(line, logger="nova.x") for line in TRACE)) == [(1, 1), (2, 5)]

    def test_processes_that_write_in_turn(self) -> None:
        turns = [line for text in TRACE for line in (trace(text, 7), trace(text, 8))]
        first, second = events(failed(7), failed(8), *turns)
        assert first["attributes"]["exception.stacktrace"] == second["attributes"]["exception.stacktrace"]
        assert [first["source"]["lines"], second["source"]["lines"]] == [6, 6]

    def test_the_middle_of_a_record(self) -> None:
        (event,) = events(*map(trace, TRACE[1:]))
        assert event["quality"] == ["head_missing"]
        assert event["severity_text"] == "ERROR"
        assert event["attributes"]["exception.type"] == "KeyError"

    def test_a_trimmed_blank_at_its_end(self) -> None:
        """Shippers and editors take the blank behind the prefix of an empty line off."""
        assert lines_of(failed(), *(trace(line).rstrip() for line in TRACE), head("next", time=TWO)) == [(1, 6), (7, 1)]

    def test_the_word_trace_of_old(self) -> None:
        (event,) = events(failed(), *(trace(line).replace("ERROR", "TRACE") for line in TRACE))
        assert event["attributes"]["exception.type"] == "KeyError"


class TestAHeldBackHead:
    """A head that ends in an exception's text waits for its traceback while heads come that may be lines of that text."""

    def test_its_traceback_comes_after_another_head(self) -> None:
        first, second = events(failed(), head("looks like a head", time=TWO), *map(trace, TRACE))
        assert [first["body"], second["body"]] == ["Failed", "looks like a head"]
        assert first["attributes"]["exception.type"] == "KeyError"

    def test_nothing_waits_for_ever(self) -> None:
        later = [head(str(number), time=TWO) for number in range(20)]
        found = events(failed(), *later, *map(trace, TRACE))
        assert found[0]["body"] == "Failed: KeyError: 'x'"
        assert found[-1]["quality"] == ["head_missing"]

    def test_a_head_without_summary_waits_for_nothing(self) -> None:
        found = events(head("all is well"), head("next", time=TWO), *map(trace, TRACE))
        assert [event.get("quality") for event in found] == [None, None, ["head_missing"]]


class TestABareLine:
    """It is more of the last head's message, or of the last record of another format, or else stands alone."""

    def test_of_a_message(self) -> None:
        assert bodies(head("one"), "two", "", "  four", head("next")) == ["one\ntwo\n\n  four", "next"]

    def test_of_the_last_writer(self) -> None:
        assert bodies(head("seven"), head("eight", pid=8), "more of eight") == ["seven", "eight\nmore of eight"]

    def test_of_the_one_who_got_the_last_line(self) -> None:
        found = bodies(failed(), head("eight", pid=8), *map(trace, TRACE), "alone")
        assert found == ["Failed", "eight", "alone"]

    def test_a_stack_after_a_traceback(self) -> None:
        stack = ["Stack (most recent call last):", '  File "/opt/app.py", line 9, in h', "    f()"]
        (event,) = events(failed(), *map(trace, TRACE), *stack)
        assert event["attributes"]["code.stacktrace"] == "\n".join(stack)

    def test_a_stack_without_one(self) -> None:
        (event,) = events(head("why"), "Stack (most recent call last):", '  File "/opt/app.py", line 9, in h', "    f()")
        assert event["body"] == "why"
        assert event["attributes"]["code.stacktrace"].startswith("Stack (most recent call last):")

    def test_alone(self) -> None:
        first, second = events("nobody knows this", "nor that")
        assert first["quality"] == second["quality"] == ["unparsed"]

    def test_indented_lines_follow_the_line_before_them(self) -> None:
        assert bodies("nobody knows this", "  but it goes on", "nor that") == [
            "nobody knows this\n  but it goes on",
            "nor that",
        ]

    def test_a_word_in_capitals_is_no_record_without_time(self) -> None:
        """`ERROR nova ...` alone is a devstack line; inside of a message it is a line of it."""
        assert bodies(head("one"), "INFO is a word") == ["one\nINFO is a word"]


class TestWhatIsNoHead:
    """A head is known by the shape of its context words, not by a bracket."""

    @pytest.mark.parametrize("words", ["[foo] ", "[req-1 x] ", "[instance: x] ", "[] ", ""])
    def test_in_a_traceback(self, words: str) -> None:
        (event,) = events(failed(), trace(TRACE[0]), trace(f"{words}text"), trace(TRACE[3]), trace(""))
        assert event["source"]["lines"] == 5

    def test_a_dash_in_a_traceback(self) -> None:
        """`[-] fake` behind the prefix of an open traceback is a line of it, as its key has not ended."""
        (event,) = events(failed(), trace(TRACE[0]), trace("[-] fake"), trace(TRACE[3]), trace(""))
        assert event["source"]["lines"] == 5

    def test_a_date_in_a_message(self) -> None:
        assert lines_of(head(f"at {ONE} it rained"), f"{ONE} was the time") == [(1, 2)]
