"""Lines that two processes wrote into each other: a write of over 4,096 bytes to a pipe is not atomic."""

import pytest

from parsers.model import Event
from parsers.parser import ParserOptions
from tests.parsers.contract import events_of

RAW = ParserOptions(raw=True)
TIME = "2026-11-23 03:33:01.807"


def head(pid: int, text: str, level: str = "INFO", time: str = TIME) -> str:
    return f"{time} {pid} {level} nova.api [-] {text}"


def trace(pid: int, text: str) -> str:
    return f"{TIME} {pid} ERROR nova.api {text}"


SEEN = [head(7, "7 is here"), head(8, "8 is here")]
"""A writer must have been seen before a line can be torn by him."""


def events(*lines: str) -> list[Event]:
    """What comes after the two first events."""
    text = "".join(f"{line}\n" for line in (*SEEN, *lines)).encode()
    return events_of([text], RAW)[2:]


class TestTornLinesAreTakenApart:
    """A line in which another process's line begins is two lines; the rest of the first one, when it comes, is put back."""

    def test_a_head_in_a_head(self) -> None:
        first, second = events(head(7, "a long") + head(8, "short"), " message")
        assert [first["body"], second["body"]] == ["a long message", "short"]
        assert first["quality"] == ["torn_repaired"]
        assert "quality" not in second

    def test_the_rest_comes_before_the_next_head(self) -> None:
        first, second, third = events(head(7, "a long") + head(8, "short"), " message", head(7, "next"))
        assert [first["body"], second["body"], third["body"]] == ["a long message", "short", "next"]

    def test_a_head_in_a_traceback_line(self) -> None:
        first, second = events(
            head(7, "Failed: KeyError: 'x'", "ERROR"),
            trace(7, "Traceback (most recent call last):"),
            trace(7, '  File "/opt/app') + head(8, "short"),
            '.py", line 1, in f',
            trace(7, "KeyError: 'x'"),
            trace(7, ""),
        )
        assert [first["body"], second["body"]] == ["Failed", "short"]
        assert first["exceptions"][0]["frames"][0]["file"] == "/opt/app.py"
        assert first["quality"] == ["torn_repaired"]

    def test_a_whole_traceback_in_between(self) -> None:
        first, second = events(
            head(7, "a long") + head(8, "Failed: KeyError: 'x'", "ERROR"),
            trace(8, "Traceback (most recent call last):"),
            trace(8, "KeyError: 'x'"),
            trace(8, ""),
            " message",
        )
        assert [first["body"], second["body"]] == ["a long message", "Failed"]
        assert second["attributes"]["exception.stacktrace"] == "Traceback (most recent call last):\nKeyError: 'x'"

    def test_the_places_in_the_source(self) -> None:
        first, second = events(head(7, "a long") + head(8, "short"), " message")
        start = len("".join(f"{line}\n" for line in SEEN))
        cut = start + len(head(7, "a long"))
        assert first["source"]["first_offset"] == start
        assert second["source"]["first_offset"] == cut
        assert first["source"]["first_line"] == second["source"]["first_line"] == 3
        assert first["attributes"]["log.record.original"] == head(7, "a long") + " message\n"
        assert second["attributes"]["log.record.original"] == head(8, "short") + "\n"


class TestAMessageMayQuoteALogLine:
    """What only looks torn is left alone."""

    @pytest.mark.parametrize(
        "line",
        [
            head(7, "quotes " + head(7, "himself")),
            head(7, "quotes " + head(99, "one who was never seen")),
            head(7, "quotes " + head(8, "another minute", time="2026-11-23 03:31:59.999")),
            head(7, "quotes " + head(8, "another day", time="2026-11-22 03:33:01.807")),
            head(7, f"at {TIME} 8 things happened"),
            head(7, f"only a time {TIME}"),
        ],
    )
    def test_a_quotation(self, line: str) -> None:
        (event,) = events(line)
        assert event["attributes"]["log.record.original"] == line + "\n"
        assert "quality" not in event

    def test_the_next_bare_line_is_more_of_the_message(self) -> None:
        (event,) = events(head(7, "quotes " + head(7, "himself")), "second line")
        assert event["body"].endswith("\nsecond line")
