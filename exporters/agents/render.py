"""A snapshot as metric families. Pure."""

from collections import Counter
from collections.abc import Iterable

from exporters.agents import metrics
from exporters.agents.model import Agent, Answer, Snapshot
from exporters.agents.verdict import CLOCK_TOLERANCE, Judgement, cloud_state, judge
from exporters.metrics import Samples


def families(snapshot: Snapshot) -> Samples:
    """All series of a cloud. Of a service that is not in the catalog only that it is absent."""
    samples = Samples()
    judgements = []
    for answer in snapshot.answers:
        labels = snapshot.cloud, answer.region, answer.component
        samples.state(metrics.API_ENDPOINT, "absent" if answer.outcome == "absent" else "present", *labels)
        if (judgement := judge(answer)) is None:
            continue
        judgements.append(judgement)
        _api(samples, answer, labels)
        _verdict(samples, judgement, labels)
        if answer.told:
            _agents(samples, answer, labels)
            _lists(samples, answer, labels)
    samples.add(metrics.TOKEN_EXPIRY, snapshot.token_expires, snapshot.cloud)
    samples.state(metrics.CLOUD_VERDICT, cloud_state(judgements), snapshot.cloud)
    return samples


def _api(samples: Samples, answer: Answer, labels: tuple[str, str, str]) -> None:
    samples.add(metrics.API_SUCCESS, float(answer.outcome == "ok"), *labels)
    samples.state(metrics.API_RESULT, answer.outcome, *labels)
    samples.add(metrics.API_DURATION, answer.seconds, *labels)
    samples.add(metrics.API_REQUESTS, answer.requests, *labels)
    samples.add(metrics.API_BYTES, answer.received, *labels)
    samples.add(metrics.API_CLOCK, answer.clock_offset, *labels)
    samples.info(metrics.API_INFO, {"microversion": answer.version, "url": answer.at}, *labels)
    if answer.told:
        samples.add(metrics.API_AGE, answer.age, *labels)


def _verdict(samples: Samples, judgement: Judgement, labels: tuple[str, str, str]) -> None:
    samples.state(metrics.COMPONENT_VERDICT, judgement.state, *labels)
    samples.states(metrics.COMPONENT_REASON, judgement.reasons, *labels)


def _agents(samples: Samples, answer: Answer, labels: tuple[str, str, str]) -> None:
    add = samples.add
    for agent in answer.agents:
        who = (*labels, agent.binary, agent.host, agent.zone)
        if agent.up is None:
            add(metrics.CELL_DOWN, 1, *who)
            continue
        add(metrics.UP, float(agent.up), *who)
        add(metrics.ENABLED, float(bool(agent.enabled)), *who)
        add(metrics.HEARTBEAT_AGE, agent.age, *who)
        add(metrics.STARTED, agent.started, *who)
        add(metrics.FORCED_DOWN, None if agent.forced_down is None else float(agent.forced_down), *who)
        if agent.stale:
            add(metrics.STALE, 1, *who)
        if agent.disabled != "none":
            samples.state(metrics.DISABLED, agent.disabled, *who)
            samples.info(metrics.DISABLED_REASON, {"reason": agent.reason}, *who)
    for gone in answer.vanished:
        add(metrics.VANISHED_SINCE, gone.seen, *labels, gone.binary, gone.host, gone.zone)


def _lists(samples: Samples, answer: Answer, labels: tuple[str, str, str]) -> None:
    for group, number in _counted(answer.agents).items():
        samples.add(metrics.AGENTS, number, *labels, *group)
    for statistic, age in _statistics(answer.agents).items():
        samples.add(metrics.AGE_STATISTIC, age, *labels, statistic)
    for binary, number in Counter(gone.binary for gone in answer.vanished).items():
        samples.add(metrics.VANISHED, number, *labels, binary)
    for status, number in answer.counts:
        samples.add(metrics.AMPHORAE, number, *labels[:2], status)
    if answer.component == "nova":
        hidden = {agent.host for agent in answer.agents if agent.up is None}
        samples.add(metrics.CELL_DOWN_HOSTS, len(hidden), *labels[:2])
    ahead = sum(agent.age is not None and agent.age < -CLOCK_TOLERANCE for agent in answer.agents)
    samples.add(metrics.CLOCK_AHEAD, ahead, *labels)
    samples.add(metrics.DUPLICATES, answer.duplicates, *labels)
    samples.add(metrics.LEFTOVERS, answer.leftovers, *labels)
    samples.add(metrics.DROPPED, answer.dropped, *labels)


def _counted(agents: Iterable[Agent]) -> dict[tuple[str, str, str, str], int]:
    """(binary, zone, state, admin) -> how many. Up and down, enabled are told also where there is none: sums need them."""
    counted = Counter((agent.binary, agent.zone, agent.state, agent.admin) for agent in agents)
    for binary, zone in {(agent.binary, agent.zone) for agent in agents}:
        for state in ("up", "down"):
            counted.setdefault((binary, zone, state, "enabled"), 0)
    return dict(counted)


def _statistics(agents: Iterable[Agent]) -> dict[str, float]:
    """Of those that are up and send heartbeats by themselves. Nearest rank: each figure is the age of an agent."""
    ages = sorted(agent.age for agent in agents if agent.up and not agent.polled and agent.age is not None)
    if not ages:
        return {}
    return {"median": ages[(len(ages) - 1) // 2], "p90": ages[(len(ages) * 9 - 1) // 10], "max": ages[-1]}
