"""Heat: `GET /v1/PROJECT/services`. Each worker of a heat-engine has a row of its own, and those of former lives stay.

So an engine is up when any of its rows is. Heat has no way to disable an engine: all count as enabled.
"""

from clients.model import MalformedError
from exporters.agents.api import Api, Row
from exporters.agents.model import Agent
from exporters.agents.rows import age, name, text


def read(row: Row, now: float) -> Agent | None:
    """An agent, or None for a worker that said goodbye."""
    if row.get("deleted_at"):
        return None
    status = name(row, "status")
    if status not in {"up", "down"}:
        raise MalformedError(f"status is {status!r} where up or down should be")
    return Agent(
        "heat",
        name(row, "binary"),
        text(row, "hostname") or name(row, "host"),
        up=status == "up",
        enabled=True,
        age=age(row.get("updated_at"), now),
    )


API = Api(component="heat", types=("orchestration",), version="v1", path="/services", key="services", read=read)
