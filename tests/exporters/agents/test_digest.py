"""Rows become agents: one for each binary and host, whatever the list looks like."""

import contextlib
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clients.model import MalformedError
from exporters.agents import heat, neutron, nova
from exporters.agents.apis import APIS
from exporters.agents.digest import Digest, digest
from exporters.agents.memory import Memory
from exporters.agents.model import Agent
from exporters.agents.rows import LONGEST_TEXT, seconds, text

NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC).timestamp()


def row(host: str = "cmp1", state: str = "up", age: float = 5, **more: Any) -> dict[str, Any]:
    heard = dt.datetime.fromtimestamp(NOW - age, dt.UTC).replace(tzinfo=None).isoformat()
    return {
        "binary": "nova-compute",
        "host": host,
        "zone": "az",
        "status": "enabled",
        "state": state,
        "updated_at": heard,
        **more,
    }


def of(*rows: dict[str, Any], stale_after: float = 86400, limit: int = 100) -> Digest:
    return digest(nova.API, rows, NOW, stale_after=stale_after, limit=limit)


def test_two_rows_of_one_nova_service_are_up_only_when_both_are() -> None:
    """A conductor on one host for two cells: the dead one must not hide behind the other."""
    for rows in ([row(state="down", age=90), row()], [row(), row(state="down", age=90)]):
        (agent,) = of(*rows).agents
        assert (agent.up, agent.age, agent.rows) == (False, 90, 2)
    assert of(row(), row()).duplicates == 1


def test_two_rows_of_one_heat_engine_are_up_when_one_is() -> None:
    """The rows of a former life stay."""
    rows = [
        {"binary": "heat-engine", "hostname": "ctl1", "status": status, "updated_at": "2026-11-26T11:59:00"}
        for status in ("down", "up", "down")
    ]
    (agent,) = digest(heat.API, rows, NOW, stale_after=86400, limit=10).agents
    assert (agent.up, agent.rows) == (True, 3)


def test_an_agent_that_is_down_for_a_day_is_stale_and_one_that_is_up_never() -> None:
    down, dead, old = of(row("a", "down", 86000), row("b", "down", 87000), row("c", "up", 87000)).agents
    assert (down.state, dead.state, old.state) == ("down", "stale", "up")


def test_more_agents_than_wanted_are_counted() -> None:
    found = of(*(row(f"cmp{number}") for number in range(7)), row("cmp0"), limit=5)
    assert (len(found.agents), found.dropped, found.duplicates) == (5, 2, 1)


def test_a_clock_that_is_ahead_gives_an_age_below_nothing() -> None:
    assert of(row(age=-30)).agents[0].age == -30


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"state": "sideways"}, "services[1]: state is 'sideways' where up or down should be"),
        ({"status": "asleep"}, "services[1]: status is 'asleep' where enabled or disabled should be"),
        ({"host": None}, "services[1]: a row without host"),
        ({"host": 7}, "services[1]: host is int where a text should be"),
        ({"forced_down": "no"}, "services[1]: forced_down is str where true or false should be"),
    ],
)
def test_a_row_that_is_none_is_told_with_its_place(bad: dict[str, Any], told: str) -> None:
    with pytest.raises(MalformedError) as caught:
        of(row("other"), row(**bad))
    assert str(caught.value) == told


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.component)
@given(
    body=some.recursive(
        some.none() | some.booleans() | some.integers() | some.text(max_size=5),
        lambda below: (
            some.lists(below, max_size=3)
            | some.dictionaries(
                some.sampled_from(
                    "services agents conductors host hostname binary status state alive updated_at links next".split()
                ),
                below,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_an_api_says_it_is_read_or_malformed(api: Any, body: Any) -> None:
    with contextlib.suppress(MalformedError):
        rows = api.rows(body)
        digest(api, rows, NOW, stale_after=1, limit=10)
        api.next_page(body, rows)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-26T12:00:00.000000", NOW),
        ("2026-11-26 12:00:00", NOW),
        ("2026-11-26 12:00:00.500000+00:00", NOW + 0.5),
        ("2026-11-26T13:00:00+01:00", NOW),
        ("2026-11-26T12:00:00Z", NOW),
        ("1970-01-01 00:00:00+00:00", None),
        ("soon", None),
        (None, None),
        (17, None),
    ],
)
def test_times_as_the_apis_write_them(written: Any, read: float | None) -> None:
    assert seconds(written) == read


def test_a_reason_becomes_a_short_line() -> None:
    assert text({"reason": "two\nlines\tand \x1b[31mred"}, "reason") == "two lines and  [31mred"
    assert len(text({"reason": "x" * 1000}, "reason")) == LONGEST_TEXT


def agent(host: str, **more: Any) -> Agent:
    return Agent("nova", "nova-compute", host, **{"zone": "az", "up": True, **more})


def test_who_is_listed_no_more_is_told_for_a_while() -> None:
    memory = Memory(keep=100, limit=10)
    memory.recall([agent("a"), agent("b")], 0)
    _, vanished = memory.recall([agent("a")], 60)
    assert [(gone.host, gone.zone, gone.seen) for gone in vanished] == [("b", "az", 0)]
    assert memory.recall([agent("a")], 160)[1] == ()
    assert memory.recall([agent("a"), agent("b")], 170)[1] == ()


def test_while_a_cell_is_hidden_nobody_vanishes() -> None:
    memory = Memory(keep=100, limit=10)
    memory.recall([agent("a"), agent("b")], 0)
    agents, vanished = memory.recall([agent("a", up=None, zone="")], 50)
    assert (vanished, {(one.host, one.zone, one.up) for one in agents}) == ((), {("a", "az", None), ("b", "az", None)})
    agents, vanished = memory.recall([agent("a"), agent("b")], 200)
    assert (vanished, {one.up for one in agents}) == ((), {True})


@given(some.lists(some.sets(some.integers(0, 30), max_size=20), max_size=30))
def test_the_memory_has_a_bound(lists: list[set[int]]) -> None:
    memory = Memory(keep=5, limit=12)
    for now, hosts in enumerate(lists):
        memory.recall([agent(f"cmp{host}") for host in hosts], float(now))
        assert len(memory._zones) <= 12


def test_an_agent_without_alive_is_malformed() -> None:
    with pytest.raises(MalformedError, match="without alive"):
        neutron.read({"host": "a", "binary": "b", "admin_state_up": True}, NOW)
