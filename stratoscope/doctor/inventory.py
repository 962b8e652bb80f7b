"""What runs: every pod by what the injector would decide on it, with our own sidecars taken out first."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stratoscope.doctor.model import Cluster, Object
from stratoscope.doctor.workloads import Workload, labels_of, name_of, namespace_of, ours, owner_of, workload_of
from stratoscope.inject import names
from stratoscope.inject.model import Decision, Refusal, Subject
from stratoscope.inject.reading import listed, mapping, text

Decide = Callable[[Subject], Decision | Refusal]
OPTED_IN = "enabled"


@dataclass(frozen=True, slots=True)
class Seen:
    """A pod. `sidecars`: ours in it. `outcome`: what is decided on it as it would be without them."""

    pod: Object
    workload: Workload
    sidecars: tuple[Object, ...]
    outcome: Decision | Refusal
    opted_in: bool


@dataclass(frozen=True, slots=True, order=True)
class ServiceCount:
    """A service that runs, by its profile: pods, and how many of them have a sidecar."""

    namespace: str
    profile: str
    workload: str
    pods: int
    injected: int


def seen(cluster: Cluster, decide: Decide) -> tuple[Seen, ...]:
    """All pods that run or are about to, but our own."""
    opted = opted_in(cluster)
    return tuple(_seen(pod, decide, opted) for pod in cluster.all("pods") if _lives(pod) and not ours(pod))


def opted_in(cluster: Cluster) -> frozenset[str]:
    """Namespaces in which something is to be injected."""
    found = (one for one in cluster.all("namespaces") if labels_of(one).get(names.INJECT) == OPTED_IN)
    return frozenset(map(name_of, found))


def services(pods: Iterable[Seen]) -> Iterator[ServiceCount]:
    """What runs here, ordered."""
    counted: dict[tuple[str, str, str], list[int]] = {}
    for one in pods:
        if isinstance(one.outcome, Decision):
            for service in one.outcome.services:
                count = counted.setdefault((one.workload.namespace, service.profile, one.workload.shown), [0, 0])
                count[0] += 1
                count[1] += any(text(sidecar, "name") == names.PROBE_CONTAINER for sidecar in one.sidecars)
    for place, (pods_, injected) in sorted(counted.items()):
        yield ServiceCount(*place, pods_, injected)


def _lives(pod: Object) -> bool:
    ended = mapping(pod, "status").get("phase") in ("Succeeded", "Failed")
    return not ended and "deletionTimestamp" not in mapping(pod, "metadata")


def _seen(pod: Object, decide: Decide, opted: frozenset[str]) -> Seen:
    spec = mapping(pod, "spec")
    sidecars, rest = [], {}
    for key in ("initContainers", "containers"):
        found = listed(spec, key)
        sidecars += [one for one in found if text(one, "name") in names.OWN]
        rest[key] = [one for one in found if text(one, "name") not in names.OWN]
    rest["volumes"] = [one for one in listed(spec, "volumes") if text(one, "name") not in names.VOLUMES]
    plain = {**pod, "spec": {**spec, **rest}}
    namespace = namespace_of(pod)
    outcome = decide(Subject(plain, namespace, owner_of(pod)))
    return Seen(pod, workload_of(pod), tuple(sidecars), outcome, namespace in opted)
