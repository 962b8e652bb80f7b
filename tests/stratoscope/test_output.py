"""How events are printed."""

import argparse
import io
import json

import pytest

from stratoscope import output
from stratoscope.errors import StratoscopeError
from stratoscope.output import ORIGINAL, Output, json_lines, raw_text, wants_colour
from stratoscope.pretty import Pretty
from tests.stratoscope.events_made import event, frame

HOSTILE = "\x1b[2J\x07\x9b31m\u202e"


def pretty(*events: dict[str, object], width: int = 100, colour: bool = False) -> list[str]:
    return Pretty(width=width, colour=colour)(list(events)).decode().splitlines()


def test_json_is_one_line_per_event() -> None:
    events = [event("one"), event("two\nlines")]
    assert [json.loads(line) for line in json_lines(events).splitlines()] == events


def test_json_holds_what_a_fast_encoder_refuses() -> None:
    events = [event("good"), event("half a pair \ud83d"), event(attributes={"n": 10**30})]
    good, half, huge = (json.loads(line) for line in json_lines(events).splitlines())
    assert (good["body"], half["body"], huge["attributes"]["n"]) == ("good", "half a pair ?", 10**30)


def test_raw_is_the_original_text_each_ended_by_one_newline() -> None:
    events = [event(attributes={ORIGINAL: "a\nb\n"}), event(attributes={ORIGINAL: "no newline at the end"})]
    assert raw_text(events) == b"a\nb\nno newline at the end\n"


@pytest.mark.parametrize(
    ("choice", "terminal", "environment", "expected"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {}, False),
    ],
)
def test_colour_follows_the_choice_the_terminal_and_no_color(
    choice: str, *, terminal: bool, environment: dict[str, str], expected: bool
) -> None:
    assert bool(wants_colour(choice, terminal=terminal, environment=environment)) is expected


def test_a_full_disk_is_told() -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(StratoscopeError, match="standard output: No space left on device; look at where it is sent to"):
        Output(json_lines, Full()).write([event()])


def test_a_terminal_gets_no_control_sequence_of_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

        def fileno(self) -> int:
            return 1

    monkeypatch.setattr("os.get_terminal_size", lambda _: argparse.Namespace(columns=80))
    hostile = event(HOSTILE, attributes={ORIGINAL: HOSTILE, "log.logger": HOSTILE, "exception.stacktrace": HOSTILE})
    hostile["quality"] = ["unparsed"]
    for form in ("json", "pretty", "raw"):
        screen = io.BytesIO()
        monkeypatch.setattr("sys.stdout", Terminal(screen))
        output.standard_output(argparse.Namespace(output=form, color="never")).write([hostile])
        text = screen.getvalue().decode()
        assert text
        assert all(character.isprintable() or character == "\n" for character in text), form
        if form == "json":
            assert json.loads(text) == hostile


def test_pretty_shows_a_day_once_and_the_time_of_each_event() -> None:
    assert pretty(event("one"), event("two", severity_text="WARNING"), event("three", timestamp="2026-11-24T00:00:00Z")) == [
        "── 2026-11-23 UTC ──",
        "03:33:01.807 INFO     nova.compute.manager one",
        "03:33:01.807 WARNING  nova.compute.manager two",
        "── 2026-11-24 UTC ──",
        "00:00:00     INFO     nova.compute.manager three",
    ]


def test_pretty_names_the_service_where_the_logger_does_not() -> None:
    amqp = {"log.logger": "amqp"}
    shown = pretty(
        event("a", seconds=None, attributes=amqp),
        event("b", seconds=None, attributes={}),
        event("c", seconds=None, attributes={}, resource={}, severity_text=None, severity_number=None),
    )
    assert shown == [
        "             INFO     nova amqp a",
        "             INFO     nova b",
        "                      oslo.text c",
    ]


def test_pretty_shows_request_instance_and_every_line_of_a_message() -> None:
    attributes = {
        "log.logger": "nova.compute.manager",
        "openstack.request_id": "req-5f1c2ab3-0000-4000-8000-00000000abcd",
        "openstack.instance_uuid": "aaaaaaaa-0000-4000-8000-00000000abcd",
    }
    assert pretty(event("first\n\nthird", attributes=attributes))[1:] == [
        "03:33:01.807 INFO     nova.compute.manager req-5f1c2ab3 instance-aaaaaaaa first",
        "",
        "             third",
    ]


def test_pretty_folds_a_traceback_to_what_tells_something() -> None:
    frames = [
        frame("oslo_messaging.rpc.server", 165, in_app=False),
        frame("oslo_messaging.rpc.dispatcher", 309, in_app=False),
        frame("nova.compute.manager", 39, in_app=True, code="self._do_it(context)"),
        frame("amqp.connection", 7, in_app=False),
        frame("amqp.transport", 9, in_app=False, code="x" * 200),
    ]
    exceptions = [
        {"type": "KeyError", "message": "'boom'", "link": "root", "frames": frames},
        {
            "type": "nova.exception.Failed",
            "message": "\n".join(map(str, range(1, 10))),
            "link": "context",
            "frames": [],
            "notes": ["a note"],
        },
        {"type": "", "message": "", "link": "cause", "frames": [], "truncated": True},
    ]
    dependency = {"name": "rabbitmq", "rule": "amqp-closed"}
    assert pretty(event("Failed", exceptions=exceptions, dependency=dependency, quality=["head_missing", "truncated"]))[2:] == [
        "             KeyError: 'boom'",
        "               … 2 frames in oslo_messaging",
        "               ▸ nova.compute.manager:39 in run    self._do_it(context)",
        "               … 1 frame in amqp",
        f"                 amqp.transport:9 in run    {'x' * 55}…",
        "             then, while that was handled: nova.exception.Failed: 1",
        *(f"             {number}" for number in range(2, 7)),
        "             … 3 more lines",
        "             note: a note",
        "             which caused: (its last line is missing)",
        "             blames rabbitmq (amqp-closed)",
        "             quality: head_missing, truncated",
    ]


def test_pretty_in_colour_ends_each_colour_on_its_line() -> None:
    for line in pretty(event(severity_number=21), event(quality=["unparsed"]), colour=True):
        codes = [part.partition("m")[0] for part in line.split("\x1b[")[1:]]
        assert codes[-1] == "0"
        assert codes.count("0") == len(codes) // 2
