"""The slow lane: pages of several fetches make one listing, and a page that fails is asked for again."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from clients.http import HttpClient
from clients.model import Deadline
from exporters.rabbitmq import management
from exporters.rabbitmq.management import Alarm, ConnectionRow, QueueRow
from exporters.rabbitmq.settings import RabbitmqSettings
from exporters.rabbitmq.slow import SlowReader, connection_listing, queue_listing
from exporters.rabbitmq.snapshot import SlowLane
from parsers.secret import Secret
from tests.exporters.rabbitmq.recorded import recorded
from tests.exporters.rabbitmq.scripted import Broker, broker

INTERVAL = 300.0
ALARM = frozenset({Alarm("a@localhost", "memory")})


class Clock:
    """A clock that goes on by itself while a page is paused for."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pause(self, _: float) -> None:
        self.now += 1.0


class Setting:
    """A reader on a broker of three pages of queues and one of connections; each page takes a second."""

    def __init__(self, served: Broker, **changed: Any) -> None:
        self.served = served
        self.clock = Clock()
        values = {"slow_interval": INTERVAL, "whole_limit": 0, **changed}
        given = RabbitmqSettings("main", "monitor", Secret("secret"), **values)
        self.reader = SlowReader(given, self.clock.pause, self.clock)
        self.client = HttpClient(served.url)

    def go_on(self, alarms: frozenset[Alarm] = frozenset()) -> SlowLane:
        return self.reader.go_on(self.client, alarms, Deadline(self.clock.now + 60, self.clock))

    def asked(self) -> list[str]:
        """The pages asked for since the last time."""
        paths = [path for path in self.served.asked if not path.startswith("/api/overview")]
        self.served.asked.clear()
        return [
            f"{path.split('/')[2].partition('?')[0]} {path.partition('page=')[2].partition('&')[0] or 'all'}" for path in paths
        ]


def rows_of(names: list[str]) -> list[dict[str, object]]:
    return [{"vhost": "/", "name": name, "type": "classic", "state": "running", "arguments": {}} for name in names]


def page(number: int, pages: int, names: list[str]) -> bytes:
    return json.dumps({"items": rows_of(names), "page": number, "page_count": pages, "filtered_count": 3}).encode()


@pytest.fixture
def served() -> Iterator[Broker]:
    answers = {management.queues_path(None, number): (200, page(number, 3, [f"compute.cmp{number}"])) for number in (1, 2, 3)}
    answers[management.queues_path(None, 1)] = (200, page(1, 3, ["compute"]))
    answers[management.queues_path(None, None)] = (
        200,
        json.dumps(rows_of(["compute", "compute.cmp2", "compute.cmp3"])).encode(),
    )
    answers[management.connections_path(None, 1)] = (200, recorded("connections-3.10.8.json"))
    answers[management.OVERVIEW] = (200, recorded("overview-3.10.8.json"))
    with broker(answers) as made:
        yield made


@contextlib.contextmanager
def setting(served: Broker, **changed: Any) -> Iterator[Setting]:
    made = Setting(served, **changed)
    try:
        yield made
    finally:
        made.client.close()


def test_pages_of_several_fetches_make_one_listing(served: Broker) -> None:
    with setting(served, slow_budget=0.9) as made:
        first = made.go_on()
        assert made.asked() == ["connections 1", "queues 1"]
        assert (first.queues, first.connections is None) == (None, False)
        assert made.go_on().queues is None
        assert made.asked() == ["queues 2"]
        last = made.go_on()
        assert made.asked() == ["queues 3"]
    assert last.queues is not None
    assert last.queues.types == {("rpc_topic", "classic"): 1, ("rpc_server", "classic"): 2}


def test_what_can_be_held_is_asked_for_as_a_whole(served: Broker) -> None:
    with setting(served, whole_limit=3) as made:
        seen = made.go_on()
        assert made.asked() == ["connections 1", "queues 1", "queues all"]
    assert seen.queues is not None
    assert seen.queues.types == {("rpc_topic", "classic"): 1, ("rpc_server", "classic"): 2}


def test_when_the_whole_fails_pages_follow(served: Broker) -> None:
    served.answers[management.queues_path(None, None)] = (500, b"")
    with setting(served, whole_limit=3) as made:
        assert made.go_on().failures["queues"].reason == "malformed"
        made.asked()
        seen = made.go_on()
        assert made.asked() == ["queues 2", "queues 3"]
    assert seen.queues is not None
    assert seen.queues.types == {("rpc_topic", "classic"): 1, ("rpc_server", "classic"): 2}
    assert not seen.failures


