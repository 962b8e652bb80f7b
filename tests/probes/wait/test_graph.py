"""The start order: of openstack-helm, of circles, and of any graph."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.wait.addresses import URLS, targets_for
from probes.wait.explain import document, dot, order, tree
from probes.wait.graph import NODES, Node, UnknownNodeError, below, circles, groups, node_of, nodes_of, waves
from probes.wait.targets import parse

LETTERS = "abcdefgh"


def graph(edges: Mapping[str, str]) -> dict[str, Node]:
    return {name: Node(name, tuple(needs)) for name, needs in edges.items()}


GRAPHS = st.fixed_dictionaries({name: st.text(LETTERS, max_size=4) for name in LETTERS}).map(graph)


def reaches(nodes: Mapping[str, Node], start: str, end: str) -> bool:
    return any(end in below(need, nodes) for need in nodes[start].needs)


@given(GRAPHS)
def test_nodes_of_a_group_wait_for_each_other_and_no_others_do(nodes: dict[str, Node]) -> None:
    of = {name: group for group in groups(nodes) for name in group}
    assert sorted(of) == sorted(nodes)
    for one in nodes:
        for other in nodes:
            together = one == other or (reaches(nodes, one, other) and reaches(nodes, other, one))
            assert together == (other in of[one])


@given(GRAPHS)
def test_each_stands_behind_all_that_it_needs(nodes: dict[str, Node]) -> None:
    at = {name: number for number, wave in enumerate(waves(nodes)) for name in wave}
    together = {frozenset((one, other)) for group in circles(nodes) for one in group for other in group}
    for node in nodes.values():
        for need in node.needs:
            assert at[need] < at[node.name] or frozenset((need, node.name)) in together


@given(GRAPHS, st.sampled_from(LETTERS))
def test_a_tree_names_all_below_and_ends(nodes: dict[str, Node], name: str) -> None:
    lines = list(tree(name, nodes))
    assert {line.lstrip("├└│─ ").split()[0] for line in lines} == set(below(name, nodes))


def test_circles_are_told() -> None:
    nodes = graph({"a": "b", "b": "ca", "c": "", "d": "d"})
    assert circles(nodes) == [("a", "b"), ("d",)]
    assert list(order(nodes))[-2:] == [
        "circle, these wait for each other for ever: a, b",
        "circle, these wait for each other for ever: d",
    ]
    assert list(tree("a", nodes)) == ["a", "└─ b", "   ├─ c", "   └─ a (waits for itself: a circle)"]


def test_openstack_helm_can_start() -> None:
    assert circles(NODES) == []
    assert len(NODES) > 250


def test_what_nova_compute_waits_for() -> None:
    """Nova's chart: `dependencies.static.compute` and `dynamic.targeted.openvswitch.compute`."""
    assert NODES["nova-compute"].needs == (
        "service/rabbitmq", "service/glance-api", "service/nova-api", "service/neutron-server", "service/nova-metadata",
        "job/nova-db-sync", "job/nova-rabbit-init", "libvirt", "neutron-ovs-agent",
    )  # fmt: skip
    assert NODES["nova-compute"].own_node == {"libvirt", "neutron-ovs-agent"}
    assert NODES["job/nova-db-sync"].needs == ("service/mariadb", "job/nova-db-init")
    assert NODES["service/nova-api"].needs == ("nova-api-osapi",)


def test_every_need_of_openstack_helm_is_a_target() -> None:
    for name in NODES:
        for _, text in targets_for(name, {}):
            parse(text)


def test_every_address_is_of_a_service_that_something_waits_for_or_a_user_knows() -> None:
    assert {f"service/{name}" for name in URLS} <= NODES.keys()


def test_addresses_can_be_given_and_left_out() -> None:
    found = dict(targets_for("nova-novncproxy", {"mariadb": "galera://w@db", "job/nova-db-sync": "none"}))
    assert found == {"mariadb": "galera://w@db"}
    assert dict(targets_for("nova-novncproxy", {}, "os")) == {
        "mariadb": "mysql://mariadb.os.svc:3306",
        "job/nova-db-sync": "job/os/nova-db-sync",
    }


def test_a_service_stands_for_the_workload_behind_it() -> None:
    assert list(targets_for("nova-api", {})) == list(targets_for("nova-api-osapi", {}))
    assert node_of("nova-db-sync", NODES).name == "job/nova-db-sync"


def test_an_unknown_workload_names_what_is_near() -> None:
    with pytest.raises(UnknownNodeError, match="did you mean nova-compute"):
        node_of("nova-computes", NODES)
    with pytest.raises(UnknownNodeError, match="--explain shows all"):
        node_of("zzzzzz", NODES)


def test_tables_of_ones_own() -> None:
    nodes = nodes_of("web: db job/make\n    pod/agent@node\nagent:\n", "make: db\n", {"db": "postgres"})
    assert nodes["web"] == Node("web", ("service/db", "job/make", "agent"), frozenset({"agent"}))
    assert nodes["service/db"].needs == ("postgres",)
    assert waves(nodes) == [("agent", "postgres"), ("service/db",), ("job/make",), ("web",)]


def test_as_json_and_for_graphviz() -> None:
    found = json.loads(json.dumps(document(NODES, "keystone-api")))
    assert found["order"].index("job/keystone-db-sync") < found["order"].index("keystone-api")
    assert found["circles"] == []
    assert found["nodes"][-1]["name"] == "keystone-api"
    text = "\n".join(dot(NODES, "libvirt"))
    assert '"neutron-ovs-agent" -> "libvirt" [style=dashed];' in text
    assert text.count("{") == text.count("}") == 1
    assert len(document(NODES)["nodes"]) == len(NODES)
