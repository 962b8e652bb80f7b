"""Agents: which are down, are heartbeats late (then all of them will be), who disabled what, which hosts are well."""

from dashboards.source.model import Ask, Lines, Opens, Page, Section, Stat, Table, Timeline, Variable, ask
from dashboards.source.promql import most, total
from dashboards.source.states import DOWN_UP, HOLDS, holding, number_of, states_of

_KEY = "cloud, region, component, binary, host, zone"
_AGENT = {"component": "component", "binary": "binary", "host": "host", "zone": "zone", "cloud": "cloud", "region": "region"}

_SHORT = {"binary": "binary", "host": "host", "cloud": "cloud"}
_BINARY = ("cloud", "region", "binary")
_DOWN, _ALL = 'openstack_agents{state="down",admin="enabled"}', 'openstack_agents{state=~"up|down",admin="enabled"}'

_FIRST = Section(
    "",
    (
        Stat(
            title="Verdict by service",
            asks=ask(
                number_of("openstack_component_verdict", "cloud", "region", "component"), "{{cloud}} {{region}} {{component}}"
            ),
            says="What the state of a service's agents comes to. unknown: its API could not be asked.",
            unit="short",
            alerts=("OpenstackAgentOutage", "OpenstackAgentsManyDown"),
            states=states_of("openstack_component_verdict"),
            width=12,
        ),
        Stat(
            title="Agents down",
            asks=ask(total('openstack_agents{state="down",admin="enabled"}', "cloud"), "{{cloud}}"),
            says="Enabled agents that the API calls dead. Rows of hosts removed long ago (stale) are not among them.",
            unit="short",
            alerts=("OpenstackAgentDown", "OpenstackAgentsManyDown", "OpenstackAgentOutage"),
            counts=True,
        ),
        Stat(
            title="Disabled by nova-compute itself",
            asks=ask(total('openstack_agent_disabled{openstack_agent_disabled="auto"}', "cloud"), "{{cloud}}"),
            says="It lost libvirt: running servers go on, nothing new starts there.",
            unit="short",
            alerts=("NovaComputeAutoDisabled",),
            counts=True,
            empty="0",
        ),
        Stat(
            title="Hosts of cells that do not answer",
            asks=ask(total("openstack_nova_cell_down_hosts", "cloud"), "{{cloud}}"),
            says="Nova knows nothing of them: the database of their cell is away.",
            unit="short",
            alerts=("NovaCellUnreachable",),
            counts=True,
        ),
        Table(
            title="Agents that are down",
            asks=(
                Ask(
                    f"max by ({_KEY}) (openstack_agent_heartbeat_age_seconds and on ({_KEY}) (openstack_agent_up == 0)"
                    f" and on ({_KEY}) (openstack_agent_enabled == 1))",
                    "silent for",
                ),
            ),
            says="Enabled and dead, the longest first.",
            unit="s",
            alerts=("OpenstackAgentDown", "OpenstackAgentOutage"),
            columns=_AGENT,
            empty="none is down",
        ),
        Table(
            title="Agents that are disabled",
            asks=(Ask(f"max by ({_KEY}, openstack_agent_disabled) (openstack_agent_disabled == 1)", "disabled"),),
            says="auto: nova-compute itself, having lost libvirt. operator: somebody is, or was, at work there.",
            unit="short",
            alerts=("NovaComputeAutoDisabled", "OpenstackAgentDisabledLong"),
            columns={"openstack_agent_disabled": "by", **_AGENT},
            empty="none is disabled",
        ),
    ),
)

_TIME = Section(
    "Over time",
    (
        Lines(
            title="Heartbeat age of agents that are up, 90th percentile",
            asks=ask(
                'max by (cloud, region, component) (openstack_agents_heartbeat_age_seconds{statistic="p90"})',
                "{{cloud}} {{region}} {{component}}",
            ),
            says="Creeps up before agents are called dead: the database, the broker or the API workers are slow. "
            "Normal: below the report interval (10 s Nova and Cinder, 30 s Neutron).",
            unit="s",
            alerts=("OpenstackHeartbeatsLate",),
            limits=("OpenstackHeartbeatsLate",),
        ),
        Lines(
            title="Heartbeat age, oldest",
            asks=ask(
                'max by (cloud, region, component) (openstack_agents_heartbeat_age_seconds{statistic="max"})',
                "{{cloud}} {{region}} {{component}}",
            ),
            says="Of the agents that are still called up.",
            unit="s",
        ),
        Lines(
            title="Share of enabled agents that are down",
            asks=ask(f"{total(_DOWN, *_BINARY)} / {total(_ALL, *_BINARY)}", "{{cloud}} {{region}} {{binary}}"),
            says="Normal: 0. The alert wants three agents of a kind at least.",
            unit="percentunit",
            alerts=("OpenstackAgentsManyDown",),
            limits=("OpenstackAgentsManyDown",),
            most=1,
        ),
        Lines(
            title="Agents listed",
            asks=ask(total("openstack_agents", "cloud", "binary"), "{{cloud}} {{binary}}")
            + ask(total("openstack_agents_vanished", "cloud", "binary") + " > 0", "{{cloud}} {{binary}} vanished"),
            says="A step down: rows were deleted, or hosts vanished.",
            unit="short",
            alerts=("OpenstackAgentVanished",),
        ),
        Timeline(
            title="Agents that went up and down",
            asks=ask(
                "max by (cloud, binary, host) (openstack_agent_up and (changes(openstack_agent_up[$__range] @ end()) > 0))",
                "{{cloud}} {{binary}} {{host}}",
            ),
            says="Within the time shown; the others are left out.",
            alerts=("OpenstackAgentFlapping",),
            states=DOWN_UP,
            empty="none changed",
        ),
        Lines(
            title="Restarts of agents",
            asks=ask(
                most("max by (cloud, binary, host) (changes(openstack_agent_started_timestamp_seconds[1h]))"),
                "{{cloud}} {{binary}} {{host}}",
            ),
            says="Within an hour, by started_at (Neutron). Normal: 0.",
            unit="short",
            alerts=("OpenstackAgentRestartLoop",),
            limits=("OpenstackAgentRestartLoop",),
        ),
    ),
)

