"""Cinder: `GET /v3/PROJECT/os-services` with a microversion below 3.49.

From 3.49 on the list asks the schedulers by RPC for `backend_state`: with all schedulers dead the list itself would fail,
just when it is needed. A row has no id; `host` is `host@backend`.
"""

from functools import partial

from exporters.agents.api import Api
from exporters.agents.services import service

API = Api(
    component="cinder",
    types=("block-storage", "volumev3", "block-store"),
    version="v3",
    path="/os-services",
    key="services",
    read=partial(service, "cinder"),
    microversions=("3.7",),  # Ocata; 3.7 tells the cluster, nothing after it but 3.49 matters here
)
