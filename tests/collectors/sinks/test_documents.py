"""Documents: a bounded set of fields of known types, everything else as text in `extra`, nothing lost."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given

from collectors.sinks.documents import FIELDS, document_of
from collectors.sinks.events import clean
from parsers.json_lines import dumped
from parsers.model import Event
from parsers.parser import Parser, ParserOptions
from tests.collectors.sinks.made import ANY_EVENT, event, failure, sample_events

OBSERVED = "2026-11-23T03:36:40Z"
ROOT = Path(__file__).parents[3]


def document(one: Event) -> dict[str, Any]:
    """As the far side reads it."""
    made: dict[str, Any] = json.loads(dumped(document_of(one, OBSERVED)))
    return made


def fields_of(value: Any, prefix: str = "") -> set[str]:
    if isinstance(value, list):
        return {name for one in value for name in fields_of(one, prefix)}
    if isinstance(value, dict):
        return {name for key, one in value.items() for name in fields_of(one, f"{prefix}.{key}" if prefix else key)}
    return {prefix}


def test_an_ordinary_event_has_its_fields() -> None:
    assert document(event()) == {
        "@timestamp": "2026-11-23T03:33:01.807Z",
        "observed_timestamp": "2026-11-23T03:33:02.100000Z",
        "severity_text": "INFO",
        "severity_number": 9,
        "body": "Synchronizing state",
        "trace_id": "c85b85ed42624d4b8ea003cb6bf4f831",
        "resource": event()["resource"],
        "attributes": event()["attributes"],
        "source.format": "oslo.text",
        "source.profile": "default",
        "source.file": "/var/log/nova.log",
        "source.first_line": 1,
        "source.lines": 1,
        "source.first_offset": 0,
        "source.last_offset": 120,
    }


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("2026-11-23T03:33:01+05:30", "2026-11-23T03:33:01+05:30"),
        ("2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854775807Z"),
        ("2026-11-23T03:33:01.123456789123Z", "2026-11-23T03:33:01.123456789Z"),
        ("2026-11-23 03:33:01Z", "2026-11-23T03:33:01.000000000Z"),
        ("20261123T033301.5Z", "2026-11-23T03:33:01.500000000Z"),
        ("2026-W48-1T03:33:01Z", "2026-11-23T03:33:01.000000000Z"),
        ("1969-12-31T23:59:59Z", OBSERVED),
        ("2262-04-12T00:00:00Z", OBSERVED),
        ("9999-12-31T23:59:59Z", OBSERVED),
    ],
)
def test_a_time_is_written_as_a_real_server_takes_it(told: str, written: str) -> None:
    """OpenSearch 2.19 refuses the whole document for a blank instead of the T, a tenth digit, or a day after April 2262."""
    made = document(event(timestamp=told, observed_timestamp=None))
    assert made["@timestamp"] == written
    assert document(event(observed_timestamp=told)).get("observed_timestamp", OBSERVED) == written


def test_exceptions_and_what_groups_events_are_fields() -> None:
    made = document(failure())
    assert made["exceptions"] == failure()["exceptions"]
    assert made["fingerprint.id"] == "2026-11-23:0011223344556677"
    assert made["dependency.rule"] == "galera.not_ready"
    assert made["quality"] == ["truncated"]


def test_the_time_of_an_event_without_one_is_that_of_its_reading() -> None:
    assert document(event(timestamp=None))["@timestamp"] == "2026-11-23T03:33:02.100000Z"
    assert document(event(timestamp="soon", observed_timestamp=None))["@timestamp"] == OBSERVED


def test_unknown_names_and_wrong_types_are_text_in_one_list() -> None:
    attributes = {
        "process.pid": "many",
        "http.response.status_code": True,
        "ovs.sequence": 1 << 70,
        "http.server.request.duration": float("nan"),
        "user": {"name": "x"},
        "count": 5,
        "log.logger": "a\ud800",
    }
    made = document(event(attributes=attributes, uid=None, resource={"service.name": "nova", "pod.label.app": "x"}, oddity=[1]))
    assert made["attributes"] == {"log.logger": "a\\ud800"}
    assert made["resource"] == {"service.name": "nova"}
    assert made["extra"] == [
        "resource.pod.label.app=x",
        "process.pid=many",
        "http.response.status_code=true",
        f"ovs.sequence={1 << 70}",
        "http.server.request.duration=nan",
        'user={"name":"x"}',
        "count=5",
        "oddity=[1]",
    ]


def test_no_field_lies_inside_of_another_and_all_are_far_fewer_than_an_index_takes() -> None:
    names = sorted(FIELDS)
    assert len(names) < 200
    assert [(a, b) for a in names for b in names if b.startswith(f"{a}.")] == []


def test_every_attribute_of_every_format_is_a_field() -> None:
    """All cases of all formats; the keys of a program's own JSON are not known to anybody."""
    odd = set()
    for path in filter(Path.is_file, (ROOT / "tests" / "data").rglob("*.log")):
        parser = Parser(ParserOptions(raw=True))
        for one in (*parser.feed(path.read_bytes(), 0.0), *parser.close()):
            if one["source"]["format"] != "json.generic":
                odd |= {text.partition("=")[0] for text in document_of(one, OBSERVED).get("extra", ())}
    assert {name for name in odd if not name.startswith("openstack.extra.")} == set()


@given(ANY_EVENT)
def test_any_event_becomes_json_with_known_fields_only_and_loses_no_attribute(one: Event) -> None:
    """Mapped without loss of attributes and without exceptions."""
    made = orjson.loads(dumped(document_of(one, OBSERVED)))
    assert fields_of(made) <= set(FIELDS) | {"attributes", "resource", "exceptions", "quality", "extra"}
    kept = {clean(name) for name in made.get("attributes", ())} | {text.partition("=")[0] for text in made.get("extra", ())}
    assert {clean(name).partition("=")[0] for name in one["attributes"]} <= kept


def test_the_samples_need_no_list_of_extras() -> None:
    documents = [document(one) for one in sample_events()]
    assert [one["extra"] for one in documents if "extra" in one] == []
    for one, made in zip(sample_events(), documents, strict=True):
        assert made["attributes"] == one["attributes"]
        assert made["body"] == one["body"]
