"""The verdicts about OVN: each reason from the facts that should give it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from clients.model import RefusedError, TargetError, TimedOutError, UnreachableError
from exporters.model import Verdict
from exporters.ovn.chassis import Lag
from exporters.ovn.controller import Controller, Daemon, Interfaces
from exporters.ovn.families import samples
from exporters.ovn.northd import Northd
from exporters.ovn.ports import Gateway, WrongPort
from exporters.ovn.raft import raft
from exporters.ovn.servers import Database, Local, Server
from exporters.ovn.snapshot import Limits, Northbound, Snapshot, Southbound
from exporters.ovn.tables import Numbers
from exporters.ovn.verdict import REASONS, verdicts
from tests.exporters.ovs.texts import recorded
from tests.exporters.samples import Rendered

NUMBERS = Numbers(5, 1000.0, 5, 1000.0, 5, 1000.0)
LEADER = Server("2891", "45bc", leader=True, connected=True, index=14)
FOLLOWER = replace(LEADER, name="f8f4", leader=False)
LOST = UnreachableError("tcp:10.0.0.3:6641: connection refused")
THREE: dict[str, Server | TargetError] = {"tcp:10.0.0.1:6641": LEADER, "tcp:10.0.0.2:6641": FOLLOWER}
NORTHD = Northd("active", True, True, (), (), {}, {})
NEAR = Lag("sys-a", "cmp001", 0, 0.0, 1000.0, None)
SOUTHBOUND = Southbound(1, (NEAR,), {}, (), (), {}, {})
DAEMON = Daemon(True, (), (), None, {}, {}, {})
CONTROLLER = Controller("cmp001", DAEMON, Interfaces("cmp001", ()))
HEALTHY = Snapshot(
    "main", 2000.0, Limits(60.0, 60.0, 2), {"northbound": Database(THREE, {}, None)}, Northbound(NUMBERS, 0.0, {}), SOUTHBOUND,
    {"/run/ovn": NORTHD}, CONTROLLER,
)  # fmt: skip
RAFT = raft(recorded("cluster_status_leader"))


def judged(**facts: Any) -> dict[str, Verdict]:
    return dict(verdicts(replace(HEALTHY, **facts)))


def servers(*found: Server | TargetError) -> dict[str, Database]:
    return {"northbound": Database({f"tcp:10.0.0.{number}:6641": each for number, each in enumerate(found)}, {}, None)}


def local(found: Local | TargetError) -> dict[str, Database]:
    return {"northbound": Database({}, {"/run/ovn/ovnnb_db.ctl": found}, None)}


def southbound(**facts: Any) -> Southbound:
    return replace(SOUTHBOUND, **facts)


def test_nothing_wrong() -> None:
    assert judged() == {
        "": Verdict("ovn main", "healthy", healthy=True),
        "cmp001": Verdict("ovn-controller cmp001", "healthy", healthy=True),
    }


LATE = replace(NEAR, name="sys-b", host="cmp002", lag=3, behind=90.0)
PAUSED = replace(NORTHD, status="paused")


@pytest.mark.parametrize(
    ("reasons", "facts"),
    [
        (["member_unreachable"], {"databases": servers(LEADER, FOLLOWER, LOST)}),
        (["northbound_unreachable"], {"databases": servers(LOST, LOST)}),
        (["no_leader"], {"databases": servers(FOLLOWER, FOLLOWER)}),
        (
            ["no_leader", "member_disconnected", "member_unreachable"],
            {"databases": servers(replace(FOLLOWER, connected=False), LOST)},
        ),
        (["several_clusters"], {"databases": servers(LEADER, replace(LEADER, cluster="70c6"))}),
        (["member_unreachable"], {"databases": local(LOST)}),
        (["storage_failed"], {"databases": local(Local(None, False, {}))}),
        (["no_leader"], {"databases": local(Local(replace(RAFT, leader="") if RAFT else None, True, {}))}),
        (["northd_not_active", "northd_paused"], {"northd": {"/run/ovn": PAUSED}}),
        (["northd_not_active", "northd_unreachable"], {"northd": {"/run/ovn": LOST}}),
        (["northd_paused"], {"northd": {"/run/ovn": PAUSED, "/run/ovn2": NORTHD}}),
        (["northd_disconnected"], {"northd": {"/run/ovn": replace(NORTHD, southbound=False)}}),
        (["tables_unreadable"], {"northbound": LOST}),
        (["tables_unreadable"], {"southbound": LOST}),
        (["southbound_behind"], {"northbound": Northbound(NUMBERS, 61.0, {})}),
        (["chassis_behind"], {"southbound": southbound(chassis=(NEAR, NEAR, LATE))}),
        (["most_chassis_behind"], {"southbound": southbound(chassis=(NEAR, LATE, LATE))}),
        (["port_down"], {"southbound": southbound(wrong=[WrongPort("p", "down", "cmp001", 1900.0)])}),
        (["port_misplaced"], {"southbound": southbound(wrong=[WrongPort("p", "misplaced", "cmp001", 1900.0)])}),
        (["port_without_chassis"], {"southbound": southbound(wrong=[WrongPort("p", "no_chassis", "nohost", 1900.0)])}),
        (["gateway_failed_over"], {"southbound": southbound(gateways=[Gateway("cr", "failed_over", "net2", "net1")])}),
        (["gateway_unclaimed"], {"southbound": southbound(gateways=[Gateway("cr", "unclaimed", "", "")])}),
        (["bfd_down"], {"southbound": southbound(sessions={"down": 1, "up": 3})}),
        ([], {"southbound": southbound(wrong=[WrongPort("p", "down", "cmp001", 1990.0)])}),  # it is being wired
        ([], {"northd": {"/run/ovn": replace(NORTHD, status="standby")}}),
        ([], {"databases": local(Local(RAFT, True, {}))}),
    ],
)
def test_the_central_part(reasons: list[str], facts: Mapping[str, Any]) -> None:
    found = judged(**facts)[""]
    assert sorted(found.reasons) == sorted(reasons)
    assert found.state == (REASONS[found.reasons[0]] if reasons else "healthy")
    assert bool(found.evidence) == bool(reasons)


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        ("controller_unreachable", {"controller": replace(CONTROLLER, daemon=LOST)}),
        ("controller_silent", {"controller": replace(CONTROLLER, daemon=TimedOutError("late"))}),
        ("controller_disconnected", {"controller": replace(CONTROLLER, daemon=replace(DAEMON, connected=False))}),
        ("interfaces_unreadable", {"controller": replace(CONTROLLER, interfaces=LOST)}),
        ("interface_not_bound", {"unwired": [WrongPort("p", "not_bound", "tap1", 1900.0)]}),
        ("interface_not_installed", {"unwired": [WrongPort("p", "not_installed", "tap1", 1900.0)]}),
    ],
)
def test_this_host(reason: str, facts: Mapping[str, Any]) -> None:
    found = judged(**facts)
    assert (found["cmp001"].reasons, found["cmp001"].state) == ((reason,), REASONS[reason])
    assert found[""].healthy


def test_who_refuses_us_is_reachable() -> None:
    nobody = replace(HEALTHY, databases=servers(LOST), northd={}, controller=None)
    assert not nobody.reachable
    assert replace(nobody, northd={"/run/ovn": NORTHD}).reachable
    assert replace(nobody, controller=replace(CONTROLLER, daemon=LOST, interfaces=LOST)).reachable is False
    assert replace(nobody, databases=servers(RefusedError("TLS"))).reachable


def test_only_what_is_asked_has_a_verdict() -> None:
    assert [*judged(controller=None)] == [""]
    assert [*judged(databases={}, northd={})] == ["cmp001"]


def test_the_evidence_has_a_bound() -> None:
    late = [replace(LATE, name=f"sys-{number}") for number in range(1000)]
    evidence = judged(southbound=southbound(chassis=late))[""].evidence
    assert len(evidence) == 6
    assert "995 more" in evidence.values()


def test_without_chassis_their_number_says_nothing() -> None:
    """ovn-northd then sets hv_cfg itself, to what is wanted."""
    made = Rendered(samples(replace(HEALTHY, southbound=southbound(chassis_count=0, chassis=()))))
    assert (made.value("ovn_nb_cfg"), made.value("ovn_hv_cfg")) == (5, None)
    assert Rendered(samples(HEALTHY)).value("ovn_hv_cfg") == 5
    never = Northbound(NUMBERS._replace(chassis_at=0.0), 0.0, {})
    assert Rendered(samples(replace(HEALTHY, northbound=never, southbound=None))).value("ovn_hv_cfg") is None


def test_wrong_ports_have_series_up_to_the_limit() -> None:
    wrong = [WrongPort(f"p{number}", "down", "cmp001", 1000.0 + number) for number in range(5)]
    unwired = [replace(port, state="not_bound") for port in wrong]
    made = Rendered(samples(replace(HEALTHY, southbound=southbound(wrong=wrong), unwired=unwired)))
    assert made.value("ovn_port_wrong_since_timestamp_seconds", port_id="p0", state="down") == 1000.0
    assert made.value("ovn_port_wrong_since_timestamp_seconds", port_id="p2") is None
    assert made.value("ovn_wrong_ports_left_out") == 3
    assert made.value("ovn_controller_wrong_interfaces_left_out") == 3


def test_a_control_socket_alone_tells_who_leads() -> None:
    made = Rendered(samples(replace(HEALTHY, databases=local(Local(RAFT, True, {"cells": 4})))))
    assert made.value("ovn_raft_leader", server="2891") == 1
    assert made.value("ovn_raft_peer_silent_seconds", server="2891", peer="4d5e") == 0.015
    assert made.value("ovn_database_memory_objects", kind="cells") == 4
