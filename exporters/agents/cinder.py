"""Cinder: `GET /v3/PROJECT/os-services` with a microversion below 3.49.

From 3.49 on the list asks the schedulers by RPC for `backend_state`: with all schedulers dead the list itself would fail,
just when it is needed. A row has no id; `host` is `host@backend`.
"""

from exporters.agents.api import Api, Row
from exporters.agents.model import Agent
from exporters.agents.nova import disabled, up
from exporters.agents.rows import age, name, text


def read(row: Row, now: float) -> Agent:
    """An agent."""
    status, reason = name(row, "status"), text(row, "disabled_reason")
    return Agent(
        "cinder",
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
    component="cinder",
    types=("block-storage", "volumev3", "block-store"),
    version="v3",
    path="/os-services",
    key="services",
    read=read,
    microversions=("3.7",),  # Ocata; 3.7 tells the cluster, nothing after it but 3.49 matters here
)
