"""Joining the rows of the database, and the verdict about what stands in them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clients.model import UnreachableError
from exporters.ovs.database import TABLES, Database, database
from exporters.ovs.families import samples
from exporters.ovs.snapshot import Snapshot
from exporters.ovs.verdict import verdict
from tests.clients.test_ovsdb import ANYTHING
from tests.exporters.samples import Rendered


def uuid(name: str) -> list[str]:
    return ["uuid", name]


def rows(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    """One bridge with one port; keyword arguments are columns of the interface."""
    interface: dict[str, Any] = {"_uuid": uuid("i1"), "name": "tap1", "ofport": 1, **changes}
    return {
        "Open_vSwitch": [{"cur_cfg": 5, "next_cfg": 5, "external_ids": ["map", [["hostname", "cmp001"]]]}],
        "Bridge": [
            {"_uuid": uuid("b1"), "name": "br-int", "ports": ["set", [uuid("p1"), uuid("gone")]], "controller": uuid("c1")}
        ],
        "Port": [{"_uuid": uuid("p1"), "name": "tap1", "interfaces": uuid("i1"), "tag": 7}],
        "Interface": [interface],
        "Controller": [{"_uuid": uuid("c1"), "target": "tcp:127.0.0.1:6633", "is_connected": True}],
        "Manager": [],
    }


def snapshot(found: Database, **more: Any) -> Snapshot:
    return Snapshot("cmp001", found, UnreachableError("not asked"), **{"max_interfaces": 10, **more})


def rendered(found: Database, **more: Any) -> Rendered:
    return Rendered(samples(snapshot(found, **more)))


def test_an_interface_is_joined_with_its_bridge_and_its_neutron_port() -> None:
    ids = ["map", [["iface-id", "be57fbcf"], ["attached-mac", "fa:16:3e:00:00:01"], ["vm-uuid", "0b1c"]]]
    found = rendered(database(rows(external_ids=ids, statistics=["map", [["rx_bytes", 8], ["rx_custom_packets_1", 9]]])))
    labels = found.labels("ovs_interface_info")
    assert labels == {
        "host": "cmp001", "bridge": "br-int", "interface": "tap1", "port_id": "be57fbcf", "port": "tap1", "type": "system",
        "vlan": "7", "mac": "fa:16:3e:00:00:01", "vm": "0b1c",
    }  # fmt: skip
    assert found.value("ovs_interface_rx_bytes_total", port_id="be57fbcf") == 8
    assert not any("custom" in name for name in found.names())


def test_figures_of_cards_are_not_given_for_the_ports_of_servers() -> None:
    statistics = ["map", [["rx_crc_err", 3], ["rx_packets", 1]]]
    card = rendered(database(rows(statistics=statistics, link_speed=10_000_000_000)))
    assert card.value("ovs_interface_rx_crc_errors_total") == 3
    assert card.value("ovs_interface_link_speed_bytes_per_second") == 1.25e9
    tap = rendered(database(rows(statistics=statistics, link_speed=10_000_000, external_ids=["map", [["iface-id", "x"]]])))
    assert tap.value("ovs_interface_rx_crc_errors_total") is None
    assert tap.value("ovs_interface_link_speed_bytes_per_second") is None
    assert tap.value("ovs_interface_rx_packets_total") == 1


def test_bfd() -> None:
    status = ["map", [["state", "down"], ["forwarding", "false"], ["flap_count", "4"]]]
    found = database(rows(bfd_status=status, cfm_fault=True))
    made = rendered(found)
    assert (made.value("ovs_interface_bfd_up"), made.value("ovs_interface_bfd_forwarding")) == (0, 0)
    assert (made.value("ovs_interface_bfd_flaps_total"), made.value("ovs_interface_cfm_fault")) == (4, 1)
    assert "bfd_down" in verdict(snapshot(found)).reasons


def test_a_bridge_may_name_a_controller_twice() -> None:
    found = rows()
    found["Bridge"][0]["controller"] = ["set", [uuid("c1"), uuid("c2")]]
    found["Controller"].append({"_uuid": uuid("c2"), "target": "tcp:127.0.0.1:6633", "is_connected": False})
    assert rendered(database(found)).value("ovs_controller_connected", bridge="br-int") == 0


def test_nobody_need_be_connected_to_a_passive_manager() -> None:
    found = rows()
    found["Manager"] = [{"_uuid": uuid("m1"), "target": "ptcp:6640:127.0.0.1", "is_connected": False}]
    assert rendered(database(found)).value("ovs_manager_connected") == 0
    assert "manager_disconnected" not in verdict(snapshot(database(found))).reasons


def test_those_with_a_fault_have_series_where_there_is_no_room_for_all() -> None:
    found = rows()
    names = [f"tap{index}" for index in range(30)]
    found["Bridge"][0]["ports"] = ["set", [uuid(name) for name in names]]
    found["Port"] = [{"_uuid": uuid(name), "name": name, "interfaces": uuid(name)} for name in names]
    found["Interface"] = [{"_uuid": uuid(name), "name": name, "ofport": -1 if name == "tap29" else 1} for name in names]
    made = rendered(database(found))
    assert made.value("ovs_interface_ofport", interface="tap29") == -1
    assert made.value("ovs_interfaces_left_out") == 20
    assert made.value("ovs_bridge_interfaces_in_error", bridge="br-int") == 1


def test_an_empty_database_is_no_fault() -> None:
    made = rendered(database({table: [] for table in TABLES}))
    assert made.value("ovs_database_up", host="cmp001") == 1
    assert made.value("ovs_config_pending") == 0


@given(st.fixed_dictionaries({table: st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(of, ANYTHING)), max_size=3)
                              for table, of in TABLES.items()}))  # fmt: skip
def test_any_rows(found: dict[str, list[dict[str, Any]]]) -> None:
    verdict(snapshot(database(found)))
    list(samples(snapshot(database(found))))
