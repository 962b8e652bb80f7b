"""The blocks that Python and oslo.reports print without any prefix: tracebacks, logging errors, warnings, reports."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.formats.base import Format
from parsers.formats.guru_meditation import GURU_MEDITATION
from parsers.formats.logging_error import LOGGING_ERROR
from parsers.formats.python_traceback import PYTHON_TRACEBACK
from parsers.formats.python_warning import PYTHON_WARNING, Warned, warning_of
from parsers.model import Fields
from parsers.tracebacks import parse_traceback
from parsers.tracebacks.follow import TAIL_LINES
from tests.parsers.formats.helper import assemble, joined_text, may_open
from tests.parsers.tracebacks.test_recorded import RECORDED

DATA = Path(__file__).parents[2] / "data"
FORMATS: tuple[Format, ...] = (LOGGING_ERROR, PYTHON_WARNING, GURU_MEDITATION, PYTHON_TRACEBACK)

HEADER = "Traceback (most recent call last):\n"
FRAME = '  File "/usr/lib/python3/dist-packages/nova/service.py", line 3, in wait\n    self.wait()\n'
DURING = "\nDuring handling of the above exception, another exception occurred:\n\n"


def shape(text: str) -> list[tuple[str, int]]:
    """Format and number of lines of each record; `-` for lines that none wants."""
    records, unparsed = assemble(text.encode(), FORMATS)
    found = [(record.lines[0].number, record.format.name, len(record.lines)) for record in records]
    return [(name, count) for _, name, count in sorted([*found, *((line.number, "-", 1) for line in unparsed)])]


def only(text: str) -> Fields:
    """The fields of a text that is one record."""
    [record], unparsed = assemble(text.encode(), FORMATS)
    assert not unparsed
    assert joined_text([record], []) == text.encode().removesuffix(b"\n") + b"\n"
    return record.format.fields(record)


@pytest.mark.parametrize(("name", "lines"), [("raw311.log", 13), ("raw36.log", 14)])
def test_a_chain_and_the_line_after_it_are_one_record(name: str, lines: int) -> None:
    text = (DATA / "compare" / name).read_text()
    assert shape(text) == [("python.traceback", lines)]
    fields = only(text)
    assert fields.body.endswith("\nINFO next")
    assert (fields.severity_text, fields.severity_number) == (None, 17)
    assert fields.traceback == text.rstrip("\n")


OPENED = {name: text for name, (text, _) in RECORDED.items() if not name.endswith(("never raised", "was never raised"))}


@pytest.mark.parametrize("name", OPENED)
def test_each_recorded_traceback_is_one_record(name: str) -> None:
    fields = only(OPENED[name])
    assert fields.traceback == OPENED[name].removesuffix("\n")
    last = parse_traceback(OPENED[name])[-1]
    if "nested" not in name and last.link != "group":
        assert fields.body == (f"{last.type}: {last.message}" if last.message else last.type)


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        pytest.param(HEADER + FRAME + "E: 1\n" + HEADER + FRAME + "E: 2", [4, 4], id="two after each other"),
        pytest.param(HEADER + FRAME + "E: 1\nRemoving descriptor: 9\nnext", [5, 0], id="eventlet gives up a socket"),
        pytest.param(HEADER + FRAME + "E: 1\nLogged from file a.py, line 9\nnext", [5, 0], id="Python 2 logging"),
        pytest.param(HEADER + FRAME + "Modules with known issues", [3, 0], id="no exception line"),
        pytest.param("Exception in thread Thread-1:\nnext line", [1, 0], id="nothing below the thread"),
        pytest.param("Exception ignored in: <f>\n" + HEADER + FRAME + "E: 1\nmore", [6], id="ignored"),
        pytest.param('Exception E: "1" in <f> ignored\nnext', [1, 0], id="Python 2 ignores it in one line"),
        pytest.param(HEADER + FRAME + "E: 1" + "\nx" * TAIL_LINES, [4 + TAIL_LINES], id="the longest message"),
        pytest.param(HEADER + FRAME + "E: 1" + "\nx" * (TAIL_LINES + 1), [4 + TAIL_LINES, 0], id="a line too many"),
        pytest.param(HEADER + FRAME + "E: 1\n" + DURING + HEADER + FRAME + "E: 2", [11], id="a chain"),
        pytest.param(HEADER + FRAME + "E: 1\n" + DURING + "so it said\nand more", [9], id="a message that quotes the link"),
        pytest.param(HEADER + FRAME + "a.b_Remote.C_Remote: 1\n" + HEADER + "\n" + FRAME + "\nb.C: 1", [10], id="a remote one"),
        pytest.param(HEADER + FRAME + "E: 1\n/a.py:1: UserWarning: w\n  f()", [4, 2], id="a warning in between"),
    ],
)
def test_where_a_raw_traceback_ends(text: str, shapes: list[int]) -> None:
    assert [0 if name == "-" else count for name, count in shape(text)] == shapes


def test_a_logging_error_ends_with_its_arguments() -> None:
    text = (DATA / "oslo" / "oslo-8.3.2-py311.stderr.log").read_text()
    assert shape(text + "next\n") == [("python.logging_error", 37), ("-", 1)]
    fields = only(text)
    said = "Error formatting log line msg='a *d b' err=TypeError('*d format: a real number is required, not str')"
    assert (fields.body, fields.severity_number) == (f"Logging error: {said}", 17)
    assert fields.traceback is not None
    assert [(one.type, one.link) for one in parse_traceback(fields.traceback)] == [
        ("TypeError", "root"),
        ("TypeError", "context"),
    ]


FAILED = "--- Logging error ---\n" + HEADER + FRAME + "TypeError: not all arguments converted\n"
CALL = "Call stack:\n" + FRAME


@pytest.mark.parametrize(
    ("end", "body", "lines"),
    [
        (CALL + "Message: 'it\\'s %d'\nArguments: ('a',)\n", "Logging error: it's %d", 10),
        (CALL + "Message: <Odd\nobject>\nArguments: (1,\n {'a':\n 2})\n", "Logging error: <Odd\nobject>", 13),
        (CALL + "Message: 'a'\nArguments: {'b': 1}\n", "Logging error: a", 10),
        ("Logged from file a.py, line 3\nMessage: 'a'\nArguments: ()\n", "Logging error: a", 8),
        (
            CALL + "Unable to print the message and arguments - possible formatting error.\nUse the traceback above to help "
            "find the error.\n",
            "Logging error",
            10,
        ),
        (CALL, "Logging error", 8),
        ("", "Logging error", 5),
    ],
)
def test_forms_of_logging_errors(end: str, body: str, lines: int) -> None:
    assert shape(FAILED + end + "\x00\n")[0] == ("python.logging_error", lines + (not end))  # a message's further line
    fields = only(FAILED + end)
    assert fields.body == body
    assert fields.traceback == (HEADER + FRAME + "TypeError: not all arguments converted")


def test_arguments_without_end_are_bounded() -> None:
    [first, *_] = shape(FAILED + CALL + "Message: 'a'\nArguments: (1,\n" + "x\n" * 1000)
    assert first == ("python.logging_error", 10 + 64)


def test_logging_errors_and_reports_of_cinder_volume() -> None:
    text = (DATA / "python_blocks" / "cinder-volume.log").read_text()
    assert shape(text) == [("python.logging_error", 63), ("oslo.gmr", 72), ("oslo.gmr", 188)]
    records, _ = assemble(text.encode(), FORMATS)
    assert records[0].format.fields(records[0]).body == "Logging error: Exception during message handling"
    assert [record.format.fields(record).attributes for record in records[1:]] == [
        {"guru_meditation.threads": 1, "guru_meditation.green_threads": 0},
        {"guru_meditation.threads": 1, "guru_meditation.green_threads": 2},
    ]


def test_a_report_of_nova_scheduler_ends_with_its_settings() -> None:
    records, unparsed = assemble((DATA / "python_blocks" / "nova-scheduler.log").read_bytes(), FORMATS)
    assert [line.number for line in unparsed] == [1, 169]
    [report] = records
    fields = report.format.fields(report)
    assert fields.body == "Guru Meditation Report of OpenStack Nova 26.2.2: threads 1, green threads 2"
    assert (fields.severity_number, fields.traceback) == (9, None)
    assert fields.attributes == {
        "guru_meditation.product": "OpenStack Nova",
        "guru_meditation.vendor": "OpenStack Foundation",
        "guru_meditation.version": "26.2.2",
        "guru_meditation.threads": 1,
        "guru_meditation.green_threads": 2,
    }


RULE = "=" * 72 + "\n"


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        (RULE + "text\n", [("oslo.gmr", 1), ("-", 1)]),
        (RULE + RULE, [("oslo.gmr", 1), ("oslo.gmr", 1)]),
        ("=" * 71 + "\n" + "=" * 73 + "\n", [("-", 1), ("-", 1)]),
        (RULE + f"===={'Guru Meditation':^64}====\n" + RULE + "text\n", [("oslo.gmr", 3), ("-", 1)]),
    ],
)
def test_a_rule_alone_is_not_much_of_a_report(text: str, shapes: list[tuple[str, int]]) -> None:
    assert shape(text) == shapes


EVENTLET = (DATA / "python_blocks" / "eventlet-warning.log").read_text()


def test_a_warning_has_its_source_line() -> None:
    text = "/usr/lib/python3/dist-packages/cinder/db/sqlalchemy/models.py:687: SAWarning: implicitly coercing; use (a: b)\n"
    assert shape(text + "  last_heartbeat = column_property(\n  second\n") == [("python.warning", 2), ("-", 1)]
    fields = only(text + "  last_heartbeat = column_property(\n")
    assert (fields.body, fields.severity_number) == ("implicitly coercing; use (a: b)", 13)
    assert fields.attributes == {
        "code.file.path": "/usr/lib/python3/dist-packages/cinder/db/sqlalchemy/models.py",
        "code.line.number": 687,
        "python.warning.category": "SAWarning",
    }


def test_a_warning_whose_text_begins_on_the_next_line() -> None:
    assert shape(EVENTLET + "next\n") == [("python.warning", 9), ("-", 1)]
    fields = only(EVENTLET)
    assert fields.body.startswith("Eventlet is deprecated.")
    assert fields.body.endswith("migration.html")


def test_a_warning_with_the_place_of_allocation() -> None:
    text = "sys:1: ResourceWarning: unclosed file <x>\nObject allocated at (most recent call last):\n"
    text += '  File "/a.py", lineno 3\n    open("/etc/hosts")\n'
    assert shape(text + "next\n") == [("python.warning", 4), ("-", 1)]
    assert only(text).body == "unclosed file <x>"


@pytest.mark.parametrize(
    "line",
    ["10.0.0.1:5672: Warning: x", "a UserWarning: x", "/a.py:1: KeyError: x", "WARNING:root: x", "/a.py:x: UserWarning: x"],
)
def test_no_warning(line: str) -> None:
    assert shape(line) == [("-", 1)]
    assert warning_of(line) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a.py:10: UserWarning: old2\n  f('x')\n\n", Warned("/a.py", 10, "UserWarning", "old2", "f('x')")),
        ("<string>:1: DeprecationWarning: x", Warned("<string>", 1, "DeprecationWarning", "x", None)),
        ("emit.py:1: FutureWarning: a\n\nb\n  c\n", Warned("emit.py", 1, "FutureWarning", "a\n\nb", "c")),
        ("  x: y", None),
    ],
)
def test_the_message_of_the_logger_py_warnings(text: str, expected: Warned | None) -> None:
    assert warning_of(text) == expected


LINES = st.sampled_from(
    sorted(
        {line for text in OPENED.values() for line in text.splitlines()}
        | set((DATA / "python_blocks" / "nova-scheduler.log").read_text().splitlines())
        | set((FAILED + CALL + EVENTLET + "Message: 'a'\nArguments: (1,\n)").splitlines())
    )
)


@settings(deadline=None)
@given(st.lists(LINES | st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=9), max_size=60))
def test_no_line_is_lost_in_any_mixture(lines: list[str]) -> None:
    text = "".join(line + "\n" for line in lines).encode()
    records, unparsed = assemble(text, FORMATS)
    assert joined_text(records, unparsed) == (text or b"\n")
    for record in records:
        fields = record.format.fields(record)
        assert fields.body
        assert may_open(record.format, record.lines[0].data)
