"""Neutron: `GET /v2.0/agents`, with the fields that are needed (a fifth of the bytes; ML2/OVN sends all the same).

With ML2/OVN the list writes: it bumps NB_Global.nb_cfg, at most every agent_down_time / 2, and each ovn-controller then writes
its row of Chassis_Private. So such a cloud is asked once a minute at most. `alive` of an OVN agent is true as long as it
lags one bump behind, however old its timestamp: a chassis is found dead at the second list after its death.
"""

from clients.model import MalformedError
from exporters.agents.api import Api, Row
from exporters.agents.model import Agent
from exporters.agents.rows import age, flag, name, seconds, text

_NO_CHASSIS = '("Chassis" register deleted)'
# "host" of a Chassis_Private row that has outlived its Chassis (neutron/plugins/ml2/drivers/ovn/agent/neutron_agent.py)
_FIELDS = "id binary agent_type host availability_zone alive admin_state_up heartbeat_timestamp started_at"


def read(row: Row, now: float) -> Agent | None:
    """An agent, or None for what a removed chassis has left behind."""
    host = name(row, "host")
    if host == _NO_CHASSIS:
        return None
    alive, enabled = flag(row, "alive"), flag(row, "admin_state_up")
    if alive is None or enabled is None:
        raise MalformedError("an agent without alive or admin_state_up")
    return Agent(
        "neutron",
        name(row, "binary"),
        host,
        text(row, "availability_zone"),
        up=alive,
        enabled=enabled,
        disabled="none" if enabled else "operator",
        age=age(row.get("heartbeat_timestamp"), now),
        started=seconds(row.get("started_at")),
        polled=text(row, "agent_type").startswith("OVN "),
    )


API = Api(
    component="neutron",
    types=("network",),
    version="v2.0",
    path="/agents",
    key="agents",
    read=read,
    query=tuple(("fields", field) for field in _FIELDS.split()),
)
