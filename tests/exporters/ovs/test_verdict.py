"""The verdict about a host: each reason from the facts that should give it, and from no others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from clients.model import TimedOutError, UnreachableError
from exporters.model import Verdict
from exporters.ovs.bonds import Bond, Lacp, Member
from exporters.ovs.database import Database, database
from exporters.ovs.datapath import Upcalls
from exporters.ovs.pmd import Queues
from exporters.ovs.snapshot import Snapshot
from exporters.ovs.verdict import REASONS, verdict
from exporters.ovs.vswitchd import Conntrack, Vswitchd
from tests.exporters.ovs.test_database import rows

DATABASE = database(rows())
FINE = Upcalls("system@ovs-system", 3, 3, 9, limit=10_000, offloaded=None, dump_duration=0.001, revalidators=2, keys=3)
BOND = Bond("bond0", "active-backup", "off", (Member("p1", True, True, True), Member("p2", True, False, True)))
DAEMON = Vswitchd({}, {}, (), (FINE,), (BOND,), (), (), {}, (), Queues((), {}), None)
HEALTHY = Snapshot("cmp001", DATABASE, DAEMON, 10)


def judged(facts: Mapping[str, Any], daemon: Mapping[str, Any] | None = None) -> Verdict:
    return verdict(replace(HEALTHY, **{"vswitchd": replace(DAEMON, **(daemon or {})), **facts}))


def test_nothing_wrong() -> None:
    assert verdict(HEALTHY) == Verdict("ovs cmp001", "healthy", healthy=True)


SHOWN = "upcall/show system@ovs-system"
OFF = Bond("bond0", "active-backup", "off", (Member("p1", True, True, True), Member("p2", False, False, False)))


def of(**interface: Any) -> Database:
    return database(rows(**interface))


def tagged(tag: int) -> Database:
    found = rows(external_ids=["map", [["iface-id", "be57"]]])
    found["Port"][0]["tag"] = tag
    return database(found)


@pytest.mark.parametrize(
    ("reason", "facts", "daemon", "evidence"),
    [
        ("vswitchd_unreachable", {"vswitchd": UnreachableError("refused")}, {}, {"vswitchd": "refused"}),
        ("vswitchd_silent", {"vswitchd": TimedOutError("late")}, {}, {"vswitchd": "late"}),
        ("database_silent", {"database": TimedOutError("late")}, {}, {"database": "late"}),
        ("database_unreachable", {"database": UnreachableError("refused")}, {}, {"database": "refused"}),
        ("configuration_not_applied", {"stuck": 30.0}, {}, {"Open_vSwitch next_cfg - cur_cfg": "0, no progress for 30 s"}),
        ("upcalls_lost", {"lost": 4}, {}, {"dpctl/show lost, pmd-stats-show failed upcall": "4 packets since the last look"}),
        ("interface_error", {"database": of(error="No device", ofport=-1)}, {}, {"Interface tap1 error": "No device"}),
        ("interface_error", {"database": of(ofport=-1)}, {}, {"Interface tap1 error": "ofport -1"}),
        ("dead_vlan", {"database": tagged(4095)}, {}, {"Port tap1 tag": "4095 (Neutron port be57)"}),
        ("flow_dump_slow", {}, {"upcalls": [replace(FINE, dump_duration=1.4)]}, {f"{SHOWN} dump duration": "1.4 s"}),
        (
            "flow_limit_reduced", {}, {"upcalls": [replace(FINE, limit=7500)]},
            {f"{SHOWN} limit": "7500, begun with 10000"},
        ),
        ("flow_table_near_limit", {}, {"upcalls": [replace(FINE, flows=9500)]}, {f"{SHOWN} flows": "9500 of 10000"}),
        ("conntrack_near_limit", {}, {"conntrack": Conntrack("netdev@x", 95, 100)}, {"dpctl/ct-get-nconns": "95 of 100"}),
        ("bond_member_disabled", {}, {"bonds": [OFF]}, {"bond/show bond0 p2": "disabled"}),
        ("lacp_not_current", {}, {"lacp": [Lacp("bond0", "p1", "expired", True)]}, {"lacp/show bond0 p1": "expired"}),
    ],
)  # fmt: skip
def test_each_reason(reason: str, facts: dict[str, Any], daemon: dict[str, Any], evidence: dict[str, str]) -> None:
    found = judged(facts, daemon)
    assert (found.reasons, found.state, found.healthy) == ((reason,), REASONS[reason], False)
    assert found.evidence == evidence


@pytest.mark.parametrize(
    ("facts", "daemon"),
    [
        ({"stuck": 5.0}, {}),  # it is busy with many ports
        ({"database": tagged(4094)}, {}),
        ({}, {"upcalls": [replace(FINE, flows=8000, dump_duration=1.2)]}),
        ({}, {"upcalls": [replace(FINE, limit=200_000)]}),
        ({}, {"lacp": [Lacp("bond0", "p1", "current", True), Lacp("bond0", "p2", None, False)]}),
        ({}, {"conntrack": Conntrack("netdev@x", 95, None)}),
        ({"database": of(bfd_status=["map", [["state", "admin_down"]]])}, {}),
        ({"database": of(bfd_status=["map", [["state", "up"]]])}, {}),
    ],
)
def test_no_reason(facts: dict[str, Any], daemon: dict[str, Any]) -> None:
    assert judged(facts, daemon).reasons == ()


def test_a_limit_that_is_configured_is_not_taken_for_a_reduced_one() -> None:
    found = rows()
    found["Open_vSwitch"][0]["other_config"] = ["map", [["flow-limit", "5000"]]]
    assert judged({"database": database(found)}, {"upcalls": [replace(FINE, limit=5000)]}).reasons == ()
    assert judged({"database": database(found)}, {"upcalls": [replace(FINE, limit=4000)]}).reasons == ("flow_limit_reduced",)


def test_the_worst_reason_gives_the_state_and_stands_first() -> None:
    found = judged({"database": of(ofport=-1), "vswitchd": TimedOutError("late")})
    assert (found.state, found.reasons) == ("stalled", ("vswitchd_silent", "interface_error"))


def test_the_evidence_has_a_bound() -> None:
    members = tuple(Member(f"p{index}", False, False, False) for index in range(20))
    evidence = judged({}, {"bonds": [Bond("bond0", "slb", "off", members)]}).evidence
    assert len(evidence) == 6
    assert "15 more" in evidence.values()
