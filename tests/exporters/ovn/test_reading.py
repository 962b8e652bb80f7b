"""What copied tables mean: ports, gateways, and how far the chassis are behind."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.model import UnreachableError
from exporters.ovn.controller import Controller, Interfaces, interfaces
from exporters.ovn.ports import GATEWAY_STATES, state
from exporters.ovn.reading import Reader
from exporters.ovn.replica import Contents
from exporters.ovn.tables import NORTHBOUND, SOUTHBOUND, TABLES, Agent, Binding, Candidate, Chassis, Group, LogicalPort, Numbers
from tests.clients.test_ovsdb import ANYTHING

CHASSIS = {"a": Chassis("sys-a", "cmp001"), "b": Chassis("sys-b", "cmp002")}


def binding(**facts: Any) -> Binding:
    plain = Binding("port", "", up=True, chassis="a", requested=None, wanted=None, group=None, gateways=())
    return plain._replace(**facts)


def numbers(wanted: int, southbound: int | None = None) -> Numbers:
    return Numbers(wanted, 1000.0, wanted if southbound is None else southbound, 1000.0, wanted, 1000.0)


class TestPorts:
    """The port truth table."""

    @pytest.mark.parametrize(
        ("expected", "facts"),
        [
            ("up", {}),
            ("up", {"requested": "a", "wanted": "cmp001"}),
            ("unbound", {"chassis": None, "up": False}),
            ("waiting", {"chassis": None, "requested": "a", "wanted": "cmp001", "up": False}),
            ("down", {"up": False}),
            ("misplaced", {"requested": "b", "wanted": "cmp002"}),
            ("no_chassis", {"chassis": None, "wanted": "nohost", "up": False}),
        ],
    )
    def test_each_row_of_the_table(self, expected: str, facts: dict[str, Any]) -> None:
        assert state(binding(**facts)) == expected

    def test_wrong_ones_are_dated_from_when_they_were_first_seen_so(self) -> None:
        reader = Reader(60.0)
        copy = Contents({"Chassis": CHASSIS, "Port_Binding": {"1": binding(port="p1", up=False)}}, {})
        assert [(port.port, port.where, port.since) for port in reader.southbound(copy, None, 100.0).wrong] == [
            ("p1", "cmp001", 100.0)
        ]
        more = Contents(
            {"Chassis": CHASSIS, "Port_Binding": {"1": binding(port="p1", up=False), "2": binding(port="p0", up=False)}}, {}
        )
        assert [(port.port, port.since) for port in reader.southbound(more, None, 130.0).wrong] == [
            ("p1", 100.0),
            ("p0", 130.0),
        ]
        fine = Contents({"Chassis": CHASSIS, "Port_Binding": {"1": binding(port="p1")}}, {})
        assert reader.southbound(fine, None, 160.0).wrong == []
        assert reader.southbound(copy, None, 190.0).wrong[0].since == 190.0

    def test_ports_of_routers_are_not_counted(self) -> None:
        copy = Contents({"Port_Binding": {"1": binding(type="patch", chassis=None), "2": binding()}}, {"FDB": 5})
        found = Reader(60.0).southbound(copy, None, 0.0)
        assert (sum(found.ports.values()), found.ports["up"]) == (1, 1)
        assert found.rows == {"FDB": 5, "Port_Binding": 2}

    def test_ports_as_neutron_reads_them(self) -> None:
        ports = {"1": LogicalPort("", True), "2": LogicalPort("", None), "3": LogicalPort("router", True)}
        assert Reader(60.0).northbound(Contents({"Logical_Switch_Port": ports}, {}), 0.0).ports == {
            "up": 1,
            "down": 0,
            "unset": 1,
        }


class TestGateways:
    """Whether the living chassis of highest priority has the port."""

    def found(self, chassis: str | None, lag: int = 0, **facts: Any) -> tuple[str, str]:
        agents = {"1": Agent("sys-a", "a", 9 - lag, 0.0, None), "2": Agent("sys-b", "b", 9, 0.0, None)}
        rows: dict[str, dict[str, Any]] = {
            "Chassis": CHASSIS,
            "Chassis_Private": agents,
            "HA_Chassis_Group": {"g": Group(("h1", "h2"))},
            "HA_Chassis": {"h1": Candidate("a", 20), "h2": Candidate("b", 10)},
            "Port_Binding": {"1": binding(port="cr-lrp-1", type="chassisredirect", chassis=chassis, group="g", **facts)},
        }
        reader = Reader(60.0)
        reader.northbound(Contents({"NB_Global": {"n": numbers(9 - lag)}}, {}), 0.0)
        reader.northbound(Contents({"NB_Global": {"n": numbers(9)}}, {}), 100.0)
        (gateway,) = reader.southbound(Contents(rows, {}), numbers(9), 200.0).gateways
        assert gateway.state in GATEWAY_STATES
        return gateway.state, gateway.preferred

    def test_it_has(self) -> None:
        assert self.found("a") == ("on_preferred", "cmp001")

    def test_another_has(self) -> None:
        assert self.found("b") == ("failed_over", "cmp001")

    def test_another_has_as_the_first_is_dead(self) -> None:
        assert self.found("b", lag=1) == ("on_preferred", "cmp002")

    def test_nobody_has(self) -> None:
        assert self.found(None) == ("unclaimed", "cmp001")

    def test_priorities_in_the_old_table(self) -> None:
        rows: dict[str, dict[str, Any]] = {
            "Chassis": CHASSIS,
            "Gateway_Chassis": {"g1": Candidate("a", 1), "g2": Candidate("b", 2), "g3": Candidate(None, 3)},
            "Port_Binding": {"1": binding(type="chassisredirect", chassis="a", gateways=("g1", "g2", "g3", "gone"))},
        }
        (gateway,) = Reader(60.0).southbound(Contents(rows, {}), None, 0.0).gateways
        assert (gateway.state, gateway.host, gateway.preferred) == ("failed_over", "cmp001", "cmp002")


class TestLag:
    """For how long a chassis has not followed what is wanted."""

    def behind(self, reader: Reader, wanted: int, followed: int, now: float) -> tuple[int, float]:
        northbound = Contents({"NB_Global": {"n": numbers(wanted)}}, {})
        reader.northbound(northbound, now)
        agents = {"1": Agent("sys-a", "a", followed, 0.0, followed - 1)}
        (lag,) = reader.southbound(Contents({"Chassis": CHASSIS, "Chassis_Private": agents}, {}), numbers(wanted), now).chassis
        assert lag.metadata_lag == wanted - followed + 1
        return lag.lag, lag.behind

    def test_it_counts_from_the_first_number_that_was_not_followed(self) -> None:
        reader = Reader(60.0)
        assert self.behind(reader, 5, 5, 2000.0) == (0, 0.0)
        assert self.behind(reader, 6, 5, 9000.0) == (1, 0.0)  # an hour of quiet is no lag
        assert self.behind(reader, 7, 5, 9030.0) == (2, 30.0)
        assert self.behind(reader, 7, 6, 9040.0) == (1, 10.0)
        assert self.behind(reader, 7, 7, 9050.0) == (0, 0.0)

    def test_at_the_first_look_the_number_is_as_old_as_it_says(self) -> None:
        assert self.behind(Reader(60.0), 5, 4, 1060.0) == (1, 60.0)

    def test_a_database_that_was_made_anew_counts_from_the_start(self) -> None:
        reader = Reader(60.0)
        self.behind(reader, 900, 900, 2000.0)
        assert self.behind(reader, 2, 1, 3000.0) == (1, 0.0)

    def test_a_southbound_database_that_is_behind(self) -> None:
        reader = Reader(60.0)
        reader.northbound(Contents({"NB_Global": {"n": numbers(5)}}, {}), 2000.0)
        found = reader.northbound(Contents({"NB_Global": {"n": numbers(6, southbound=5)}}, {}), 2100.0)
        assert found.behind == 0.0
        assert reader.northbound(Contents({"NB_Global": {"n": numbers(6, southbound=5)}}, {}), 2200.0).behind == 100.0


class TestInterfaces:
    """The half of the port truth table that starts from the interfaces."""

    def test_states(self) -> None:
        def row(name: str, *ids: tuple[str, str]) -> dict[str, Any]:
            return {"name": name, "external_ids": ["map", [list(pair) for pair in ids]]}

        rows = {
            "Open_vSwitch": [{"external_ids": ["map", [["hostname", "cmp001"]]]}],
            "Interface": [
                row("tap2", ("iface-id", "p2")),
                row("tap1", ("iface-id", "p1"), ("ovn-installed", "true")),
                row("br-int"),
            ],
        }
        found = interfaces(rows)
        assert found.host == "cmp001"
        controller = Controller("cmp001", UnreachableError("it is not there"), found)
        assert {each.name: state for each, state in controller.states.items()} == {"tap1": "installed", "tap2": "not_installed"}
        (wrong,) = Reader(60.0).unwired(controller, 50.0)
        assert (wrong.port, wrong.where, wrong.state, wrong.since) == ("p2", "tap2", "not_installed", 50.0)

    def test_no_rows(self) -> None:
        assert interfaces({"Open_vSwitch": [], "Interface": []}) == Interfaces("", ())


@given(st.sampled_from([NORTHBOUND, SOUTHBOUND]), st.data())
def test_any_rows(database: str, data: st.DataObject) -> None:
    rows = {
        name: {str(number): table.row(row) for number, row in enumerate(data.draw(st.lists(
            st.fixed_dictionaries({}, optional=dict.fromkeys(table.columns, ANYTHING)), max_size=3)))}
        for name, table in TABLES[database].items()
        if table.row is not None
    }  # fmt: skip
    reader = Reader(60.0)
    if database == NORTHBOUND:
        reader.northbound(Contents(rows, {}), 0.0)
    else:
        reader.southbound(Contents(rows, {}), numbers(3), 0.0)
