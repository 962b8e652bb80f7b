"""What Pythons 2.7 to 3.13 really printed, against what the live exceptions said (tests/data/tracebacks/record.py)."""

import json
from pathlib import Path
from typing import Any

import pytest

from parsers.model import ExceptionInfo
from parsers.tracebacks import parse, parse_traceback

DATA = Path(__file__).parents[2] / "data" / "tracebacks"


def recorded() -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Text and truth of every case, by `py3.11 name`."""
    found = {}
    for file in sorted(DATA.glob("py*.txt")):
        truths = json.loads(file.with_suffix(".json").read_text())
        for part in file.read_text().split("#### ")[1:]:
            name, _, text = part.partition("\n")
            found[f"{file.stem} {name}"] = (text, truths.pop(name))
        assert not truths, f"{file} lacks texts of {list(truths)}"
    return found


RECORDED = recorded()


def message_of(truth: dict[str, Any]) -> str:
    """The message as printed: notes cannot be told from it."""
    return "\n".join(([truth["message"]] if truth["message"] else []) + truth["notes"])


def frames_of(exception: ExceptionInfo) -> list[list[str | int | None]]:
    return [[frame.file, frame.line, frame.function] for frame in exception.frames]


@pytest.mark.parametrize("name", RECORDED)
def test_types_messages_links_and_frames_are_those_of_the_live_exceptions(name: str) -> None:
    text, truths = RECORDED[name]
    found = parse_traceback(text)
    assert [one.message for one in found] == [message_of(truth) for truth in truths]
    assert [one.link for one in found] == [truth["link"] for truth in truths]
    for one, truth in zip(found, truths, strict=True):
        # Before 3.10 the module __main__ is printed by some, Python 2 and C up to 3.8 print no `run.<locals>.`.
        assert one.type.split(".")[-1] == truth["type"].split(".")[-1]
        assert truth["type"].endswith(one.type) or one.type == "__main__.Hidden"
        assert not one.truncated
        frames = frames_of(one)
        if "in a destructor" in name and "py2" in name:
            assert frames == []  # Python 2 prints one line
        elif "in a thread" in name:
            assert frames[-1:] == truth["frames"]
        else:
            assert frames == truth["frames"]


@pytest.mark.parametrize("name", [name for name, (_, truths) in RECORDED.items() if truths])
def test_the_exception_that_was_raised_out_is_known(name: str) -> None:
    text, truths = RECORDED[name]
    parsed = parse(text)
    assert parsed.raised is not None
    expected = "RuntimeError" if "nested" in name else next(t["type"] for t in reversed(truths) if t["link"] != "group")
    assert parsed.exceptions[parsed.raised].type.split(".")[-1] == expected.split(".")[-1]


@pytest.mark.parametrize("name", [name for name in RECORDED if name.partition(" ")[2].startswith("notes")])
def test_a_summary_separates_notes_from_the_message(name: str) -> None:
    text, [truth] = RECORDED[name]
    summary = f"{truth['type']}: {truth['message']}" if truth["message"] else truth["type"]
    [found] = parse_traceback(text, summary)
    assert found.message == truth["message"]
    assert found.notes == tuple("\n".join(truth["notes"]).split("\n"))


def test_source_lines_have_no_markers() -> None:
    codes = [f.code for f in parse_traceback(RECORDED["py3.11 a chain of three"][0])[1].frames]
    assert codes == ["report_state()", "return {}['state']['agent']"]
    [error] = parse_traceback(RECORDED["py3.13 an expression of many lines"][0])
    assert error.frames[-1].code == "call(\n    2)[\n    'x'\n],"
    [syntax] = parse_traceback(RECORDED["py3.13 a syntax error"][0])
    assert syntax.frames[-1].code == "def f(:"
    assert syntax.frames[-1].function is None


def test_frames_of_projects_are_in_app_and_those_of_libraries_are_not() -> None:
    [error] = parse_traceback(RECORDED["py3.6 an exception in a thread"][0])
    assert [(frame.module, frame.in_app) for frame in error.frames] == [
        ("threading", False),
        ("threading", False),
        ("nova.agent", True),
    ]


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_is_read_without_blank_lines(name: str) -> None:
    """oslo.log's JSONFormatter drops them, and what a line ends in."""
    text, _ = RECORDED[name]
    bare = "\n".join(line.rstrip() for line in text.splitlines() if line.strip())
    found, expected = parse(bare), parse(text)
    assert found.raised == expected.raised
    for one, other in zip(found.exceptions, expected.exceptions, strict=True):
        assert (one.type, one.link, one.frames) == (other.type, other.link, other.frames)
        assert one.message == "\n".join(line for line in other.message.splitlines() if line)
