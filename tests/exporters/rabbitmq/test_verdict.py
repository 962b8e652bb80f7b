"""One word for a cluster, and why: each reason from the least that gives it."""

from dataclasses import replace

import pytest

from exporters.rabbitmq.management import Alarm, Peer, QuorumCritical
from exporters.rabbitmq.scrape import NodeFigures
from exporters.rabbitmq.settings import RabbitmqThresholds
from exporters.rabbitmq.snapshot import ClusterSnapshot, ConnectionListing, Failure, Member, QueueListing, SlowLane
from exporters.rabbitmq.verdict import REASONS, STATES, verdict
from exporters.rabbitmq.view import ClassKey, Counts, OsloView, TopicKey

NAMES = ("rabbit@a", "rabbit@b", "rabbit@c")
SILENT = {source: Failure("timeout", "no answer") for source in ("metrics", "queues", "management")}


def peers(**state: bool) -> tuple[Peer, ...]:
    return tuple(Peer(name, state.get(name[-1], True)) for name in NAMES)


def member(name: str, **values: float) -> Member:
    return Member(
        name, f"{name[-1]}:15692", {}, NodeFigures(name, "main", "3.10.8", "25", values), peers(), (), QuorumCritical(0)
    )


HEALTHY = ClusterSnapshot("main", tuple(member(name) for name in NAMES), OsloView())


def with_member(number: int, **changed: object) -> ClusterSnapshot:
    members = list(HEALTHY.members)
    members[number] = replace(members[number], **changed)  # type: ignore[arg-type]
    return replace(HEALTHY, members=tuple(members))


def with_view(**changed: object) -> ClusterSnapshot:
    return replace(HEALTHY, view=OsloView(**changed))  # type: ignore[arg-type]


def with_figures(**values: float) -> ClusterSnapshot:
    return with_member(0, figures=member(NAMES[0], **values).figures)


def dead(*letters: str, seen: bool = True) -> ClusterSnapshot:
    """Some members are silent; the others see that, or cannot say."""
    states = dict.fromkeys(letters, False)
    members = []
    for one in HEALTHY.members:
        if one.name[-1] in letters:
            members.append(Member(one.name, one.address, SILENT))
        else:
            members.append(replace(one, peers=peers(**states) if seen else None))
    return replace(HEALTHY, members=tuple(members))


