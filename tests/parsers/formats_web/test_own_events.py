"""Events that come in as lines of JSON, from our own log or from another stratoscope, come back as they were."""

import json
import lzma
from pathlib import Path

import pytest

from parsers.model import Event
from parsers.parser import Parser
from stratoscope import samples


def events(text: bytes) -> list[Event]:
    parser = Parser()
    return [*parser.feed(text, 0.0), *parser.close()]


def told(event: Event) -> Event:
    """All of an event but where it stood."""
    return {name: value for name, value in event.items() if name != "source"}


@pytest.mark.parametrize("path", samples.paths(), ids=lambda path: Path(path).name)
def test_what_was_made_of_a_log_is_the_same_after_another_hop(path: str) -> None:
    with lzma.open(path) as file:
        made = events(file.read())
    again = events(b"".join(json.dumps(event).encode() + b"\n" for event in made))
    assert {event["source"]["format"] for event in again} == {"stratoscope.json"}
    assert [told(event) for event in again] == [told(event) for event in made]


def test_nobody_claims_the_id_of_another_event() -> None:
    (event,) = events(b'{"body":"x","resource":{},"attributes":{"log.record.uid":"990004-400-421276a1:0"}}\n')
    assert event["attributes"] == {}
