"""Which pods should have a sidecar and do not, and why; which have one that does not work."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from stratoscope.doctor.inventory import Seen
from stratoscope.doctor.model import Object
from stratoscope.doctor.ourselves import hooks_of, known_image
from stratoscope.doctor.rules.view import Told, View, counted, error, note, some, warning
from stratoscope.doctor.workloads import Workload, name_of
from stratoscope.inject import names
from stratoscope.inject.model import Decision, Refusal, Why
from stratoscope.inject.reading import listed, mapping, text

_MENDABLE = {Why.UNCLEAR, Why.UNSEEN, Why.PORT_TAKEN, Why.OPERATED}
"""Refusals that a person can do something about, workload by workload."""
_RESTARTS = 5
"""Of a sidecar: more than a node's reboot and an upgrade of the image."""


def missing(view: View) -> Iterator[Told]:
    """Pods that came out without."""
    injecting = view.cluster.all("mutatingadmissionpolicies") + tuple(
        one.configuration for one in hooks_of(view.cluster.all("mutatingwebhookconfigurations"))
    )
    since = min((text(mapping(one, "metadata"), "creationTimestamp") for one in injecting), default="")
    for workload, pods in _by_workload(one for one in view.pods if one.opted_in and _lacks(one)):
        old = [one for one in pods if _created(one) < since]
        age = "older than what injects" if len(old) == len(pods) else "made while nothing was injected"
        yield (warning if since else note)(
            f"{counted(len(pods), 'pod')} without the sidecar that should be there: {age}",
            workload.place,
            workload.renewed if since else f"once something injects: {workload.renewed}",
        )


def declined(view: View) -> Iterator[Told]:
    """Pods of namespaces that are opted in, in which nothing is put for a reason that can be mended."""
    unknown: dict[str, set[str]] = defaultdict(set)
    for workload, pods in _by_workload(one for one in view.pods if one.opted_in and isinstance(one.outcome, Refusal)):
        outcome = next(one.outcome for one in pods if isinstance(one.outcome, Refusal))
        if outcome.why in _MENDABLE:
            what, _, do = outcome.told.rpartition("; ")
            yield warning(f"nothing is put in: {what or outcome.told}", workload.place, do if what else "see docs/injection.md")
        elif outcome.why is Why.UNKNOWN:
            unknown[workload.namespace].add(workload.shown)
    for namespace, workloads in sorted(unknown.items()):
        yield note(
            f"no profile fits {counted(len(workloads), 'workload')}: {some(workloads)}",
            f"namespace {namespace}",
            f"nothing, unless one is a service that should be looked at; then annotate it with {names.PROFILE}",
        )


def broken(view: View) -> Iterator[Told]:
    """Sidecars that are there, and are no sidecars or do not run."""
    for workload, pods in _by_workload(one for one in view.pods if one.sidecars):
        yield from _stripped(view, workload, pods)
        yield from _not_running(workload, pods)
        yield from _other_image(view, workload, pods)


def _stripped(view: View, workload: Workload, pods: list[Seen]) -> Iterator[Told]:
    ended = [
        one
        for one in pods
        for sidecar in listed(mapping(one.pod, "spec"), "initContainers")
        if text(sidecar, "name") in names.OWN and sidecar.get("restartPolicy") != "Always"
    ]
    if ended:
        configurations = view.cluster.all("mutatingwebhookconfigurations")
        own = {name_of(one.configuration) for one in hooks_of(configurations)}
        others = [name_of(one) for one in configurations if name_of(one) not in own and _of_pods(one)]
        who = f"one of {some(others)}" if others else "another webhook"
        yield error(
            "the sidecar has lost its restartPolicy Always, so the pod waits for it to end and never starts",
            workload.place,
            f"upgrade {who}, built with old types of Kubernetes, which drops what it does not know; then {workload.renewed}",
        )


def _of_pods(configuration: Object) -> bool:
    rules = (rule for webhook in listed(configuration, "webhooks") for rule in listed(webhook, "rules"))
    return any({"pods", "*", "*/*"} & {*(rule.get("resources") or ())} for rule in rules)


def _not_running(workload: Workload, pods: list[Seen]) -> Iterator[Told]:
    reasons: dict[str, int] = defaultdict(int)
    for one in pods:
        status = mapping(one.pod, "status")
        for found in (*listed(status, "initContainerStatuses"), *listed(status, "containerStatuses")):
            if text(found, "name") in names.OWN and (reason := _reason(found)):
                reasons[f"{text(found, 'name')}: {reason}"] += 1
    for reason, count in sorted(reasons.items()):
        container, _, why = reason.partition(": ")
        yield error(
            f"{container} does not run in {counted(count, 'pod')}: {why}",
            workload.place,
            f"kubectl -n {workload.namespace} logs {workload.shown} -c {container} --previous",
        )


def _reason(status: object) -> str:
    waiting = text(mapping(status, "state", "waiting"), "reason")
    if waiting and waiting not in ("PodInitializing", "ContainerCreating"):
        return waiting
    restarts = status.get("restartCount") if isinstance(status, dict) else 0
    return f"restarted {restarts} times" if isinstance(restarts, int) and restarts > _RESTARTS else ""


def _other_image(view: View, workload: Workload, pods: list[Seen]) -> Iterator[Told]:
    wanted = known_image(view.settings)
    images = {text(sidecar, "image") for one in pods for sidecar in one.sidecars} - {wanted}
    if wanted and images:
        yield note(
            f"its sidecars are of another image ({some(images)}) than what is put in now ({wanted})",
            workload.place,
            workload.renewed,
        )


def _lacks(one: Seen) -> bool:
    return isinstance(one.outcome, Decision) and not one.sidecars


def _created(one: Seen) -> str:
    return text(mapping(one.pod, "metadata"), "creationTimestamp")


def _by_workload(pods: Iterable[Seen]) -> Iterator[tuple[Workload, list[Seen]]]:
    found: dict[Workload, list[Seen]] = defaultdict(list)
    for one in pods:
        found[one.workload].append(one)
    yield from sorted(found.items())
