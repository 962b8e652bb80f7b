"""Which runbook tells what to do, where the settings say at which address these can be read."""

from stratoscope.web.model import Link

PROBES = {
    "hung": "ProbeServiceHung",
    "dependency_down": "ProbeDependencyDown",
    "saturated": "ProbeServiceSaturated",
    "unroutable": "ProbeServiceUnroutable",
    "degraded": "ProbeWorkersSilent",
    "stale": "ProbeStale",
}
"""State of a verdict -> alert that fires on it."""
EXPORTERS = {
    "galera": "galera",
    "rabbitmq": "rabbitmq",
    "ovs": "ovs",
    "ovn": "ovn",
    "agents": "agents",
    "hosts": "agents",
}
"""Exporter -> the folder of the runbooks of its alerts."""
FAILING = "stratoscope/ExporterFailing.md"


def of_probe(address: str, state: str) -> list[Link]:
    """The runbook of a verdict that is not well."""
    alert = PROBES.get(state)
    return [Link("Runbook", f"{address}/probes/{alert}.md")] if address and alert else []


def of_exporter(address: str, exporter: str, *, failing: bool) -> list[Link]:
    """The runbook of a target that cannot be asked, or those of what an exporter found wrong."""
    if not address:
        return []
    if failing:
        return [Link("Runbook", f"{address}/{FAILING}")]
    folder = EXPORTERS.get(exporter)
    return [Link("Runbooks", f"{address}/{folder}/")] if folder else []
