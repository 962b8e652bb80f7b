"""The probes and the hook of a service's own container, which ask the sidecar.

The kubelet is kept dumb: the patience is in the sidecar, and the thresholds here only outlast a restart of it.
"""

from typing import Any

from stratoscope.inject.model import Decision, Service

_PERIOD = 10
_HEAD_START = 15
"""Seconds until the first look at a start: the sidecar takes some itself, and a port where nobody answers is a failure."""
_DAY = 86400
"""Seconds that a start may take. It mostly waits for a broker or a database, and a kill brings none back; that it takes longer
than the profile says is told by the sidecar."""
LOOPBACK = "127.0.0.1"


def probe(key: str, service: Service, decision: Decision) -> dict[str, Any]:
    """A startupProbe, livenessProbe or readinessProbe."""
    made: dict[str, Any] = {"httpGet": _get(_PATHS[key], service, decision), "timeoutSeconds": 2}
    if key == "startupProbe":
        return made | {"initialDelaySeconds": _HEAD_START, "periodSeconds": _PERIOD, "failureThreshold": _DAY // _PERIOD}
    if key == "livenessProbe":
        made["initialDelaySeconds"] = _HEAD_START
        # What is hung does not end by itself, and the pod's own period would be waited for.
        return made | {"periodSeconds": _PERIOD, "failureThreshold": 6, "terminationGracePeriodSeconds": 20}
    return made | {"periodSeconds": 5, "failureThreshold": 2}


def pre_stop(service: Service, decision: Decision) -> dict[str, Any]:
    """The hook that drains."""
    return {"httpGet": _get("/drain", service, decision)}


_PATHS = {"startupProbe": "/startupz", "livenessProbe": "/livez", "readinessProbe": "/readyz"}


def _get(path: str, service: Service, decision: Decision) -> dict[str, Any]:
    """By number: the port is another container's, whose name for it this one does not know."""
    asked: dict[str, Any] = {"path": f"{path}/{service.container}", "port": decision.port}
    return asked | ({"host": LOOPBACK} if decision.loopback else {})
