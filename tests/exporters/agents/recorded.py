"""Recorded answers as snapshots, without a server, and samples as something to compare."""

import email.utils
import json
from typing import Any

from exporters.agents.apis import APIS
from exporters.agents.digest import digest
from exporters.agents.memory import Memory
from exporters.agents.model import Agent, Answer, Snapshot
from exporters.agents.render import families
from exporters.agents.verdict import verdicts
from exporters.model import Verdict
from tests.servers.openstack_api import DATA

DAY = 86400.0
_BY_NAME = {api.component: api for api in APIS}


def answers(state: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{state}.json").read_text())
    return found


def answer(state: str, component: str, *before: str) -> Answer:
    """What a component answered in this state of the cloud, after it had answered in those before."""
    memory = Memory(3600, 1000)
    for earlier in (*before, state):
        recorded = answers(earlier)[component]
        api = _BY_NAME[component]
        now = email.utils.parsedate_to_datetime(recorded["date"]).timestamp()
        found = digest(api, api.rows(recorded["body"]), now, stale_after=DAY, limit=1000)
        agents, vanished = memory.recall(found.agents, now)
    return Answer(
        "RegionOne",
        component,
        "ok",
        at=f"http://cloud.example{recorded['path']}",
        version="",
        agents=agents,
        vanished=vanished,
        counts=found.counts,
        duplicates=found.duplicates,
        leftovers=found.leftovers,
        dropped=found.dropped,
    )


def snapshot(state: str, *before: str) -> Snapshot:
    return Snapshot("mini", tuple(answer(state, component, *before) for component in answers(state)))


def agents(state: str, component: str, *before: str) -> dict[str, Agent]:
    """`binary on host` -> the agent."""
    return {f"{agent.binary} on {agent.host}": agent for agent in answer(state, component, *before).agents}


def samples(snapshot: Snapshot) -> dict[tuple[str, ...], float]:
    """(name, label values without cloud and region, sorted by label) -> value."""
    return {
        (sample.name, *(value for key, value in sorted(sample.labels.items()) if key not in {"cloud", "region"})): sample.value
        for family in families(snapshot)
        for sample in family.samples
    }


def verdict(snapshot: Snapshot, component: str) -> Verdict:
    return next(found for found in verdicts(snapshot) if found.subject.startswith(f"{component} "))
