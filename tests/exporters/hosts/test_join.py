"""Facts become one state per hypervisor."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from exporters.hosts.facts import GOOD, Fact, Word
from exporters.hosts.join import REASONS, STATES, Host, join, state
from exporters.hosts.names import Names


def fact(word: Word, host: str = "cmp1", cloud: str = "c", region: str = "r") -> Fact:
    return Fact(host, word, word, cloud=cloud, region=region)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("compute_up network_up switch_up rpc_read", "healthy"),
        ("compute_up", "healthy"),
        ("compute_up network_up ports_failed", "degraded"),
        ("compute_up network_up ports_dead", "degraded"),
        ("compute_up compute_disabled network_up", "drained"),
        ("compute_down compute_disabled network_down switch_down", "drained"),
        ("compute_down network_up", "agent_dead"),
        ("compute_down", "agent_dead"),
        ("compute_up compute_auto_disabled network_up", "agent_dead"),
        ("compute_up network_down", "network_dead"),
        ("compute_up network_up network_behind", "network_dead"),
        ("compute_up network_up switch_stalled", "network_dead"),
        ("compute_up network_up switch_down", "network_dead"),
        ("compute_down network_down", "down"),
        ("compute_forced_down network_up", "down"),
        ("compute_up network_up rpc_unread", "rpc_dead"),
        ("compute_up network_down rpc_unread", "network_dead"),
        ("compute_down network_up rpc_unread", "agent_dead"),
        ("compute_hidden network_up rpc_read", "unknown"),
        ("compute_hidden network_down", "network_dead"),
        ("compute_hidden", "unknown"),
    ],
)
def test_the_state_that_facts_come_to(words: str, expected: str) -> None:
    assert state(words.split()) == expected  # type: ignore[arg-type]


@given(some.sets(some.sampled_from([*GOOD, *REASONS])))
def test_any_facts_come_to_a_state_and_good_ones_never_to_an_ill_one(words: set[Word]) -> None:
    found = state(words)
    assert found in STATES
    if found == "healthy":
        assert words <= GOOD


def hosts(*facts: Fact) -> dict[str, Host]:
    return {host.key.host: host for host in join(facts)}


def test_a_host_without_nova_compute_is_no_hypervisor() -> None:
    assert set(hosts(fact("compute_up"), fact("network_down", "network-node"))) == {"cmp1"}


def test_what_does_not_know_its_cloud_speaks_of_a_host_of_that_name() -> None:
    found = hosts(fact("compute_up"), fact("switch_down", cloud="", region=""))
    assert found["cmp1"].state == "network_dead"


def test_what_knows_another_cloud_or_region_does_not() -> None:
    assert hosts(fact("compute_up"), fact("network_down", cloud="other"))["cmp1"].state == "healthy"
    assert hosts(fact("compute_up"), fact("network_down", region="other"))["cmp1"].state == "healthy"


def test_the_same_host_in_two_regions_is_two() -> None:
    found = join([fact("compute_up", region="north"), fact("compute_down", region="south")])
    assert [(host.key.region, host.state) for host in found] == [("north", "healthy"), ("south", "agent_dead")]


@pytest.mark.parametrize(
    ("hosts", "name", "found"),
    [
        ("cmp1 cmp2", "cmp1", "cmp1"),
        ("cmp1 cmp2", "cmp1.example.org", "cmp1"),
        ("cmp1.example.org", "cmp1", "cmp1.example.org"),
        ("cmp1.example.org", "CMP1", "cmp1.example.org"),
        ("cmp1.north.example cmp1.south.example", "cmp1", None),
        ("cmp1.north.example", "cmp1.south.example", None),
        ("cmp1 cmp1.south.example", "cmp1.south.example", "cmp1.south.example"),
        ("cmp1", "cmp10", None),
        ("", "cmp1", None),
    ],
)
def test_a_host_under_another_name(hosts: str, name: str, found: str | None) -> None:
    assert Names(hosts.split()).find(name) == found
