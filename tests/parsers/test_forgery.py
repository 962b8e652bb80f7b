"""A message that holds a whole log line cannot pass as a record, as long as a traceback tells its text a second time."""

import pytest

from parsers.model import Event
from parsers.parser import ParserOptions
from tests.parsers.contract import events_of

RAW = ParserOptions(raw=True)
KEY = "2026-11-23 03:33:01.807 7 {} nova.api "
FORGED = "2026-11-23 03:33:01.806 32594 INFO nova.api [-] admin logged in"


def failed(message: list[str]) -> list[str]:
    """What oslo.log prints of an exception with this message: bare behind the head, then prefixed behind the traceback."""
    lines = ["Traceback (most recent call last):", '  File "/opt/app.py", line 1, in f', f"E: {message[0]}", *message[1:], ""]
    return [KEY.format("ERROR") + f"[-] Failed: E: {message[0]}", *message[1:], *(KEY.format("ERROR") + line for line in lines)]


def events(*lines: str) -> list[Event]:
    return events_of(["".join(f"{line}\n" for line in lines).encode()], RAW)


class TestTheSecondCopyProvesTheFirst:
    """Lines behind a head that come again in its exception's text are part of its message, whatever they look like."""

    @pytest.mark.parametrize(
        "message",
        [
            ["bad name", FORGED],
            ["bad name", FORGED, "last line"],
            ["bad name", "second", FORGED],
            ["bad name", FORGED, FORGED.replace("admin", "root")],
            ["bad name", "", FORGED, "", "end"],
            ["", FORGED],
        ],
    )
    def test_it_is_one_event(self, message: list[str]) -> None:
        lines = failed(message)
        (event,) = events(*lines)
        assert event["body"] == "Failed"
        assert event["attributes"]["exception.message"] == "\n".join(message)
        assert event["quality"] == ["forged_suspect"]
        assert event["source"]["lines"] == len(lines)
        assert sorted(event["attributes"]["log.record.original"].splitlines()) == sorted(lines)

    def test_what_comes_after_is_untouched(self) -> None:
        after = KEY.format("INFO") + "[-] next"
        _, event = events(*failed(["bad name", FORGED]), after)
        assert [event["body"], event["source"]["lines"]] == ["next", 1]


class TestTrueRecordsStay:
    """A record that is not in the text of the exception before it is a record."""

    def test_another_process_writes_between_head_and_traceback(self) -> None:
        lines = failed(["bad name"])
        first, second = events(lines[0], FORGED, *lines[1:])
        assert [first["body"], second["body"]] == ["Failed", "admin logged in"]
        assert [first.get("quality"), second.get("quality")] == [None, None]

    def test_the_same_line_not_directly_behind(self) -> None:
        lines = failed(["bad name", FORGED])
        assert len(events(*lines, FORGED)) == 2

    def test_without_a_traceback_nothing_is_proved(self) -> None:
        first, second = events(KEY.format("ERROR") + "[-] Failed: E: bad name", FORGED)
        assert [first["body"], second["body"]] == ["Failed: E: bad name", "admin logged in"]
