"""When a Galera cluster can do without one of its nodes."""

from typing import Any

import pytest

from probes.drain.galera_guard import Member, Standing, guard


def standing(identity: str = "own", size: int = 3, **more: Any) -> Standing:
    told = {
        "wsrep_gcomm_uuid": identity,
        "wsrep_cluster_status": "Primary",
        "wsrep_local_state": "4",
        "wsrep_local_state_comment": "Synced",
        "wsrep_ready": "ON",
        "wsrep_cluster_size": str(size),
        "wsrep_incoming_addresses": "10.0.0.1:3306,10.0.0.2:3306,10.0.0.3:3306",
        **more,
    }
    return Standing.of({name.removeprefix("wsrep_"): value for name, value in told.items()})


def other(number: int, **more: Any) -> Member:
    return Member(f"10.0.0.{number}:3306", standing(f"node {number}", **more))


SYNCED = [other(2), other(3)]
DONOR: dict[str, Any] = {"wsrep_local_state": "2", "wsrep_local_state_comment": "Donor/Desynced"}
JOINER = {"wsrep_local_state": "1", "wsrep_local_state_comment": "Joining", "wsrep_ready": "OFF"}
SILENT = Member("10.0.0.3:3306", None, "no answer")


@pytest.mark.parametrize(
    ("own", "others", "size", "may", "why"),
    [
        (standing(), SYNCED, 3, True, "may leave: 2 of 3 members stay"),
        (standing(), SYNCED, None, True, "may leave: 2 of 3 members stay"),
        (standing(size=2), [other(2)], 3, False, "1 of 3 members would stay, and 2 are a majority"),
        (standing(), SYNCED, 5, False, "2 of 5 members would stay, and 3 are a majority"),
        (standing(size=5), [other(2), other(3), other(4), other(5)], 5, True, "4 of 5"),
        (standing(size=4), [other(2), other(3), other(4)], 5, True, "3 of 5"),
        (standing(size=3), SYNCED, 5, False, "2 of 5"),
        (standing(), [other(2), other(3, **DONOR)], 3, False, "10.0.0.3:3306 is Donor/Desynced, not Synced"),
        (standing(), [other(2), other(3, **JOINER)], 3, False, "10.0.0.3:3306 is Joining, not Synced"),
        (standing(), [other(2), other(3, wsrep_ready="OFF")], 3, False, "not Synced"),
        (standing(), [other(2), other(3, wsrep_cluster_status="non-Primary")], 3, False, "not Synced"),
        (standing(), [other(2), SILENT], 3, False, "10.0.0.3:3306 cannot be asked (no answer)"),
        (standing(), [], 3, False, "name them under `peers`"),
        (standing(), [other(2)], 3, True, "2 of 3"),  # the third is an arbitrator, which has no address
        (standing(size=2), [other(2)], 2, True, "1 of 2"),
        (standing(size=2), [other(2, **DONOR)], 2, False, "not Synced"),
        (standing(size=1), [], 1, True, "is alone"),
        (standing(size=1), [], None, True, "is alone"),
        (standing(size=1), [], 3, False, "0 of 3"),
        (standing(wsrep_cluster_status="non-Primary"), [SILENT], 3, True, "is in no Primary component"),
        (standing(**DONOR), SYNCED, 3, True, "2 of 3"),
    ],
)
def test_a_node_may_leave_where_the_others_are_a_majority_and_synced(
    own: Standing, others: list[Member], size: int | None, may: bool, why: str
) -> None:
    progress = guard(own, others, size)
    assert progress.done == may
    assert why in progress.text


def test_a_node_knows_itself_among_the_members() -> None:
    assert Member("10.0.0.1:3306", standing()).same(standing())
    assert not other(2).same(standing())
    assert not SILENT.same(standing())
    assert not Member("x", standing("")).same(standing("")), "two that do not tell who they are may be two"


def test_members_without_an_address_are_not_asked() -> None:
    told = standing(wsrep_incoming_addresses="10.0.0.1:3306,,AUTO,10.0.0.3:0")
    assert told.addresses == ("10.0.0.1:3306",)


def test_what_a_node_does_not_tell_is_taken_as_bad() -> None:
    nothing = Standing.of({})
    assert (nothing.primary, nothing.synced, nothing.size, nothing.addresses) == (False, False, 0, ())
