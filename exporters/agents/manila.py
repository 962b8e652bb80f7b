"""Manila: `GET /v2/services`, since microversion 2.7; reasons since 2.83 (2023.2)."""

from functools import partial

from exporters.agents.api import Api
from exporters.agents.services import service

API = Api(
    component="manila",
    types=("shared-file-system", "sharev2"),
    version="v2",
    path="/services",
    key="services",
    read=partial(service, "manila"),
    microversions=("2.83", "2.7"),
)