_HOSTS = Section(
    "Hypervisors",
    (
        Lines(
            title="Hypervisors by state",
            asks=ask(total("openstack_host_state", "openstack_host_state"), "{{openstack_host_state}}"),
            says="What Nova, Neutron, OVS, OVN and RabbitMQ together say. Needs the host view in the exporter's settings.",
            unit="short",
            alerts=("HypervisorDown", "HypervisorNetworkDead", "HypervisorRpcDead"),
            stacked=True,
            of_states=states_of("openstack_host_state"),
        ),
        Table(
            title="Hypervisors that are not well",
            asks=(Ask("max by (cloud, region, host, zone, reason) (openstack_host_reason)", "holds"),),
            says="Each reason is a row. A host on which all agents say up may still be dead to the scheduler.",
            unit="short",
            alerts=("HypervisorDown", "HypervisorNetworkDead", "HypervisorRpcDead"),
            columns={"host": "host", "reason": "reason", "zone": "zone", "cloud": "cloud", "region": "region"},
            opens=Opens("ovs", ("host",)),
            empty="all are well",
        ),
    ),
)

_APIS = Section(
    "How the APIs were asked",
    (
        Timeline(
            title="Answers of the APIs",
            asks=ask(number_of("openstack_api_result", "cloud", "region", "component"), "{{cloud}} {{region}} {{component}}"),
            says="While an API gives no list, the last one is shown, and its age below.",
            alerts=("OpenstackApiDown", "OpenstackApiRefused"),
            states=states_of("openstack_api_result"),
        ),
        Lines(
            title="Age of the lists",
            asks=ask(
                "max by (cloud, region, component) (openstack_api_data_age_seconds)", "{{cloud}} {{region}} {{component}}"
            ),
            says="All that stands above is that old.",
            unit="s",
            alerts=("OpenstackApiDown", "OpenstackApiRefused"),
        ),
        Lines(
            title="Time that a list took",
            asks=ask(
                "max by (cloud, region, component) (openstack_api_list_duration_seconds)",
                "{{cloud}} {{region}} {{component}}",
            ),
            says="All pages of it. Seconds tell of a slow database.",
            unit="s",
        ),
        Timeline(
            title="Reasons for the verdicts",
            asks=ask(
                holding("openstack_component_reason", "cloud", "region", "component"),
                "{{cloud}} {{region}} {{component}} {{openstack_component_reason}}",
            ),
            says="What is not as it should be. Empty when all agents are well.",
            alerts=("OpenstackAgentForcedDown",),
            states=HOLDS,
            empty="nothing is wrong",
        ),
        Table(
            title="Declared dead by hand",
            asks=(Ask(f"max by ({_KEY}) (openstack_agent_forced_down == 1)", "forced"),),
            says="Left behind by an evacuation, most likely: nothing is scheduled there until it is undone.",
            unit="short",
            alerts=("OpenstackAgentForcedDown",),
            columns=_SHORT,
            empty="none",
            width=8,
        ),
        Table(
            title="Not listed any more",
            asks=(Ask(f"1000 * max by ({_KEY}) (openstack_agent_vanished_timestamp_seconds)", "last listed"),),
            says="Deleted by an operator, or in a cell that does not answer.",
            unit="dateTimeFromNow",
            alerts=("OpenstackAgentVanished",),
            columns=_SHORT,
            empty="none",
            width=8,
        ),
        Table(
            title="Rows that a removed host left behind",
            asks=(
                Ask(
                    f"max by ({_KEY}) (openstack_agent_heartbeat_age_seconds and on ({_KEY}) (openstack_agent_stale == 1))",
                    "silent for",
                ),
            ),
            says="Down for longer than stale_after. Delete the row, or mend the host.",
            unit="s",
            alerts=("OpenstackAgentStale",),
            columns=_SHORT,
            empty="none",
            width=8,
        ),
        Stat(
            title="Amphorae by status",
            asks=ask(total("openstack_octavia_amphorae", "status"), "{{status}}"),
            says="Octavia's load balancers.",
            unit="short",
            width=12,
        ),
        Stat(
            title="Clocks ahead",
            asks=ask(total("openstack_agents_clock_ahead", "cloud"), "{{cloud}}"),
            says="Agents whose heartbeat is in the future: time is wrong on their hosts, and their death is noticed late.",
            unit="short",
            width=6,
        ),
        Stat(
            title="Token expires",
            asks=ask("1000 * min by (cloud) (openstack_token_expiry_timestamp_seconds)", "{{cloud}}"),
            says="The exporter's; it is renewed before.",
            unit="dateTimeFromNow",
            width=6,
        ),
    ),
)

PAGE = Page(
    name="agents",
    title="OpenStack agents",
    says="Which agents are down and who is hit, are heartbeats late, who disabled what, which hypervisors are well.",
    variables=(
        Variable("cloud", "openstack_cloud_verdict", "Cloud"),
        Variable("component", "openstack_component_verdict", "Service"),
        Variable("host", "openstack_agent_up", "Host"),
    ),
    alerts_by=("cloud",),
    sections=(_FIRST, _TIME, _HOSTS, _APIS),
)
