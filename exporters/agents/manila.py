"""Manila: `GET /v2/services`, since microversion 2.7; reasons since 2.83 (2023.2)."""

from exporters.agents.api import Api, Row
from exporters.agents.model import Agent
from exporters.agents.nova import disabled, up
from exporters.agents.rows import age, name, text


def read(row: Row, now: float) -> Agent:
    """An agent."""
    status, reason = name(row, "status"), text(row, "disabled_reason")
    return Agent(
        "manila",
        name(row, "binary"),
        name(row, "host"),
        text(row, "zone"),
        up=up(row),
        enabled=status == "enabled",
        disabled=disabled(status, reason),
        reason=reason if status == "disabled" else "",
        age=age(row.get("updated_at"), now),
    )


API = Api(
    component="manila",
    types=("shared-file-system", "sharev2"),
    version="v2",
    path="/services",
    key="services",
    read=read,
    microversions=("2.83", "2.7"),
)