CASES: dict[str, tuple[ClusterSnapshot, set[str]]] = {
    "all is well": (HEALTHY, set()),
    "nobody answers": (dead("a", "b", "c"), {"no_member_answers", "member_unreachable"}),
    "a member is down": (dead("c"), {"member_down"}),
    "a member is silent and nobody can say more": (dead("c", seen=False), {"member_unreachable"}),
    "a member is silent to us but runs": (
        replace(dead("c"), members=tuple(replace(one, peers=one.peers and peers()) for one in dead("c").members)),
        {"member_unreachable"},
    ),
    "two of three are down": (dead("b", "c"), {"member_down", "majority_lost"}),
    "a member that we do not ask is down": (
        replace(HEALTHY, members=tuple(replace(one, peers=peers(c=False)) for one in HEALTHY.members[:2])),
        {"member_down"},
    ),
    "Mnesia was split": (
        with_member(0, peers=(Peer(NAMES[0], running=True, partitions=(NAMES[2],)), *peers()[1:])),
        {"partition"},
    ),
    "two that run do not see each other": (with_member(0, peers=peers(c=False)), {"members_disagree"}),
    "memory is used up": (with_member(1, alarms=(Alarm(NAMES[0], "memory"),)), {"memory_alarm"}),
    "the disk is full": (with_member(1, alarms=(Alarm(NAMES[0], "disk"),)), {"disk_alarm"}),
    "something else is used up": (with_member(1, alarms=(Alarm(NAMES[0], "other"),)), {"other_alarm"}),
    "the plugin tells of an alarm": (with_figures(alarm_memory=1), {"memory_alarm"}),
    "connections are blocked": (
        replace(HEALTHY, slow=SlowLane(connections=ConnectionListing(connections={("nova-compute", "blocking"): 3}))),
        {"connections_blocked"},
    ),
    "queues need a member": (with_member(0, critical=QuorumCritical(2, ("q1", "q2"))), {"quorum_critical"}),
    "queues are down": (replace(HEALTHY, slow=SlowLane(queues=QueueListing(down={"rpc_topic": 1}))), {"queues_down"}),
    "a topic has no server": (with_view(unserved=("/:compute",)), {"topic_unserved"}),
    "a queue is stuck": (with_view(stuck=("/:compute.cmp1 (1 ready)",)), {"queue_stuck"}),
    "messages pile up": (with_view(topics={TopicKey("/", "rpc_topic", "compute"): Counts(ready=1001)}), {"backlog"}),
    "messages pile up just not": (with_view(topics={TopicKey("/", "rpc_topic", "compute"): Counts(ready=1000)}), set()),
    "notifications pile up": (
        with_view(classes={ClassKey("/", "notification"): Counts(ready=10_001)}),
        {"notifications_unread"},
    ),
    "a queue of somebody else piles up": (with_view(classes={ClassKey("/", "other"): Counts(ready=10_001)}), set()),
    "many orphans": (
        with_view(classes={ClassKey("/", "fanout"): Counts(orphans=150), ClassKey("/", "reply"): Counts(orphans=51)}),
        {"orphans"},
    ),
    "casts are dropped": (replace(HEALTHY, dropped_rate=0.6), {"casts_dropped"}),
    "few casts are dropped": (replace(HEALTHY, dropped_rate=0.5, returned_rate=5.0), set()),
    "replies come back": (replace(HEALTHY, returned_rate=6.0), {"replies_undeliverable"}),
    "memory will be used up": (with_figures(memory=91, memory_limit=100), {"memory_near_limit"}),
    "there is memory": (with_figures(memory=89, memory_limit=100), set()),
    "in an alarm, it is no longer near": (
        with_figures(memory=101, memory_limit=100, alarm_memory=1),
        {"memory_alarm"},
    ),
    "the disk will be full": (with_figures(disk=149, disk_limit=100), {"disk_near_limit"}),
    "a source says nothing": (with_member(0, failures={"management": Failure("refused", "401")}), {"unseen"}),
    "the slow lane fails": (replace(HEALTHY, slow=SlowLane(failures={"queues": Failure("malformed", "no page")})), {"unseen"}),
}


@pytest.mark.parametrize("name", CASES)
def test_reasons(name: str) -> None:
    snapshot, reasons = CASES[name]
    found = verdict(snapshot, RabbitmqThresholds())
    assert set(found.reasons) == reasons
    assert found.state == max((REASONS[reason] for reason in reasons), key=STATES.index, default="healthy")
    assert found.healthy == (not reasons) == (not found.evidence)


def test_every_reason_has_a_case() -> None:
    assert set(REASONS) == {reason for _, reasons in CASES.values() for reason in reasons}
    assert set(REASONS.values()) == {state for state in STATES if state != "healthy"}


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ([], "degraded"),
        (["critical"], "quorum_at_risk"),
        (["critical", "alarms"], "blocked"),
        (["critical", "alarms", "peers"], "partitioned"),
    ],
)
def test_the_gravest_counts_and_stands_first(changed: list[str], state: str) -> None:
    ill = {"critical": QuorumCritical(1, ("q",)), "alarms": (Alarm(NAMES[0], "memory"),), "peers": peers(c=False)}
    first = replace(HEALTHY.members[0], **{name: ill[name] for name in changed})  # type: ignore[arg-type]
    unserved = with_view(unserved=("/:compute",))
    found = verdict(replace(unserved, members=(first, *unserved.members[1:])), RabbitmqThresholds())
    assert found.state == state
    assert REASONS[found.reasons[0]] == state
    assert found.reasons[-1] == "topic_unserved"
