"""What a snapshot means: one word for the cluster, and the reasons. Pure.

The gravest state of all reasons is the cluster's. Each reason is a row of REASONS with the state that it leads to; a rule adds
it with the evidence, named as a person would look it up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporters.model import Verdict
from exporters.rabbitmq.settings import RabbitmqThresholds
from exporters.rabbitmq.snapshot import ClusterSnapshot, Member

STATES = ("healthy", "degraded", "quorum_at_risk", "blocked", "partitioned", "down")
"""From good to bad."""

REASONS = {
    "no_member_answers": "down",
    "partition": "partitioned",
    "members_disagree": "partitioned",
    "memory_alarm": "blocked",
    "disk_alarm": "blocked",
    "other_alarm": "blocked",
    "connections_blocked": "blocked",
    "quorum_critical": "quorum_at_risk",
    "majority_lost": "quorum_at_risk",
    "member_down": "degraded",
    "member_unreachable": "degraded",
    "queues_down": "degraded",
    "topic_unserved": "degraded",
    "queue_stuck": "degraded",
    "backlog": "degraded",
    "notifications_unread": "degraded",
    "orphans": "degraded",
    "casts_dropped": "degraded",
    "replies_undeliverable": "degraded",
    "memory_near_limit": "degraded",
    "disk_near_limit": "degraded",
    "unseen": "degraded",
}
"""Reason -> the state of the cluster that it leads to."""

_ALARMS = {"memory": "memory_alarm", "disk": "disk_alarm"}
_METRICS = "/metrics/detailed"


@dataclass(slots=True)
class _Findings:
    reasons: list[str] = field(default_factory=list)
    evidence: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, where: str, what: str) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)
        told = self.evidence.get(where)
        self.evidence[where] = what if told is None else f"{told}; {what}"


def verdict(snapshot: ClusterSnapshot, thresholds: RabbitmqThresholds) -> Verdict:
    """The state of the cluster, its reasons (the gravest first) and their evidence."""
    found = _Findings()
    if not snapshot.reachable:
        found.add("no_member_answers", "all members", f"none of {len(snapshot.members)} answers")
    _members(snapshot, found)
    _partitions(snapshot, found)
    _alarms(snapshot, found)
    _quorum(snapshot, found)
    _queues(snapshot, thresholds, found)
    _rates(snapshot, thresholds, found)
    _near_limits(snapshot, thresholds, found)
    reasons = tuple(sorted(found.reasons, key=lambda reason: -STATES.index(REASONS[reason])))
    state = REASONS[reasons[0]] if reasons else "healthy"
    return Verdict(f"rabbitmq {snapshot.cluster}", state, not reasons, reasons, found.evidence)


def _members(snapshot: ClusterSnapshot, found: _Findings) -> None:
    known = snapshot.known
    for member in snapshot.members:
        for source, failure in member.failures.items():
            where = f"{member.name} {source}"
            if member.answers:
                found.add("unseen", where, failure.text)
            elif known.get(member.name) is False:
                found.add("member_down", where, failure.text)
            else:
                found.add("member_unreachable", where, failure.text)
    asked = {member.name for member in snapshot.members}
    for name, running in known.items():
        if running is False and name not in asked:
            found.add("member_down", "/api/nodes", f"{name} does not run")
    for listing, failure in snapshot.slow.failures.items():
        found.add("unseen", f"slow lane, {listing}", failure.text)


def _partitions(snapshot: ClusterSnapshot, found: _Findings) -> None:
    answering = {member.name for member in snapshot.members if member.figures is not None}
    for member in snapshot.members:
        for peer in member.peers or ():
            if peer.partitions:
                found.add("partition", "/api/nodes partitions", f"{peer.name} was cut off from {', '.join(peer.partitions)}")
            if member.name in answering and peer.name in answering and not peer.running:
                found.add("members_disagree", "/api/nodes running", f"{member.name} does not see {peer.name}, which runs")


def _alarms(snapshot: ClusterSnapshot, found: _Findings) -> None:
    for alarm in sorted(snapshot.alarms):
        found.add(
            _ALARMS.get(alarm.resource, "other_alarm"), "/api/health/checks/alarms", f"{alarm.resource} of {alarm.member}"
        )
    listing = snapshot.slow.connections
    blocked = {} if listing is None else listing.blocked()
    if blocked:
        told = ", ".join(f"{count} of {client}" for client, count in sorted(blocked.items(), key=lambda item: -item[1])[:10])
        found.add("connections_blocked", "/api/connections state", f"blocked or blocking: {told}")


def _quorum(snapshot: ClusterSnapshot, found: _Findings) -> None:
    for member in snapshot.members:
        if member.critical is not None and member.critical.count:
            some = ", ".join(member.critical.some[:3])
            told = f"{member.critical.count} queues need {member.name}: {some}"
            found.add("quorum_critical", "/api/health/checks/node-is-quorum-critical", told)
    known = snapshot.known
    lost = sum(running is False for running in known.values())
    if lost and 2 * lost >= len(known):
        found.add("majority_lost", "/api/nodes", f"{lost} of {len(known)} members do not run")


def _queues(snapshot: ClusterSnapshot, thresholds: RabbitmqThresholds, found: _Findings) -> None:
    view = snapshot.view
    if view.unserved:
        found.add("topic_unserved", f"{_METRICS} queue_consumers", f"no consumers: {', '.join(view.unserved)}")
    if view.stuck:
        found.add("queue_stuck", f"{_METRICS} queue_messages_ready", f"not read: {', '.join(view.stuck)}")
    for key, counts in view.topics.items():
        if key.kind in {"rpc_topic", "rpc_server", "resource_push"} and counts.ready > thresholds.backlog:
            found.add("backlog", f"{_METRICS} topic {key.topic}", f"{counts.ready} messages ready in {key.vhost} ({key.kind})")
    for (vhost, kind), counts in view.classes.items():
        if kind == "notification" and counts.ready > thresholds.unread_notifications:
            found.add("notifications_unread", f"{_METRICS} notifications in {vhost}", f"{counts.ready} messages ready")
    orphans = sum(counts.orphans for counts in view.classes.values())
    if orphans > thresholds.orphans:
        found.add("orphans", f"{_METRICS} fanout and reply queues", f"{orphans} without consumers")
    down = 0 if snapshot.slow.queues is None else sum(snapshot.slow.queues.down.values())
    if down:
        found.add("queues_down", "/api/queues state", f"{down} queues are down")


def _rates(snapshot: ClusterSnapshot, thresholds: RabbitmqThresholds, found: _Findings) -> None:
    rates = (
        ("casts_dropped", "dropped", snapshot.dropped_rate, thresholds.dropped_per_second),
        ("replies_undeliverable", "returned", snapshot.returned_rate, thresholds.undeliverable_per_second),
    )
    for reason, counter, rate, limit in rates:
        if rate is not None and rate > limit:
            where = f"/metrics rabbitmq_global_messages_unroutable_{counter}_total"
            found.add(reason, where, f"{rate:.3g} per second over the last {thresholds.window:g} s")


def _near_limits(snapshot: ClusterSnapshot, thresholds: RabbitmqThresholds, found: _Findings) -> None:
    alarmed = {(alarm.member, alarm.resource) for alarm in snapshot.alarms}
    for member in snapshot.members:
        values = _values(member)
        memory, disk = values.get("memory_limit"), values.get("disk_limit")
        if memory and values.get("memory", 0) > thresholds.memory * memory and (member.name, "memory") not in alarmed:
            told = f"{values['memory'] / memory:.0%} of the limit of {memory:.0f} bytes"
            found.add("memory_near_limit", f"{member.name} /metrics process_resident_memory_bytes", told)
        if (
            disk
            and values.get("disk", disk * thresholds.disk) < thresholds.disk * disk
            and (member.name, "disk") not in alarmed
        ):
            told = f"{values['disk']:.0f} bytes free, the limit is {disk:.0f}"
            found.add("disk_near_limit", f"{member.name} /metrics disk_space_available_bytes", told)


def _values(member: Member) -> Mapping[str, float]:
    return {} if member.figures is None else member.figures.values
