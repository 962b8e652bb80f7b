"""JSON lines straight from the bytes: which records are rendered so, and that each is what the event would be.

That both ways agree for any input is tested in test_parser_properties; here stands what must not be forgotten.
"""

import json
from datetime import timedelta, timezone

import pytest

from parsers.parser import JsonParser, Parser, ParserOptions
from tests.parsers.contract import NOW, events_of, json_of

UUID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
KEY = "2026-11-23 03:33:01.807 7 {} nova.api "
CONTEXT = f"[req-{UUID} req-{UUID} u1 p1 d1 all ud1 pd1] "

MESSAGES = [
    "hello",
    "",
    " ",
    'quotes " and \\ backslashes \t tabs',
    "\x00 \x01 \x1f \x7f",
    "café 日本語 🐙 \u2028 \u2029 \x85",
    "a place run /opt/nova/manager.py:12",
    "no place at all:12",
    '10.0.0.1 "GET /v2.1/servers?x=1 HTTP/1.1" status: 200 len: 26 microversion: 2.1 time: 0.012',
    'http://10.0.0.1:80 "GET /v3 HTTP/1.1" 200 26',
    "rabbit://openstack:s3cret@10.0.0.1:5672/ is down",
    "--os-password geheim",
    "{'adminPass': 'x'}",
    "Child 52 exited with status 0",
    "Failed: KeyError: 'boom'",
    "Traceback (most recent call last):",
    "{} %s %(asctime)s",
    f"[instance: {UUID}] Deleting",
    "[instance: ] Deleting",
    "[volume-17] Attaching",
    "on 2026-11-23 it was cold",
]
LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "TRACE", "AUDIT", "ODD"]
CONTEXTS = ["[-] ", CONTEXT, f"[None req-{UUID} - - - - - -] ", f"[req-{UUID} u1 p1 d1 ud1 pd1] ", "[foo] ", "[None None] "]
OPTIONS = {
    "default": ParserOptions(),
    "no masking": ParserOptions(masking=False),
    "service and file": ParserOptions(service="compute", file='/var/log/a "file".log'),
    "zone": ParserOptions(zone=timezone(timedelta(hours=5, minutes=30))),
    "raw": ParserOptions(raw=True),
    "only oslo": ParserOptions(formats=frozenset({"oslo.text"})),
}


def log(level: str, context: str) -> bytes:
    """Each message once; the first lines teach the parser which profile it is."""
    return "".join(f"{KEY.format(level)}{context}{message}\n" for message in MESSAGES).encode()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("context", CONTEXTS)
def test_levels_and_contexts(level: str, context: str) -> None:
    data = log(level, context)
    assert json_of([data]) == events_of([data])


@pytest.mark.parametrize("name", OPTIONS)
def test_options(name: str) -> None:
    data = log("INFO", CONTEXT) + log("DEBUG", "[-] ")
    assert json_of([data], OPTIONS[name]) == events_of([data], OPTIONS[name])


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-23 03:33:01",
        "2026-11-23 03:33:01,807",
        "2026-11-23 03:33:01,807.807",
        "2026-11-23T03:33:01.807123",
        "2026-11-23T03:33:01.807123+00:00",
        "2026-11-23 03:33:01.80",
        "2026-11-23 03:33:01.807Z",
        "2026-02-30 03:33:01.807",
        "2026-11-23 24:33:01.807",
        "2026-11-23 03:33:60.807",
        "0000-11-23 03:33:01.807",
    ],
)
def test_times(time: str) -> None:
    data = (KEY + "[-] one\n").format("INFO").replace("2026-11-23 03:33:01.807", time).encode() * 3
    assert json_of([data]) == events_of([data])


def test_what_is_not_utf_8() -> None:
    data = (KEY.format("INFO") + CONTEXT).encode() + b"\xff \xc3\n"
    (event,) = json_of([data])
    assert event["body"] == "\\xff \\xc3"
    assert event["quality"] == ["invalid_utf8"]


def test_a_backslash_x_that_was_logged_is_no_flag() -> None:
    (event,) = json_of([(KEY.format("INFO") + "[-] \\xff\n").encode()])
    assert event["body"] == "\\xff"
    assert "quality" not in event


def test_more_writers_and_contexts_than_are_kept() -> None:
    lines = [
        f"2026-11-23 03:33:01.807 {number} INFO nova.api [req-{UUID} u{number} p1 d1 ud1 pd1] x\n" for number in range(5000)
    ]
    data = "".join(lines).encode()
    assert json_of([data]) == events_of([data])


def test_members_are_in_the_order_of_the_event() -> None:
    """A person who reads the lines finds each thing at its place, rendered or not."""
    data = log("INFO", CONTEXT)
    parser, json_parser = Parser(), JsonParser()
    events = [*parser.feed(data, NOW), *parser.close()]
    lines = [json.loads(line) for line in (*json_parser.feed(data, NOW), *json_parser.close())]
    assert [list(line) for line in lines] == [list(event) for event in events]


def test_no_line_holds_a_newline() -> None:
    parser = JsonParser()
    data = log("INFO", CONTEXT) + log("ERROR", "[-] ")
    assert not any(b"\n" in line for line in (*parser.feed(data, NOW), *parser.close()))