def test_each_vhost_by_itself(served: Broker) -> None:
    served.answers |= {
        management.queues_path("a", 1): (200, page(1, 1, ["compute"])),
        management.queues_path("b", 1): (200, page(1, 2, [])),
    }
    served.answers[management.queues_path("b", None)] = (200, json.dumps(rows_of(["compute.cmp1"])).encode())
    served.answers |= {management.connections_path(vhost, 1): (200, recorded("connections-3.10.8.json")) for vhost in "ab"}
    with setting(served, whole_limit=3, vhosts=("a", "b")) as made:
        seen = made.go_on()
    assert seen.queues is not None
    assert seen.queues.types == {("rpc_topic", "classic"): 1, ("rpc_server", "classic"): 1}
    assert seen.connections is not None
    assert seen.connections.channels == {"nova-compute": 6, "nova-conductor": 2}


def test_a_listing_is_shown_with_its_age_until_the_next_is_whole(served: Broker) -> None:
    with setting(served) as made:
        made.go_on()
        made.asked()
        made.clock.now += INTERVAL / 2
        seen = made.go_on()
        assert made.asked() == []
        assert seen.queues_age == pytest.approx(INTERVAL / 2, abs=5)
        made.clock.now += INTERVAL
        made.go_on()
        assert made.asked() == ["connections 1", "queues 1", "queues 2", "queues 3"]


def test_a_page_that_fails_is_asked_for_again(served: Broker) -> None:
    second = management.queues_path(None, 2)
    answer, served.answers[second] = served.answers[second], (500, b"")
    with setting(served) as made:
        seen = made.go_on()
        assert seen.failures["queues"].reason == "malformed"
        made.asked()
        served.answers[second] = answer
        seen = made.go_on()
        assert made.asked() == ["queues 2", "queues 3"]
    assert seen.queues is not None
    assert not seen.failures


def test_rows_that_go_while_they_are_read(served: Broker) -> None:
    """The last page is no more when it is asked for."""
    served.answers[management.queues_path(None, 3)] = (400, recorded("past-the-last-3.10.8.json"))
    with setting(served) as made:
        seen = made.go_on()
    assert seen.queues is not None
    assert sum(seen.queues.types.values()) == 2


def test_a_walk_that_takes_too_long_is_begun_anew(served: Broker) -> None:
    with setting(served, slow_budget=0.9) as made:
        made.go_on()
        made.asked()
        made.clock.now += 3 * INTERVAL
        made.go_on()
        assert "queues 1" in made.asked()


def test_alarms_bring_the_connections_forward(served: Broker) -> None:
    with setting(served) as made:
        made.go_on()
        made.asked()
        made.go_on(ALARM)
        assert made.asked() == ["connections 1"], "at once"
        made.go_on(ALARM)
        assert made.asked() == [], "but not at each fetch"
        made.clock.now += INTERVAL / 4
        made.go_on(ALARM)
        assert made.asked() == ["connections 1"], "and more often while it lasts"
        made.go_on()
        assert made.asked() == ["connections 1"], "at once when it ends"
        made.clock.now += INTERVAL / 4
        made.go_on()
        assert made.asked() == ["connections 1"], "and once more, as the broker tells states late"


def test_no_member_answers(served: Broker) -> None:
    with setting(served) as made:
        made.go_on()
        made.clock.now += 10 * INTERVAL
        seen = made.reader.go_on(None, frozenset(), Deadline.after(60))
    assert seen.queues is not None
    assert seen.queues_age > 9 * INTERVAL


def test_queues_are_added_up() -> None:
    rows = [
        QueueRow("/", "compute", "quorum", "running", expires=False),
        QueueRow("/", "compute", "quorum", "running", expires=False),
        QueueRow("/", "compute_fanout_" + "0f" * 16, "classic", "live", expires=True),
        QueueRow("/", "compute_fanout_" + "1f" * 16, "classic", "down", expires=False),
        QueueRow("/", "compute_fanout", "stream", "running", expires=False),
    ]
    found = queue_listing(rows)
    assert found.types == {("rpc_topic", "quorum"): 1, ("fanout", "classic"): 2, ("fanout", "stream"): 1}, "each once"
    assert found.down == {"rpc_topic": 0, "fanout": 1}
    assert found.lasting == {"rpc_topic": 0, "fanout": 1}


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("nova-compute:8087:319b", "nova-compute"),
        ("", "unnamed"),
        (":8087:319b", "unnamed"),
        ("mod_wsgi:1:2", "mod_wsgi"),
        ('a"} 1\nevil:1:2', "other"),
        ("x" * 65, "other"),
    ],
)
def test_whose_a_connection_is(name: str, client: str) -> None:
    found = connection_listing([ConnectionRow(name, "running", 2)], named=True, limit=10)
    assert found.connections == {(client, "running"): 1}
    assert found.channels == {client: 2}


def test_services_beyond_the_limit_are_added_up() -> None:
    rows = [ConnectionRow(f"s{number}:1:2", "blocked", 1) for number in range(5) for _ in range(number + 1)]
    found = connection_listing(rows, named=True, limit=2)
    assert found.connections == {("s4", "blocked"): 5, ("s3", "blocked"): 4, ("other", "blocked"): 6}
    assert found.folded == 3
    assert found.blocked() == {"s4": 5, "s3": 4, "other": 6}
