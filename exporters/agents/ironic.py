"""Ironic: `GET /v1/conductors`, since microversion 1.49 (Stein). The zone is the conductor group."""

from clients.model import MalformedError
from exporters.agents.api import Api, Row
from exporters.agents.model import Agent
from exporters.agents.rows import age, flag, name, text


def read(row: Row, now: float) -> Agent:
    """An agent. Ironic has no way to disable a conductor: all count as enabled."""
    alive = flag(row, "alive")
    if alive is None:
        raise MalformedError("a conductor without alive")
    return Agent(
        "ironic",
        "ironic-conductor",
        name(row, "hostname"),
        text(row, "conductor_group"),
        up=alive,
        enabled=True,
        age=age(row.get("updated_at"), now),
    )


API = Api(
    component="ironic",
    types=("baremetal",),
    version="v1",
    path="/conductors",
    key="conductors",
    read=read,
    query=(("fields", "hostname,conductor_group,alive,updated_at"),),
    marker="hostname",
    microversions=("1.49",),
)
