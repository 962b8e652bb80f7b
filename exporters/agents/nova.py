"""Nova: `GET /os-services`, all cells in one answer; no paging, and filters would cost the same reading of the databases.

Its `updated_at` is not the heartbeat (that is `last_seen_up`, which the API does not show): to enable or disable a service
moves it too. `state` is the truth, the age a detail. One sick cell makes the call take a minute (CELL_TIMEOUT).
"""

from exporters.agents.api import Api, Row
from exporters.agents.model import Agent
from exporters.agents.rows import flag, name, text
from exporters.agents.services import service


def read(row: Row, now: float) -> Agent:
    """An agent. A service in a cell that is down has nothing but `status: UNKNOWN` (microversion 2.69)."""
    if name(row, "status") == "UNKNOWN":
        return Agent("nova", name(row, "binary"), name(row, "host"), text(row, "zone"))
    return service("nova", row, now, forced_down=flag(row, "forced_down"))


API = Api(
    component="nova",
    types=("compute",),
    version="v2.1",
    path="/os-services",
    key="services",
    read=read,
    microversions=("2.69", "2.11"),  # 2.69 (Stein): services of a cell that is down are shown; 2.11: forced_down
    alive="all",  # a conductor per cell on the same host has a row in each
)
