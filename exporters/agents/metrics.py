"""The metrics of the agents exporter. No id, no free text and nothing that changes with a restart is in a label of a state."""

from typing import Final

from exporters.agents.api import Api
from exporters.agents.apis import APIS
from exporters.metrics import Metric

_AGENT = ("cloud", "region", "component", "binary", "host", "zone")
_API = ("cloud", "region", "component")

VERDICTS: Final = ("healthy", "degraded", "down", "unknown")
REASONS: Final = (
    "agents_down",
    "all_down",
    "auto_disabled",
    "forced_down",
    "cell_down",
    "vanished",
    "amphorae_in_error",
    "clock_ahead",
    "api_failed",
    "api_refused",
    "nothing_listed",
    "old_list",
    "too_many",
)
OUTCOMES: Final = ("ok", "absent", "unreachable", "timeout", "refused", "malformed", "failed")


def _source(api: Api) -> str:
    return f"GET {api.path}"


_LISTS = ", ".join(dict.fromkeys(_source(api) for api in APIS))

UP = Metric(
    "openstack_agent_up", "gauge", "Whether the API calls the agent alive; no series where it does not know.", _LISTS, _AGENT
)
ENABLED = Metric(
    "openstack_agent_enabled",
    "gauge",
    "Whether the agent is enabled; always 1 where the API cannot disable one (Heat, Ironic, Designate).",
    "status, admin_state_up",
    _AGENT,
)
DISABLED = Metric(
    "openstack_agent_disabled",
    "stateset",
    "Who disabled the agent, only for agents that are disabled: auto is nova-compute itself, having lost libvirt.",
    "status, disabled_reason (AUTO: ...)",
    _AGENT,
    states=("operator", "auto"),
)
DISABLED_REASON = Metric(
    "openstack_agent_disabled_reason_info",
    "info",
    "Why the agent is disabled, in the words of whoever did it.",
    "disabled_reason",
    _AGENT,
    told=("reason",),
)
FORCED_DOWN = Metric(
    "openstack_agent_forced_down",
    "gauge",
    "Whether an operator, or a tool that evacuates hosts, declared the service dead (Nova).",
    "forced_down",
    _AGENT,
)
CELL_DOWN = Metric(
    "openstack_agent_cell_down",
    "gauge",
    "1 for a Nova service of which nothing is known, as the database of its cell does not answer.",
    "status UNKNOWN, or no longer listed beside one that is",
    _AGENT,
)
HEARTBEAT_AGE = Metric(
    "openstack_agent_heartbeat_age_seconds",
    "gauge",
    "Time from the agent's last sign of life to the answer, by the API's clock; Nova's also moves when a service is enabled.",
    "updated_at, heartbeat_timestamp, heartbeated_at",
    _AGENT,
)
STARTED = Metric(
    "openstack_agent_started_timestamp_seconds",
    "gauge",
    "When the agent was started; it changes with each restart (Neutron without OVN).",
    "started_at",
    _AGENT,
)
STALE = Metric(
    "openstack_agent_stale",
    "gauge",
    "1 for an agent that has been down for longer than stale_after: a row that a removed host left behind, most likely.",
    "heartbeat age and state",
    _AGENT,
)
VANISHED_SINCE = Metric(
    "openstack_agent_vanished_timestamp_seconds",
    "gauge",
    "When an agent that is not listed any more was listed last; kept for vanished_for.",
    "earlier lists",
    _AGENT,
)
AGENTS = Metric(
    "openstack_agents",
    "gauge",
    "Agents by state (up, down, stale, unknown) and admin state (enabled, disabled, unknown).",
    _LISTS,
    ("cloud", "region", "component", "binary", "zone", "state", "admin"),
)
AGE_STATISTIC = Metric(
    "openstack_agents_heartbeat_age_seconds",
    "gauge",
    "Heartbeat ages of the agents that are up (median, p90, max): they creep up before a slow control plane loses agents.",
    "heartbeat ages, without OVN's",
    (*_API, "statistic"),
)
CLOCK_AHEAD = Metric(
    "openstack_agents_clock_ahead",
    "gauge",
    "Agents whose heartbeat is in the future: their host's clock is ahead.",
    "heartbeat ages below -5 s",
    _API,
)
VANISHED = Metric(
    "openstack_agents_vanished", "gauge", "Agents that are not listed any more.", "earlier lists", (*_API, "binary")
)
CELL_DOWN_HOSTS = Metric(
    "openstack_nova_cell_down_hosts",
    "gauge",
    "Hosts of Nova whose cell does not answer.",
    "status UNKNOWN",
    ("cloud", "region"),
)
AMPHORAE = Metric(
    "openstack_octavia_amphorae", "gauge", "Amphorae by status.", "GET /v2/octavia/amphorae", ("cloud", "region", "status")
)
DUPLICATES = Metric(
    "openstack_agents_duplicate_rows",
    "gauge",
    "Rows of a list beyond the first of an agent: workers, cells, or rows that should be deleted.",
    _LISTS,
    _API,
)
LEFTOVERS = Metric(
    "openstack_agents_leftover_rows",
    "gauge",
    "Rows that belong to no host any more: Chassis_Private without Chassis, engines that said goodbye.",
    _LISTS,
    _API,
)
DROPPED = Metric("openstack_agents_dropped", "gauge", "Agents beyond max_agents, which have no series.", _LISTS, _API)

