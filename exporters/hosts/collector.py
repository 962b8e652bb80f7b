"""The host view: asks no target, joins what the other exporters of this process have seen last."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.metrics_core import Metric as Family

from clients.model import Deadline, UnreachableError
from exporters.frame.view import View
from exporters.hosts import metrics
from exporters.hosts.join import STATES, Host, join
from exporters.hosts.settings import HostsSettings
from exporters.hosts.sources import SOURCES
from exporters.metrics import Samples
from exporters.model import Verdict

_SHOWN = 10
"""Hosts of a state that the verdict of a region names."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All hypervisors, at most as many as wanted. `ages`: (exporter, target) -> seconds."""

    hosts: tuple[Host, ...]
    ages: Mapping[tuple[str, str], float]
    dropped: int = 0


class HostsCollector:
    """An exporter without a target of its own."""

    def __init__(self, settings: HostsSettings, view: View) -> None:
        self.target = settings.name
        self._settings = settings
        self._view = view

    def fetch(self, deadline: Deadline) -> Snapshot:
        """Join what is known now; quick. Raises UnreachableError where no agents exporter has an answer that counts."""
        deadline.left("hosts")
        found = {(exporter, target): seen for exporter in SOURCES for target, seen in self._view.snapshots(exporter).items()}
        ages = {source: seen.age for source, seen in found.items()}
        facts = (
            fact
            for (exporter, _), seen in found.items()
            if seen.age <= self._settings.max_age
            for fact in SOURCES[exporter](seen.snapshot)
        )
        if not any(exporter == "agents" and age <= self._settings.max_age for (exporter, _), age in ages.items()):
            raise UnreachableError(
                "hosts: no agents exporter of this process has an answer to join; configure one, or see why it fails"
            )
        hosts = join(facts)
        limit = self._settings.max_hosts
        return Snapshot(hosts[:limit], ages, max(0, len(hosts) - limit))

    def families(self, snapshot: Snapshot) -> Iterable[Family]:
        """The snapshot as metric families."""
        return _samples(snapshot)

    def verdicts(self, snapshot: Snapshot) -> Iterator[Verdict]:
        """One for each hypervisor that is not healthy, and one for all of them."""
        for host in snapshot.hosts:
            if host.state != "healthy":
                yield _verdict(host)
        yield _all(snapshot)

    def close(self) -> None:
        """Nothing is held."""


def _samples(snapshot: Snapshot) -> Samples:
    samples = Samples()
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for host in snapshot.hosts:
        cloud, region, name = host.key
        counts.setdefault((cloud, region), dict.fromkeys(STATES, 0))[host.state] += 1
        labels = cloud, region, name, host.zone
        samples.state(metrics.STATE, host.state, *labels)
        for word in dict.fromkeys(fact.word for fact in host.reasons):
            samples.add(metrics.REASON, 1, *labels, word)
    for (cloud, region), by_state in counts.items():
        for state, number in by_state.items():
            samples.add(metrics.HOSTS, number, cloud, region, state)
    samples.add(metrics.DROPPED, snapshot.dropped)
    for (exporter, target), age in snapshot.ages.items():
        samples.add(metrics.SOURCE_AGE, age, exporter, target)
    return samples


def _verdict(host: Host) -> Verdict:
    cloud, region, name = host.key
    return Verdict(
        f"host {name} in {region}, cloud {cloud}",
        host.state,
        healthy=False,
        reasons=tuple(dict.fromkeys(fact.says for fact in host.reasons)),
        evidence={fact.where: fact.value for fact in host.reasons if fact.where},
    )


def _all(snapshot: Snapshot) -> Verdict:
    """Drained hosts are somebody's intention: they do not make the whole less healthy."""
    ill = [host for host in snapshot.hosts if host.state not in {"healthy", "drained"}]
    reasons = []
    for state in STATES:
        if named := [host.key.host for host in ill if host.state == state]:
            more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
            reasons.append(f"{len(named)} {state}: {', '.join(named[:_SHOWN])}{more}")
    if not snapshot.hosts:
        return Verdict("all hypervisors", "unknown", healthy=False, reasons=("no nova-compute is listed",))
    return Verdict("all hypervisors", "degraded" if ill else "healthy", not ill, tuple(reasons))
