"""The two sidecars, as native ones: init containers that go on, so that they start before the service and end after it.

They declare no ports, as the API server would make host ports of them; no readiness probe, which would count for the pod; no
startup probe, as a sidecar that does not come up would keep its service from starting.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from stratoscope.inject import names
from stratoscope.inject.annotated import Wanted
from stratoscope.inject.model import Decision
from stratoscope.inject.mounts import folder_of, mounts_of
from stratoscope.inject.needs import NEEDS
from stratoscope.inject.probe_settings import STATE, login_of
from stratoscope.inject.probing import LOOPBACK
from stratoscope.inject.reading import listed, mapping, number, text
from stratoscope.inject.settings import Resources

SETTINGS = "/etc/stratoscope"
PROBE_FILE, LOG_FILE = "probe.yaml", "collect.yaml"
_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105  where the API server would mount the pod's token
_FORWARD = "forward:"
_ANY_FILE = ("DAC_OVERRIDE",)
"""To root alone its own files are open without it, and services of one pod may have different users."""


def probe_sidecar(spec: Mapping[str, Any], decision: Decision, asked: Wanted) -> dict[str, Any]:
    """The one that answers the kubelet."""
    containers = {text(one, "name"): one for one in listed(spec, "containers")}
    served = [(one, containers[one.container]) for one in decision.services]
    wanted = [(one, path) for one, _ in served for path in (*NEEDS[one.profile].config, *_seen(one.profile))]
    mounts = (mount for one, path in wanted for mount in mounts_of(containers[one.container], path))
    logins = [found[2] for one, container in served if (found := login_of(one, container)) is not None]
    made = _sidecar(names.PROBE_CONTAINER, ["probe", "-c", f"{SETTINGS}/{PROBE_FILE}"], asked, asked.settings.probe_resources)
    return made | {
        "env": [
            {"name": "POD_UID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}},
            {"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
            *logins,
        ],
        "securityContext": _security(*_user_of_probe(spec, decision, asked), seccomp=asked.settings.seccomp),
        "livenessProbe": _own_probe(decision),
        "volumeMounts": _distinct([*_own_mounts("probe"), *mounts]),
    }


def log_sidecar(spec: Mapping[str, Any], decision: Decision, asked: Wanted) -> dict[str, Any]:
    """The one that reads the service's log files."""
    container = next(one for one in listed(spec, "containers") if text(one, "name") == decision.logging)
    folders = dict.fromkeys(folder_of(pattern) for pattern in decision.log_files)
    mounts = (mount for folder in folders for mount in mounts_of(container, folder))
    made = _sidecar(names.LOG_CONTAINER, ["collect", "-c", f"{SETTINGS}/{LOG_FILE}"], asked, asked.settings.log_resources)
    uid, gid = _own_or_same("same", container, spec, asked)  # log files are often readable to their writer alone
    return made | {
        "securityContext": _security(uid, gid, (), seccomp=asked.settings.seccomp),
        "volumeMounts": _distinct([*_own_mounts("log"), *mounts]),
    }


def log_settings(decision: Decision, asked: Wanted) -> str:
    """YAML, as `stratoscope collect -c` reads it."""
    output = asked.settings.log_output
    sink: dict[str, Any] = {"kind": "stdout"}
    if output.startswith(_FORWARD):
        sink = {"kind": "forward", "address": output.removeprefix(_FORWARD)}
    sources = {"service": {"kind": "files", "paths": list(decision.log_files)}}
    return yaml.safe_dump({"state": STATE, "sources": sources, "sinks": {"events": {"to": sink}}}, sort_keys=False, width=120)


