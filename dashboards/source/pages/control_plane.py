"""The control plane at a glance: one tile for each part, then what has changed, then where it hurts."""

from dashboards.source.model import Lines, Opens, Page, Section, Stat, Timeline, Variable, ask
from dashboards.source.promql import added, failed_share, rate, total
from dashboards.source.rules import areas
from dashboards.source.states import number_of, states_of

_TILES = Section(
    "",
    (
        Stat(
            title="Galera",
            asks=ask(number_of("galera_cluster_verdict", "cluster"), "{{cluster}}"),
            says="The database cluster. When it is not well, nothing else is.",
            unit="short",
            alerts=("GaleraClusterDown", "GaleraReadOnly", "GaleraUnreadable"),
            states=states_of("galera_cluster_verdict"),
            opens=Opens("galera", ("cluster",)),
            width=6,
        ),
        Stat(
            title="RabbitMQ",
            asks=ask(number_of("rabbitmq_oslo_verdict", "cluster"), "{{cluster}}"),
            says="The message broker. blocked: services cannot send anything.",
            unit="short",
            alerts=("RabbitmqDown", "RabbitmqPartition"),
            states=states_of("rabbitmq_oslo_verdict"),
            opens=Opens("rabbitmq", ("cluster",)),
            width=6,
        ),
        Stat(
            title="OVN",
            asks=ask(number_of("ovn_verdict", "cluster", where='host=""'), "{{cluster}}"),
            says="The databases of OVN and ovn-northd. Empty without OVN.",
            unit="short",
            alerts=("OvnNoLeader", "OvnNorthdNotActive"),
            states=states_of("ovn_verdict"),
            opens=Opens("ovn", ("cluster",)),
            width=6,
            empty="no OVN",
        ),
        Stat(
            title="Services",
            asks=ask(number_of("openstack_cloud_verdict", "cloud"), "{{cloud}}"),
            says="The worst of what the agents of all services come to.",
            unit="short",
            alerts=("OpenstackAgentOutage",),
            states=states_of("openstack_cloud_verdict"),
            opens=Opens("agents", ("cloud",)),
            width=6,
        ),
        Stat(
            title="Agents down",
            asks=ask(total('openstack_agents{state="down",admin="enabled"}', "cloud"), "{{cloud}}"),
            says="Enabled agents that the API calls dead.",
            unit="short",
            alerts=("OpenstackAgentDown",),
            counts=True,
            opens=Opens("agents", ("cloud",)),
        ),
        Stat(
            title="Hypervisors not well",
            asks=ask(total('openstack_hosts{state!~"healthy|drained"}', "cloud"), "{{cloud}}"),
            says="By what Nova, Neutron, OVS, OVN and RabbitMQ together say. Drained ones are not counted.",
            unit="short",
            alerts=("HypervisorDown", "HypervisorNetworkDead", "HypervisorRpcDead"),
            counts=True,
            opens=Opens("agents", ("cloud",)),
            empty="no host view",
        ),
        Stat(
            title="OVS not healthy",
            asks=ask(total('ovs_verdict{ovs_verdict!="healthy"}'), "hosts"),
            says="Hosts whose Open vSwitch is degraded, saturated, stalled or down.",
            unit="short",
            alerts=("OvsVswitchdDown", "OvsUpcallsLost"),
            counts=True,
            opens=Opens("ovs"),
        ),
        Stat(
            title="API requests that fail",
            asks=ask(failed_share(), "5xx"),
            says="Share of all requests in the logs that were answered with 5xx, over all services.",
            unit="percentunit",
            alerts=("OpenstackApiErrors", "OpenstackApiErrorsMany"),
            opens=Opens("logs"),
            empty="no requests",
        ),
        Stat(
            title="Probes not healthy",
            asks=ask(added('stratoscope_probe_verdict{stratoscope_probe_verdict!~"healthy|starting"}'), "services"),
            says="Services whose probe says that they hang, cannot be reached or lack what they depend on.",
            unit="short",
            alerts=("ProbeServiceHung", "ProbeServiceUnroutable"),
            counts=True,
            opens=Opens("probes"),
            empty="no probes",
        ),
        Stat(
            title="Exporters failing",
            asks=ask("sum (stratoscope_exporter_success == bool 0)", "targets"),
            says="Targets whose newest reading failed: what stands above for them is old.",
            unit="short",
            alerts=("ExporterFailing", "OvsUnreachable"),
            counts=True,
            opens=Opens("stratoscope"),
        ),
    ),
)

