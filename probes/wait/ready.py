"""When an object of Kubernetes counts as there, and why not. Pure: objects are as the API gives them, in JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from probes.wait.model import Answer

Object = Mapping[str, Any]
_SHOWN = 120
_COUNTED = ("conditions", "active", "failed", "succeeded")


def kept(found: Object) -> Object:
    """What is judged here of an object, and its name: a selector may name the pods of a thousand computes."""
    metadata, status, spec = (found.get(key) or {} for key in ("metadata", "status", "spec"))
    return {
        "metadata": {key: metadata[key] for key in ("name", "deletionTimestamp") if key in metadata},
        "spec": {key: spec[key] for key in ("completions",) if key in spec},
        "status": {key: status[key] for key in _COUNTED if key in status},
        "endpoints": [{"conditions": one.get("conditions")} for one in found.get("endpoints") or ()],
    }


def job(name: str, objects: Iterable[Object]) -> Answer:
    """Complete. One that failed is still waited for, as a new one of that name may be made."""
    found = next(iter(objects), None)
    if found is None:
        return Answer(there=False, text=f"there is no job {name}")
    status = found.get("status") or {}
    conditions = {one.get("type"): one for one in status.get("conditions") or () if one.get("status") == "True"}
    if "Complete" in conditions:
        return Answer(there=True, text="complete")
    if (failed := conditions.get("Failed")) is not None:
        said = " ".join(f"{failed.get('reason', '')} {failed.get('message', '')}".split())[:_SHOWN]
        return Answer(there=False, text=f"the job has failed ({said}); look at its pods, and make it again")
    wanted = (found.get("spec") or {}).get("completions") or 1
    counts = ", ".join(f"{status.get(key) or 0} {key}" for key in ("active", "failed"))
    return Answer(there=False, text=f"{status.get('succeeded') or 0} of {wanted} completions, {counts}")


def service(name: str, objects: Iterable[Object]) -> Answer:
    """At least one endpoint that is ready, in any of its slices."""
    slices = list(objects)
    endpoints = [one for piece in slices for one in piece.get("endpoints") or ()]
    ready = sum(1 for one in endpoints if _serves(one))
    if ready:
        return Answer(there=True, text=f"{ready} of {len(endpoints)} endpoints are ready")
    if not slices:
        return Answer(there=False, text=f"there is no EndpointSlice of a service {name}")
    return Answer(there=False, text=f"none of {len(endpoints)} endpoints is ready")


def _serves(endpoint: Object) -> bool:
    """`ready` left out means that it is not known, which counts as ready by the API's own rule."""
    return (endpoint.get("conditions") or {}).get("ready") is not False


def pod(selector: str, objects: Iterable[Object]) -> Answer:
    """At least one that is ready and not on its way out."""
    pods = list(objects)
    ready = [one for one in pods if _is_ready(one)]
    if ready:
        return Answer(there=True, text=f"pod {ready[0]['metadata']['name']} is ready")
    if not pods:
        return Answer(there=False, text=f"there is no pod with {selector}")
    return Answer(there=False, text=f"none of {len(pods)} pods with {selector} is ready")


def _is_ready(found: Object) -> bool:
    conditions = (found.get("status") or {}).get("conditions") or ()
    going = "deletionTimestamp" in found["metadata"]
    return not going and any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
