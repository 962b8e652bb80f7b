"""What a Pinger sends and remembers, over a link that does what the test says. Time is a number."""

import json
from collections.abc import Callable
from typing import cast

from clients.model import Deadline
from probes.rpc.fleet import Fleet, announcement
from probes.rpc.link import Delivered, Event, Failed, Link, Returned
from probes.rpc.messages import Call
from probes.rpc.ping import Pinged, Pinger, Recipe, Round, Target

TARGET = Target("nova", "compute.cmp001")
RECIPE = Recipe("rpc_ping", Call("oslo_rpc_server_ping"), "pong")


class FakeLink:
    """`answer` makes events of what is published: exchange, key, body, correlation."""

    def __init__(self, answer: Callable[[str, str, bytes, str], list[Event]], consumers: int | None = 1) -> None:
        self.broker, self.queue, self.blocked, self.fleet_trouble = "rabbit:5672", "ours", "", ""
        self.now = 0.0
        self.there = consumers
        self.answer = answer
        self.published: list[str] = []
        self.events: list[Event] = []

    def clock(self) -> float:
        return self.now

    def consumers(self, queue: str, deadline: Deadline) -> int | None:
        return self.there

    def publish(self, exchange: str, key: str, body: bytes, correlation: str, deadline: Deadline) -> None:
        self.published.append(f"{exchange}/{key}")
        self.now += 0.001
        self.events += (
            [Delivered(self.now, "", correlation, body)] if key == self.queue else self.answer(exchange, key, body, correlation)
        )

    def poll(self) -> list[Event]:
        return self.take(Deadline(0.0, self.clock))

    def take(self, deadline: Deadline) -> list[Event]:
        taken, self.events = self.events, []
        if not taken:
            self.now = max(self.now, deadline.at)
        return taken


def reply(identity: str, at: float = 0.0) -> Delivered:
    message = {"_msg_id": identity, "result": "pong", "failure": None}
    return Delivered(at, "", "", json.dumps({"oslo.message": json.dumps(message)}))


def noting(identities: list[str]) -> Callable[[str, str, bytes, str], list[Event]]:
    """Answers nothing, and notes what an answer would be to."""

    def answer(_exchange: str, _key: str, _body: bytes, identity: str) -> list[Event]:
        identities.append(identity)
        return []

    return answer


def pinged(link: FakeLink, pinger: Pinger, recipe: Recipe | None = RECIPE) -> tuple[Round, Pinged]:
    seen = pinger.round(cast("Link", link), [TARGET], recipe, Deadline(link.now + 5.0, link.clock))
    return seen, seen.pinged[0]


def test_a_ping_for_each_consumer() -> None:
    link = FakeLink(lambda _exchange, _key, _body, identity: [reply(identity, 0.01)], consumers=3)
    seen, one = pinged(link, Pinger(Fleet("me")))
    assert link.published == ["/ours", *["nova/compute.cmp001"] * 3]
    assert (len(one.answers), one.sent, one.open, seen.control) == (3, 3, 0, 0.001)


def test_what_has_no_way_is_sent_to_the_queue_itself_once() -> None:
    link = FakeLink(
        lambda exchange, _key, _body, identity: [Returned(0.0, identity) if exchange else reply(identity)], consumers=2
    )
    _, one = pinged(link, Pinger(Fleet("me")))
    assert link.published == ["/ours", *["nova/compute.cmp001"] * 2, "/compute.cmp001"]
    assert one.returned
    assert one.direct is not None
    assert one.open == 0


def test_nor_to_the_queue_when_that_is_gone_meanwhile() -> None:
    link = FakeLink(lambda _exchange, _key, _body, identity: [Returned(0.0, identity)])
    _, one = pinged(link, Pinger(Fleet("me")))
    assert (one.returned, one.direct, one.open) == (True, None, 0)


def test_without_a_recipe_or_consumers_nothing_is_sent_to_the_service() -> None:
    link = FakeLink(lambda *_: [])
    pinged(link, Pinger(Fleet("me")), None)
    link.there = 0
    _, one = pinged(link, Pinger(Fleet("me")))
    assert link.published == ["/ours"] * 2
    assert (one.sent, one.consumers) == (0, 0)


def test_answers_of_earlier_rounds_are_late() -> None:
    identities: list[str] = []
    link = FakeLink(noting(identities), consumers=2)
    pinger = Pinger(Fleet("me"))
    assert pinged(link, pinger)[1].open == 2
    link.events = [reply(identity) for identity in identities]
    link.answer = lambda _exchange, _key, _body, identity: [reply(identity)]
    _, one = pinged(link, pinger)
    assert (one.late, one.open, len(one.answers)) == (2, 0, 2)


class TestAServiceThatHangsForHours:
    """ "A service that hangs for hours finds few" """

    def test_six_rounds_and_then_one_a_minute(self) -> None:
        link = FakeLink(lambda *_: [], consumers=2)
        pinger = Pinger(Fleet("me"))
        for number in range(360):
            link.now = 10.0 * number  # an hour
            _, one = pinged(link, pinger)
        sent = len([where for where in link.published if where.startswith("nova/")])
        assert 2 * 60 <= sent <= 2 * 66
        assert one.open <= 2 * (6 + 15)  # after a quarter of an hour a ping is forgotten

    def test_once_it_answers_all_is_as_before(self) -> None:
        identities: list[str] = []
        link = FakeLink(noting(identities), consumers=2)
        pinger = Pinger(Fleet("me"))
        for _ in range(10):
            _, one = pinged(link, pinger)
        assert one.sent == 0
        link.events = [reply(identity) for identity in identities]
        link.answer = lambda _exchange, _key, _body, identity: [reply(identity)]
        _, one = pinged(link, pinger)
        assert (one.sent, len(one.answers), one.late, one.open) == (2, 2, 12, 0)


def test_who_is_gone_is_not_waited_for() -> None:
    link = FakeLink(lambda *_: [])
    pinger = Pinger(Fleet("me"))
    assert pinged(link, pinger)[1].open == 1
    link.there = 0
    assert pinged(link, pinger)[1].open == 0


def test_a_broker_that_blocks_gets_nothing_from_us() -> None:
    link = FakeLink(lambda *_: [])
    link.blocked = "low on memory"
    seen, _ = pinged(link, Pinger(Fleet("me")))
    assert (seen.blocked, link.published) == ("low on memory", [])


def test_a_channel_that_was_closed_over_an_announcement_is_no_matter_of_the_pings() -> None:
    link = FakeLink(lambda _exchange, _key, _body, identity: [reply(identity)])
    link.events = [Failed(0.0, missing=False, text="ACCESS_REFUSED")]
    seen, one = pinged(link, Pinger(Fleet("me")))
    assert (seen.failed, link.fleet_trouble, len(one.answers)) == (None, "ACCESS_REFUSED", 1)


def test_what_comes_by_another_exchange_is_an_announcement() -> None:
    fleet = Fleet("me")
    link = FakeLink(lambda _exchange, _key, _body, identity: [reply(identity)])
    link.events = [Delivered(0.0, "stratoscope_probe_x", "", announcement("other")), reply("of nobody")]
    pinged(link, Pinger(fleet))
    assert fleet.hung(0.0) == 1
