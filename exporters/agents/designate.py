"""Designate: `GET /v2/service_statuses`, which gives pages of 20 unless told otherwise."""

from clients.model import MalformedError
from exporters.agents.api import Api, Row
from exporters.agents.model import Agent
from exporters.agents.rows import age, name

_UP = {"UP": True, "WARNING": True, "DOWN": False}


def read(row: Row, now: float) -> Agent:
    """An agent. WARNING is a service that lives and complains. Designate has no way to disable one: all count as enabled."""
    status = name(row, "status")
    if status not in _UP:
        raise MalformedError(f"status is {status!r} where {', '.join(_UP)} should be")
    return Agent(
        "designate",
        f"designate-{name(row, 'service_name')}",
        name(row, "hostname"),
        up=_UP[status],
        enabled=True,
        age=age(row.get("heartbeated_at"), now),
    )


API = Api(
    component="designate",
    types=("dns",),
    version="v2",
    path="/service_statuses",
    key="service_statuses",
    read=read,
    query=(("limit", "1000"),),
)
