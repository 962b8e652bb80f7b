"""What the variables of a Galera node mean."""

from collections.abc import Mapping

import pytest

from probes.checks.wsrep import NAMES, STATUS, VARIABLES, Rules, judged
from probes.model import Finding

SYNCED = {
    "wsrep_cluster_status": "Primary", "wsrep_local_state": "4", "wsrep_local_state_comment": "Synced", "wsrep_ready": "ON",
    "wsrep_connected": "ON", "wsrep_cluster_size": "3", "wsrep_flow_control_paused": "0.25", "wsrep_local_recv_queue": "7",
    "threads_connected": "5", "wsrep_on": "ON", "wsrep_desync": "OFF", "wsrep_reject_queries": "NONE", "read_only": "OFF",
    "max_connections": "100", "wsrep_sst_donor_rejects_queries": "OFF",
}  # fmt: skip
DONOR = {"wsrep_local_state": "2", "wsrep_local_state_comment": "Donor/Desynced"}
NON_PRIMARY = {"wsrep_cluster_status": "non-Primary", "wsrep_local_state": "0", "wsrep_local_state_comment": "Initialized"}


@pytest.mark.parametrize(
    ("differs", "finding", "words"),
    [
        ({}, Finding.FINE, "Primary, Synced, of 3"),
        ({"pxc_maint_mode": "DISABLED"}, Finding.FINE, "Primary, Synced"),
        (DONOR, Finding.FINE, "Donor/Desynced"),
        (DONOR | {"wsrep_desync": "ON"}, Finding.UNFIT, "desynced by hand"),
        (DONOR | {"wsrep_sst_donor_rejects_queries": "ON"}, Finding.UNFIT, "rejects queries meanwhile"),
        (NON_PRIMARY | {"wsrep_cluster_size": "1"}, Finding.DEPENDENCY, "its component is non-Primary, of 1"),
        (NON_PRIMARY | {"wsrep_ready": "OFF"}, Finding.DEPENDENCY, "no restart"),
        ({"wsrep_cluster_status": "Disconnected", "wsrep_local_state": "0"}, Finding.DEPENDENCY, "Disconnected"),
        (
            {"wsrep_local_state": "1", "wsrep_local_state_comment": "Joining: receiving State Transfer"},
            Finding.NOT_YET,
            "joins",
        ),
        (NON_PRIMARY | {"wsrep_local_state_comment": "Joining"}, Finding.NOT_YET, "it joins"),
        ({"wsrep_local_state": "3", "wsrep_local_state_comment": "Joined"}, Finding.NOT_YET, "catches up: Joined"),
        ({"wsrep_local_state": "5", "wsrep_local_state_comment": "Inconsistent"}, Finding.UNFIT, "5 Inconsistent"),
        ({"wsrep_local_state": ""}, Finding.UNFIT, "its state is"),
        ({"wsrep_ready": "OFF"}, Finding.UNFIT, "not ready for SQL"),
        ({"pxc_maint_mode": "MAINTENANCE"}, Finding.UNFIT, "pxc_maint_mode is MAINTENANCE"),
        ({"pxc_maint_mode": "SHUTDOWN"}, Finding.UNFIT, "pxc_maint_mode is SHUTDOWN"),
        ({"wsrep_reject_queries": "ALL"}, Finding.UNFIT, "wsrep_reject_queries is ALL"),
        ({"read_only": "ON"}, Finding.UNFIT, "read-only"),
        ({"read_only": "1"}, Finding.UNFIT, "read-only"),
        ({"threads_connected": "100"}, Finding.DRAINED, "100 of 100 connections"),
        ({"threads_connected": "101"}, Finding.DRAINED, "alive"),
        ({"threads_connected": "x" * 99}, Finding.FINE, "Synced"),
        ({"wsrep_on": "OFF"}, Finding.UNFIT, "no member of a cluster"),
    ],
)
def test_one_thing_differs_from_a_member_that_serves(differs: Mapping[str, str], finding: Finding, words: str) -> None:
    said = judged({**SYNCED, **differs}, Rules())
    assert said.finding is finding
    assert words in said.text
    assert said.about == ("peers" if finding is Finding.DEPENDENCY else "")


def test_figures() -> None:
    assert judged(SYNCED, Rules()).figures == {
        "cluster_size": 3, "flow_control_paused": 0.25, "receive_queue": 7, "connections": 5, "connections_limit": 100,
    }  # fmt: skip


def test_a_donor_may_be_told_not_to_serve() -> None:
    assert judged(SYNCED | DONOR, Rules(donor=False)).finding is Finding.UNFIT


def test_a_reader_may_be_told_to_serve() -> None:
    assert judged(SYNCED | {"read_only": "ON"}, Rules(writable=False)).finding is Finding.FINE


def test_a_single_server() -> None:
    single = {"read_only": "OFF", "max_connections": "100", "threads_connected": "1"}
    assert judged(single, Rules()).finding is Finding.UNFIT
    assert judged(single, Rules(cluster=False)).finding is Finding.FINE
    assert judged(SYNCED | NON_PRIMARY, Rules(cluster=False)).finding is Finding.FINE
    assert judged({}, Rules(cluster=False)).finding is Finding.FINE


def test_what_is_asked_for_is_what_is_used() -> None:
    assert all(name in STATUS or name in VARIABLES for name in NAMES)
    assert SYNCED.keys() | {"pxc_maint_mode"} == NAMES