_CHANGED = Section(
    "What has changed",
    (
        Timeline(
            title="Clusters",
            asks=ask(number_of("galera_cluster_verdict", "cluster"), "Galera {{cluster}}"),
            says="The verdict on each Galera cluster.",
            alerts=("GaleraClusterDown", "GaleraReadOnly", "GaleraUnreadable"),
            states=states_of("galera_cluster_verdict"),
            width=8,
        ),
        Timeline(
            title="Brokers",
            asks=ask(number_of("rabbitmq_oslo_verdict", "cluster"), "RabbitMQ {{cluster}}"),
            says="The verdict on each RabbitMQ cluster.",
            alerts=("RabbitmqDown", "RabbitmqPartition"),
            states=states_of("rabbitmq_oslo_verdict"),
            width=8,
        ),
        Timeline(
            title="OVN",
            asks=ask(number_of("ovn_verdict", "cluster", where='host=""'), "OVN {{cluster}}"),
            says="The verdict on the central part of each OVN.",
            alerts=("OvnNoLeader", "OvnNorthdNotActive"),
            states=states_of("ovn_verdict"),
            width=8,
            empty="no OVN",
        ),
        Timeline(
            title="Services by their agents",
            asks=ask(
                number_of("openstack_component_verdict", "cloud", "region", "component"), "{{cloud}} {{region}} {{component}}"
            ),
            says="What the state of a service's agents comes to.",
            alerts=("OpenstackAgentOutage", "OpenstackAgentsManyDown"),
            states=states_of("openstack_component_verdict"),
        ),
        Lines(
            title="Agents down",
            asks=ask(total('openstack_agents{state="down",admin="enabled"}', "cloud", "component"), "{{cloud}} {{component}}"),
            says="Enabled agents that the API calls dead, by service.",
            unit="short",
            alerts=("OpenstackAgentDown",),
        ),
    ),
)

_HURTS = Section(
    "Where it hurts",
    (
        Lines(
            title="Errors in the logs, by what they blame",
            asks=ask(rate("openstack_log_dependency_errors_total", "dependency"), "{{dependency}}"),
            says="Warnings and errors whose exception names the database, the broker, Keystone, Ceph ... as the cause.",
            unit="ops",
            alerts=("LogDependencyErrors",),
            empty="none is blamed",
        ),
        Lines(
            title="API requests that fail, by service",
            asks=ask(failed_share("component"), "{{component}}"),
            says="Share of requests answered with 5xx. Normal: below 1 %.",
            unit="percentunit",
            alerts=("OpenstackApiErrors", "OpenstackApiErrorsMany"),
            limits=("OpenstackApiErrors", "OpenstackApiErrorsMany"),
        ),
        Lines(
            title="Galera: share of time that replication stood still",
            asks=ask(rate("galera_flow_control_paused_seconds_total", "cluster", of="max"), "{{cluster}}"),
            says="Every write of every service waits meanwhile.",
            unit="percentunit",
            alerts=("GaleraFlowControlPaused", "GaleraFlowControlPausedHard"),
            limits=("GaleraFlowControlPaused", "GaleraFlowControlPausedHard"),
        ),
        Lines(
            title="RabbitMQ: calls and casts that wait",
            asks=ask(total('rabbitmq_oslo_messages_ready{class=~"rpc_topic|rpc_server"}', "cluster"), "{{cluster}}"),
            says="Normal: near 0.",
            unit="short",
            alerts=("OsloQueueBacklog",),
        ),
        Lines(
            title="Heartbeat age of agents that are up, 90th percentile",
            asks=ask(
                'max by (cloud, component) (openstack_agents_heartbeat_age_seconds{statistic="p90"})', "{{cloud}} {{component}}"
            ),
            says="Creeps up before agents are called dead.",
            unit="s",
            alerts=("OpenstackHeartbeatsLate",),
            limits=("OpenstackHeartbeatsLate",),
        ),
        Lines(
            title="OVN: how long changes take to arrive",
            asks=ask("max by (cluster) (ovn_southbound_behind_seconds)", "{{cluster}} ovn-northd")
            + ask("max by (cluster) (ovn_chassis_behind_seconds)", "{{cluster}} slowest host"),
            says="For how long what is wanted has not been done.",
            unit="s",
            alerts=("OvnChassisBehind", "OvnSouthboundBehind"),
            limits=("OvnChassisBehind",),
            empty="no OVN",
        ),
    ),
)

PAGE = Page(
    name="control-plane",
    title="OpenStack control plane",
    says="One tile for each part of the control plane, what fires, what has changed, and where it hurts.",
    areas=areas(),
    variables=(
        Variable("cluster", '{__name__=~"galera_cluster_verdict|rabbitmq_oslo_verdict|ovn_verdict"}', "Cluster"),
        Variable("cloud", "openstack_cloud_verdict", "Cloud"),
    ),
    sections=(_TILES, _CHANGED, _HURTS),
)
