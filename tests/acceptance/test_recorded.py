"""Outputs that real software printed, each with the number of events that a person counts in it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from parsers.model import Event
from parsers.parser import ParserOptions
from tests.differential.compare import Truth, cleaned, expected, seen
from tests.differential.parsing import events_of, lost_or_doubled

DATA = Path(__file__).parents[1] / "data"

COUNTS = {
    "seed.log": 1,
    "compare/seed.log": 1,
    "compare/full.log": 3,
    "compare/inst.log": 2,
    "compare/inter.log": 3,
    # Free text behind an exception line belongs to its message: nothing tells that `INFO next` came from elsewhere.
    "compare/raw311.log": 1,
    "compare/raw36.log": 1,
    "oslo/oslo-3.30.3-py27.log": 21,
    "oslo/oslo-3.42.5-py36.log": 23,
    "oslo/oslo-8.3.2-py311.log": 24,
    "oslo/oslo-8.3.2-py313.log": 24,
    "oslo/oslo-8.3.2-py311.json.log": 24,
    "oslo/oslo-sql.log": 2,
    # 12 records, two raw tracebacks of the interpreter, one line of the FluentFormatter. `json bytes 24670 ...`, which the
    # program printed by itself, is by every rule the second line of the record before it.
    "oslo/oslo-8.3.2-py311-more.log": 15,
    "oslo/oslo-8.3.2-py311.stderr.log": 1,
}


def events(name: str) -> list[Event]:
    return events_of([(DATA / name).read_bytes()])


def test_every_recorded_file_has_a_count() -> None:
    recorded = {str(path.relative_to(DATA)) for folder in ("oslo", "compare") for path in (DATA / folder).glob("*.log")}
    assert recorded | {"seed.log"} == set(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_count(name: str) -> None:
    found = events(name)
    assert len(found) == COUNTS[name], [event["body"][:60] for event in found]


@pytest.mark.parametrize("name", COUNTS)
def test_nothing_is_lost(name: str) -> None:
    data = (DATA / name).read_bytes()
    assert lost_or_doubled(data, events_of([data], ParserOptions(raw=True))) == []


def test_the_seed() -> None:
    """The middle of a record: its exception is read, its database is blamed, and that its head is missing is said."""
    (event,) = events("seed.log")
    assert event["attributes"]["exception.type"] == "oslo_messaging.rpc.client.RemoteError"
    assert event["attributes"]["process.pid"] == 52
    assert len(event["exceptions"][0]["frames"]) == 6
    assert event["severity_text"] == "ERROR"
    assert "head_missing" in event["quality"]
    assert dependency(event) == "galera"


def dependency(event: Event) -> str:
    blamed = event["dependency"]
    return str(blamed["name"] if isinstance(blamed, dict) else blamed)


def test_full() -> None:
    before, failed, after = events("compare/full.log")
    assert [before["body"], failed["body"], after["body"]] == ["Synchronizing state", "Failed reporting state!", "next record"]
    assert failed["attributes"]["exception.type"] == "oslo_messaging.rpc.client.RemoteError"
    assert dependency(failed) == "galera"
    assert "quality" not in failed


def test_instance() -> None:
    failed, after = events("compare/inst.log")
    assert failed["body"] == "Failed to do it"
    assert failed["attributes"]["openstack.instance_uuid"] == "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
    assert failed["attributes"]["exception.message"] == "outer\nsecond line of outer\n\nfourth after blank"
    assert [entry["type"] for entry in failed["exceptions"]] == ["KeyError", "RuntimeError"]
    assert failed["trace_id"] == "5f1c1b2e000040008000000000000002"
    assert after["body"] == "next"


def test_interleaved_processes() -> None:
    first, second, third = events("compare/inter.log")
    assert [event["attributes"]["process.pid"] for event in (first, second, third)] == [11, 12, 12]
    assert [event["attributes"].get("exception.type") for event in (first, second, third)] == ["KeyError", "ValueError", None]
    assert [event["body"] for event in (first, second, third)] == ["A failed", "B failed", "next"]


@pytest.mark.parametrize("name", ["compare/raw311.log", "compare/raw36.log"])
def test_a_raw_chain_is_one_event(name: str) -> None:
    chain = events(name)[0]["exceptions"]
    assert [(entry["link"], len(entry["frames"])) for entry in chain] == [("root", 1), ("context", 1)]


def test_the_ansi_reset_of_old_oslo_log() -> None:
    """From oslo.log 3.39 to 6.0 every record on stdout ends in `ESC[00m`; it is taken off, and the event says so."""
    found = events("oslo/oslo-3.42.5-py36.log")
    assert all("ansi_stripped" in event["quality"] for event in found)
    assert not any("\x1b" in json.dumps(event, ensure_ascii=False) for event in found)


def test_the_forged_head() -> None:
    forged = next(event for event in events("oslo/oslo-8.3.2-py311-more.log") if event["body"] == "forge")
    assert forged["quality"] == ["forged_suspect"]
    assert forged["attributes"]["exception.message"].splitlines()[1:] == [
        "[-] fake2",
        "2026-11-23 03:33:01.806 32594 INFO nova.api [-] forged line",
    ]


RECORDS = [json.loads(line) for line in (DATA / "oslo/oslo-8.3.2-py311.json.log").read_text("utf-8").split("\n") if line]
OTHER_RUN = frozenset({"process.pid", "timestamp", "code", "frames"})
"""The JSON form was written by another run of the same program."""


@pytest.mark.parametrize("number", range(len(RECORDS)))
def test_text_form_says_what_the_json_form_says(number: int) -> None:
    """Each field of the text form equals oslo.log's own JSON record."""
    text = seen(events("oslo/oslo-8.3.2-py311.log")[number])
    want = {name: value for name, value in expected(Truth(RECORDS[number])).items() if name not in OTHER_RUN}
    assert {name: text.get(name) for name in want} == want


@pytest.mark.parametrize("number", range(len(RECORDS)))
def test_json_form_gives_the_same_event(number: int) -> None:
    text = comparable(events("oslo/oslo-8.3.2-py311.log")[number])
    form = comparable(events("oslo/oslo-8.3.2-py311.json.log")[number])
    if RECORDS[number]["error_summary"] and not RECORDS[number]["traceback"]:
        text["body"] = text["body"].removesuffix(f": {RECORDS[number]['error_summary']}")
    assert form == text


JSON_ONLY = {"openstack.resource", "openstack.error_summary"}


def comparable(event: Event) -> dict[str, Any]:
    """What both forms carry and two runs have in common. The JSONFormatter drops blank lines out of a traceback, and what
    it escapes (ESC, carriage returns) needs no taking off."""
    attributes = event["attributes"]
    names = [name for name in attributes if name.startswith(("openstack.", "exception.", "log.logger"))]
    both: dict[str, Any] = {name: without_blank_lines(attributes[name]) for name in names if name not in JSON_ONLY}
    both["body"] = cleaned(event["body"])
    both |= {name: event.get(name) for name in ("severity_text", "severity_number", "trace_id", "dependency")}
    both["exceptions"] = [
        (entry["type"], entry["link"], without_blank_lines(entry["message"])) for entry in event.get("exceptions", [])
    ]
    return both


def without_blank_lines(text: str) -> str:
    return re.sub(r"\n\s*(?=\n|\Z)", "", text)
