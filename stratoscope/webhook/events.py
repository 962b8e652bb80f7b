"""Events as the API server takes them: events.k8s.io/v1. Pure but for their names.

https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/, and what it refuses:
pkg/apis/core/validation/events.go (a series counts from two on; a note has 1024 bytes at most; the namespace is that of what is
regarded).
"""

import secrets
from datetime import UTC, datetime
from typing import Any

from stratoscope.webhook.complaints import Complaint
from stratoscope.webhook.ledger import Entry

_NOTE = 1024
_NAME = 253
"""Characters of a name that is a DNS subdomain."""
CONTROLLER = "stratoscope.io/webhook"


def event_name(owner: str) -> str:
    """A name that no Event has."""
    suffix = f".{secrets.token_hex(8)}"
    return owner[: _NAME - len(suffix)].rstrip("-.") + suffix


def path_of(complaint: Complaint, name: str = "") -> str:
    """Where Events of a namespace are, or one of them."""
    path = f"/apis/events.k8s.io/v1/namespaces/{complaint.namespace}/events"
    return f"{path}/{name}" if name else path


def made(entry: Entry, instance: str) -> dict[str, Any]:
    """A new Event. `instance`: the name of our pod."""
    complaint = entry.complaint
    owner = complaint.owner
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": entry.name, "namespace": complaint.namespace},
        "eventTime": micro_time(complaint.at),
        "type": complaint.kind,
        "reason": complaint.reason,
        "action": "Inject",
        "note": _within(complaint.note),
        "regarding": {
            "apiVersion": owner.api_version,
            "kind": owner.kind,
            "namespace": complaint.namespace,
            "name": owner.name,
            "uid": owner.uid,
        },
        "reportingController": CONTROLLER,
        "reportingInstance": instance[:128] or "unknown",
    }


def repeated(entry: Entry) -> dict[str, Any]:
    """The change of an Event that came again."""
    return {"series": {"count": entry.times, "lastObservedTime": micro_time(entry.complaint.at)}}


def micro_time(at: float) -> str:
    """As Kubernetes' MicroTime is written."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _within(note: str) -> str:
    data = note.encode("utf-8", "replace")
    return note if len(data) <= _NOTE else data[: _NOTE - 3].decode("utf-8", "ignore") + "…"
