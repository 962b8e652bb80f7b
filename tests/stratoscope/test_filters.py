"""Which events are wanted."""

import argparse
import itertools

import pytest

from parsers.model import Event
from stratoscope import filters
from stratoscope.errors import StratoscopeError
from stratoscope.output import ORIGINAL
from tests.stratoscope.events_made import event

NOW = 1_795_404_900.0  # 2026-11-23T03:35:00Z


def matching(events: list[Event], *words: str) -> list[str]:
    parser = argparse.ArgumentParser()
    filters.add_arguments(parser)
    wanted = filters.filters_of(parser.parse_args(words), NOW)
    return [one["body"] for one in events if all(each(one) for each in wanted)]


def error_of(*words: str) -> str:
    with pytest.raises(StratoscopeError) as caught:
        matching([], *words)
    return str(caught.value)


def logged(text: str) -> Event:
    return event(text, attributes={ORIGINAL: text})


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--since", "2026-11-23T03:33:02Z"], ["2", "2.500", "3"]),
        (["--since", "2026-11-23 03:33:02.5"], ["2.500", "3"]),
        (["--until", "2026-11-23T03:33:02"], ["1", "2"]),
        (["--since", "2026-11-23T04:33:02+01:00", "--until", "2026-11-23T03:33:02.500"], ["2", "2.500"]),
        (["--since", "03:33:03"], ["3"]),
        (["--since", "118s"], ["2", "2.500", "3"]),
        (["--since", "1d"], ["1", "2", "2.500", "3"]),
        (["--until", "1h"], []),
    ],
)
def test_times_select_with_both_ends_included(words: list[str], expected: list[str]) -> None:
    events = [event("1", seconds="01"), event("2", seconds="02"), event("2.500", seconds="02.500"), event("3", seconds="03")]
    assert matching(events, *words) == expected


def test_an_event_without_a_time_goes_with_the_one_before_it_in_its_file() -> None:
    other = {"format": "unparsed", "file": "other.log"}
    events = [
        event("first of a file", seconds=None),
        event("before", seconds="01"),
        event("with before", seconds=None),
        event("after", seconds="05"),
        event("with after", seconds=None),
        event("of another file", seconds=None, source=other),
    ]
    assert matching(events, "--since", "2026-11-23T03:33:03Z") == ["after", "with after"]
    until = matching(events, "--until", "2026-11-23T03:33:03Z")
    assert until == ["first of a file", "before", "with before", "of another file"]


def test_a_level_means_at_least_so_severe() -> None:
    events = [event(str(number), severity_number=number) for number in (1, 5, 9, 10, 13, 17, 21)]
    events.append(event("unknown", severity_number=None))
    assert matching(events, "-l", "warning") == ["13", "17", "21"]
    assert matching(events, "--level", "WARN") == ["13", "17", "21"]
    assert matching(events, "-l", "debug") == ["5", "9", "10", "13", "17", "21"]


def test_a_service_stands_for_its_parts_and_several_may_be_named() -> None:
    names = ["nova", "nova-compute", "novajoin", "neutron", "glance"]
    events = [event(name, resource={"service.name": name}) for name in names]
    events.append(event("none", resource={}))
    assert matching(events, "-s", "nova") == ["nova", "nova-compute"]
    assert matching(events, "-s", "nova-compute", "-s", "neutron") == ["nova-compute", "neutron"]


REQUEST = "req-5f1c2ab3-0000-4000-8000-00000000abcd"


@pytest.mark.parametrize("asked", [REQUEST, REQUEST[4:], "req-5f1c2ab3", "5F1C2AB3", REQUEST[4:].replace("-", "")])
def test_a_request_is_known_by_any_of_its_ids_in_any_writing(asked: str) -> None:
    events = [
        event("own", attributes={"openstack.request_id": REQUEST}),
        event("global", attributes={"openstack.request_id": "req-1", "openstack.global_request_id": REQUEST}),
        event("trace", trace_id=REQUEST[4:].replace("-", "")),
        event("other", attributes={"openstack.request_id": "req-99999999-0000-4000-8000-00000000abcd"}),
        event("none"),
    ]
    assert matching(events, "-r", asked) == ["own", "global", "trace"]


def test_grep_finds_in_the_text_as_logged_in_the_message_and_in_the_traceback() -> None:
    events = [
        logged("2026-11-23 1 INFO a\nsecond line"),
        event('a "quoted" word', attributes={ORIGINAL: '{"message": "a \\"quoted\\" word"}'}),
        event("boom", attributes={ORIGINAL: "boom", "exception.stacktrace": "KeyError: 'x'"}),
    ]
    assert matching(events, "--grep", "^second") == ["2026-11-23 1 INFO a\nsecond line"]
    assert matching(events, "--grep", '"quoted"') == ['a "quoted" word']
    assert matching(events, "--grep", "KeyError") == ["boom"]
    assert matching(events, "--grep", "(?i)BOOM") == ["boom"]


def test_a_catastrophic_pattern_is_stopped_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "GREP_SECONDS", 0.01)
    with pytest.raises(StratoscopeError) as caught:
        matching([logged("a" * 5000 + "b" * 40 + "!")], "--grep", "(a|aa|b|bb)+$")
    assert "took more than 0.01 s on one event (nova.log, line 1); avoid nested repeats" in str(caught.value)


def test_filters_hold_together() -> None:
    events = [
        event(f"{name} {number}", severity_number=number, resource={"service.name": name})
        for name, number in itertools.product(("nova", "glance"), (9, 17))
    ]
    assert matching(events, "-s", "nova", "-l", "error") == ["nova 17"]
    assert matching(events) == ["nova 9", "nova 17", "glance 9", "glance 17"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["-l", "loud"], "--level: 'loud' is no level; write debug, info, warning, error or critical"),
        (["-r", "req-12"], "--request-id: at least 6 digits are needed; write req-5f1c2ab3 or all of it"),
        (["--grep", "("], "--grep: '(': missing ) at position 1; write a backslash before a character that means itself"),
    ],
)
def test_what_cannot_be_understood_is_told(words: list[str], text: str) -> None:
    assert error_of(*words) == text


def test_a_time_that_is_none_is_told() -> None:
    assert error_of("--since", "yesterday").startswith("--since: 'yesterday' is no time; write 15m, 2h")
    assert error_of("--until", "999999999w").startswith("--until: ")