API_ENDPOINT = Metric(
    "openstack_api_endpoint",
    "stateset",
    "Whether Keystone's catalog has an endpoint for the service in this region.",
    "service catalog",
    _API,
    states=("present", "absent"),
)
API_SUCCESS = Metric("openstack_api_success", "gauge", "Whether the list of agents could be had.", _LISTS, _API)
API_RESULT = Metric(
    "openstack_api_result",
    "stateset",
    "What came of the asking; refused is a matter of roles or certificates, failed is an error of the API itself.",
    _LISTS,
    _API,
    states=OUTCOMES,
)
API_DURATION = Metric(
    "openstack_api_list_duration_seconds",
    "gauge",
    "Time that the list took, all pages of it; also of one that failed.",
    _LISTS,
    _API,
)
API_REQUESTS = Metric(
    "openstack_api_requests", "gauge", "Requests that the list took; 0 where an older one was good enough.", _LISTS, _API
)
API_BYTES = Metric("openstack_api_response_bytes", "gauge", "Length of the list, unpacked.", _LISTS, _API)
API_AGE = Metric(
    "openstack_api_data_age_seconds",
    "gauge",
    "How old the list is that the series of agents come from: not 0 where the last one failed, or is spared with OVN.",
    "clock",
    _API,
)
API_CLOCK = Metric(
    "openstack_api_clock_offset_seconds",
    "gauge",
    "The API's clock minus the exporter's; below a second counts as none.",
    "header Date",
    _API,
)
API_INFO = Metric(
    "openstack_api_info", "info", "How the API was asked.", "header OpenStack-API-Version", _API, told=("microversion", "url")
)
TOKEN_EXPIRY = Metric(
    "openstack_token_expiry_timestamp_seconds",
    "gauge",
    "When the token expires; it is renewed before.",
    "POST /v3/auth/tokens",
    ("cloud",),
)
COMPONENT_VERDICT = Metric(
    "openstack_component_verdict",
    "stateset",
    "What the state of a service's agents comes to.",
    "all of the above",
    _API,
    states=VERDICTS,
)
COMPONENT_REASON = Metric(
    "openstack_component_reason",
    "stateset",
    "Why it is not healthy; several may hold.",
    "all of the above",
    _API,
    states=REASONS,
)
CLOUD_VERDICT = Metric(
    "openstack_cloud_verdict",
    "stateset",
    "The worst of its components' verdicts.",
    "all of the above",
    ("cloud",),
    states=VERDICTS,
)

METRICS: Final[tuple[Metric, ...]] = (
    UP,
    ENABLED,
    DISABLED,
    DISABLED_REASON,
    FORCED_DOWN,
    CELL_DOWN,
    HEARTBEAT_AGE,
    STARTED,
    STALE,
    VANISHED_SINCE,
    AGENTS,
    AGE_STATISTIC,
    CLOCK_AHEAD,
    VANISHED,
    CELL_DOWN_HOSTS,
    AMPHORAE,
    DUPLICATES,
    LEFTOVERS,
    DROPPED,
    API_ENDPOINT,
    API_SUCCESS,
    API_RESULT,
    API_DURATION,
    API_REQUESTS,
    API_BYTES,
    API_AGE,
    API_CLOCK,
    API_INFO,
    TOKEN_EXPIRY,
    COMPONENT_VERDICT,
    COMPONENT_REASON,
    CLOUD_VERDICT,
)
