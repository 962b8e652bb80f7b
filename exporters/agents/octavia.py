"""Octavia lists none of its own services (worker, health manager, housekeeping); its agents are the amphorae.

They come and go with load balancers, and their names are ids: they are counted by status, and not followed one by one.
Only amphorae in ERROR say something: a failover that failed.
"""

from exporters.agents.api import Api, Row
from exporters.agents.rows import name

_GONE = {"DELETED", "PENDING_DELETE"}


def read(row: Row, _: float) -> str | None:
    """The status under which an amphora is counted; None for one that is deleted."""
    status = name(row, "status")
    return None if status in _GONE else status


API = Api(
    component="octavia",
    types=("load-balancer",),
    version="v2",
    path="/octavia/amphorae",
    key="amphorae",
    read=read,
    query=(("fields", "id"), ("fields", "status"), ("limit", "1000")),
)