def volumes(decision: Decision, annotations: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Those of the sidecars. Settings come out of annotations of the pod: no ConfigMap need be made in its namespace."""
    items = [{"path": path, "fieldRef": {"fieldPath": f"metadata.annotations['{name}']"}} for name, path in annotations]
    yield {"name": names.SETTINGS_VOLUME, "downwardAPI": {"items": items}}
    yield {"name": names.STATE_VOLUME, "emptyDir": {"sizeLimit": "160Mi" if decision.log_files else "80Mi"}}
    yield {"name": names.NO_TOKEN_VOLUME, "emptyDir": {"sizeLimit": "1Mi"}}


def _sidecar(name: str, arguments: list[str], asked: Wanted, resources: Resources) -> dict[str, Any]:
    return {
        "name": name,
        "image": asked.settings.image,
        "imagePullPolicy": asked.settings.image_pull_policy,
        "restartPolicy": "Always",
        "args": arguments,
        "resources": {
            "requests": {"cpu": resources.cpu, "memory": resources.memory},
            "limits": {"memory": resources.memory_limit},
        },
    }


def _seen(profile: str) -> tuple[str, ...]:
    need = NEEDS[profile]
    return (*need.required, *need.seen)


def _distinct(mounts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first at each place: two services of a pod may have the same, and one of them what is ours already."""
    found: dict[str, dict[str, Any]] = {}
    for mount in mounts:
        found.setdefault(mount["mountPath"].rstrip("/"), mount)
    return list(found.values())


def _own_mounts(state: str) -> Iterator[dict[str, Any]]:
    yield {"name": names.SETTINGS_VOLUME, "mountPath": SETTINGS, "readOnly": True}
    yield {"name": names.STATE_VOLUME, "mountPath": STATE, "subPath": state}
    # Where something is mounted already, the API server mounts no token: the service's rights are not the sidecar's.
    yield {"name": names.NO_TOKEN_VOLUME, "mountPath": _TOKEN, "readOnly": True}


def _own_probe(decision: Decision) -> dict[str, Any]:
    asked: dict[str, Any] = {"path": "/-/healthy", "port": decision.port}
    asked |= {"host": LOOPBACK} if decision.loopback else {}
    return {"httpGet": asked, "initialDelaySeconds": 30, "periodSeconds": 10, "timeoutSeconds": 2, "failureThreshold": 6}


def _user_of_probe(spec: Mapping[str, Any], decision: Decision, asked: Wanted) -> tuple[int, int | None, tuple[str, ...]]:
    containers = {text(one, "name"): one for one in listed(spec, "containers")}
    users = set()
    for one in decision.services:
        needed = NEEDS[one.profile].user
        if needed == "root":
            return 0, 0, _ANY_FILE
        users.add(_own_or_same("same" if needed == "same" else asked.user, containers[one.container], spec, asked))
    return (*users.pop(), ()) if len(users) == 1 else (0, 0, _ANY_FILE)


def _own_or_same(user: str, container: Mapping[str, Any], spec: Mapping[str, Any], asked: Wanted) -> tuple[int, int | None]:
    """User and group. What a service that names no user runs as is its image's to say; for those that need it, mostly root.

    One that must not be root is another one, which nobody knows; a sidecar that is root would keep its pod from being made.
    """
    places = (mapping(container, "securityContext"), mapping(spec, "securityContext"))
    uid = next((found for one in places if (found := number(one, "runAsUser")) is not None), None)
    gid = next((found for one in places if (found := number(one, "runAsGroup")) is not None), None)
    if uid is None and next((one["runAsNonRoot"] for one in places if "runAsNonRoot" in one), False) is True:
        user = "own"
    return (asked.settings.uid, asked.settings.uid) if user == "own" else (uid or 0, gid)


def _security(uid: int, gid: int | None, capabilities: tuple[str, ...], *, seccomp: bool) -> dict[str, Any]:
    """All of it is said, as what a container does not say is taken from its pod."""
    made: dict[str, Any] = {"runAsUser": uid, "runAsNonRoot": uid != 0}
    if gid is not None:
        made["runAsGroup"] = gid
    allowed: dict[str, Any] = {"drop": ["ALL"]}
    if capabilities:
        allowed["add"] = list(capabilities)
    return (
        made
        | {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "capabilities": allowed,
        }
        | ({"seccompProfile": {"type": "RuntimeDefault"}} if seccomp else {})
    )
