"""Our own pods: those that do not run, and how."""

from collections import defaultdict
from collections.abc import Iterator

from stratoscope.doctor.rules.view import Told, View, counted, error
from stratoscope.doctor.workloads import Workload, ours, workload_of
from stratoscope.inject.reading import listed, mapping, text


def ourselves(view: View) -> Iterator[Told]:
    """Pods of the chart that are not ready."""
    found: dict[tuple[Workload, str], int] = defaultdict(int)
    for pod in view.cluster.all("pods"):
        status = mapping(pod, "status")
        if ours(pod) and status.get("phase") != "Succeeded" and "deletionTimestamp" not in mapping(pod, "metadata"):
            conditions = {text(one, "type"): text(one, "status") for one in listed(status, "conditions")}
            if conditions.get("Ready") != "True":
                found[workload_of(pod), _why(status)] += 1
    for (workload, why), count in sorted(found.items()):
        yield error(
            f"{counted(count, 'pod')} not ready: {why}",
            workload.place,
            f"kubectl -n {workload.namespace} describe {workload.shown}, and its logs",
        )


def _why(status: object) -> str:
    for key in ("initContainerStatuses", "containerStatuses"):
        for one in listed(status, key):
            reason = text(mapping(one, "state", "waiting"), "reason") or text(mapping(one, "state", "terminated"), "reason")
            if reason:
                return f"{text(one, 'name')} {reason}"
    for one in listed(status, "conditions"):
        if text(one, "type") == "PodScheduled" and text(one, "status") == "False":
            return text(one, "reason") or "not scheduled"
    return text(status, "phase") or "unknown"
