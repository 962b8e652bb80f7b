"""The metrics of the host view."""

from typing import Final

from exporters.hosts.join import STATES
from exporters.metrics import Metric

_HOST = ("cloud", "region", "host", "zone")
_ALL = "agents, ovs, ovn and rabbitmq exporters of the same process"

STATE = Metric(
    "openstack_host_state",
    "stateset",
    "What all sources together say of a hypervisor.",
    _ALL,
    _HOST,
    states=STATES,
)
REASON = Metric(
    "openstack_host_reason",
    "gauge",
    "1 for each thing that is not as it should be on a hypervisor; no series for the others.",
    _ALL,
    (*_HOST, "reason"),
)
HOSTS = Metric("openstack_hosts", "gauge", "Hypervisors by state.", _ALL, ("cloud", "region", "state"))
DROPPED = Metric("openstack_hosts_dropped", "gauge", "Hypervisors beyond max_hosts, which have no series.", _ALL)
SOURCE_AGE = Metric(
    "openstack_hosts_source_age_seconds",
    "gauge",
    "How old the answer of a source is; one that is older than max_age tells nothing.",
    "snapshots of the exporters",
    ("exporter", "target"),
)

METRICS: Final[tuple[Metric, ...]] = (STATE, REASON, HOSTS, DROPPED, SOURCE_AGE)
