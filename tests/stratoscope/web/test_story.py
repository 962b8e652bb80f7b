"""What became of a request, out of its events."""

from typing import Any

from stratoscope.store.records import Hit
from stratoscope.web.requests import known
from stratoscope.web.story import WIDTH, failure, told
from tests.stratoscope.made import event, failed

UUID = "5f1c1b2e-0000-4000-8000-000000000002"


def hit(time: float, made: dict[str, Any], **attributes: Any) -> Hit:
    made["attributes"].update(attributes)
    return Hit(int(time * 1000), time, made)


def error(body: str) -> dict[str, Any]:
    return event(body, severity=17)


def test_lanes_stand_in_the_order_in_which_services_take_part() -> None:
    hits = [
        hit(10, event(service="api")),
        hit(11, event(service="compute")),
        hit(12, error("x")),
        hit(14, event(service="api")),
    ]
    story = told(hits)
    assert [(lane.service, lane.count, lane.seconds, lane.errors) for lane in story.lanes] == [
        ("api", 2, 4, 0),
        ("compute", 1, 0, 0),
        ("nova-compute", 1, 0, 1),
    ]
    assert story.lanes[0].marks == {"other": f"M0 0v20M{WIDTH} 0v20"}
    assert story.lanes[2].marks == {"error": "M500 0v20"}


def test_a_request_line_tells_when_its_request_began() -> None:
    story = told([hit(10, event(), **{"http.server.request.duration": 2.0, "http.response.status_code": 202})])
    assert (story.start, story.end, story.status) == (8.0, 10, 202)
    assert story.lanes[0].bars == ((0.0, WIDTH),)


def test_durations_that_cannot_be_are_not_believed() -> None:
    for duration in (-1, "2.0", 1e9, float("nan")):
        assert told([hit(10, event(), **{"http.server.request.duration": duration})]).start == 10


def test_one_moment_is_a_story_too() -> None:
    story = told([hit(10, event())])
    assert story.lanes[0].marks == {"other": "M0 0v20"}
    assert story.failure is None


def test_the_first_that_blames_something_is_why() -> None:
    hits = [hit(1, error("plain")), hit(2, failed("first", 1)), hit(3, failed("second", 2))]
    found = failure(hits)
    assert found is not None
    assert (found.hit.time, found.type, found.message) == (2, "pymysql.err.OperationalError", "(2013, 'x')")
    assert (found.dependency, found.rule) == ("galera", "type")


def test_without_blame_the_first_error_is_why() -> None:
    found = failure([hit(1, event("fine")), hit(2, error("plain")), hit(3, error("later"))])
    assert found is not None
    assert (found.message, found.type, found.dependency) == ("plain", "", "")


def test_an_answer_of_5xx_is_a_failure_and_one_of_4xx_is_none() -> None:
    assert failure([hit(1, event(), **{"http.response.status_code": 404})]) is None
    found = failure([hit(1, event("GET /"), **{"http.response.status_code": 503})])
    assert found is not None
    assert found.message == "GET /"


def test_ids_are_known_in_every_form() -> None:
    assert known(f" req-{UUID} ") == f"req-{UUID}"
    assert known(UUID.replace("-", "")) == UUID
    assert known(f"REQ-{UUID.upper()}") == f"req-{UUID}"
    assert known("something else") == "something else"
    assert len(known("x" * 10_000)) == 200
