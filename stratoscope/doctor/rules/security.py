"""Pod Security that refuses what we need: the agent and the exporter of Open vSwitch mount folders of the node."""

from collections.abc import Iterator

from stratoscope.doctor.inventory import Seen
from stratoscope.doctor.ourselves import homes
from stratoscope.doctor.rules.view import Told, View, error, warning
from stratoscope.doctor.workloads import labels_of, name_of
from stratoscope.inject import names
from stratoscope.inject.model import Decision
from stratoscope.inject.needs import NEEDS

_ENFORCED = "pod-security.kubernetes.io/enforce"


def security(view: View) -> Iterator[Told]:
    """By the labels of namespaces."""
    own = set(homes(view.cluster.all("mutatingwebhookconfigurations")))
    for one in view.cluster.all("namespaces"):
        level = labels_of(one).get(_ENFORCED)
        if level not in ("baseline", "restricted"):
            continue
        if name_of(one) in own:
            yield error(
                f"Pod Security `{level}` refuses the agent, which mounts the node's /var/log/pods",
                f"namespace {name_of(one)}",
                f"kubectl label --overwrite namespace {name_of(one)} {_ENFORCED}=privileged, or set agent.enabled to false",
            )
        yield from _as_root(view, name_of(one), str(level))


def _as_root(view: View, namespace: str, level: str) -> Iterator[Told]:
    """`baseline` lets a root container in; `restricted` does not."""
    if level != "restricted":
        return
    rooted = sorted({one.workload.place for one in view.pods if one.workload.namespace == namespace and _rooted(one)})
    for place in rooted:
        yield warning(
            "its sidecar runs as root, as the sockets that it asks are for root alone; Pod Security `restricted` refuses that",
            place,
            f'annotate it with {names.PROBES}: "none", or lower Pod Security of the namespace to baseline',
        )


def _rooted(one: Seen) -> bool:
    return (
        one.opted_in
        and isinstance(one.outcome, Decision)
        and any(NEEDS[service.profile].user == "root" for service in one.outcome.services)
    )
