"""The settings file of a probe sidecar, as the annotation of its pod holds it."""

from collections.abc import Mapping
from typing import Any

import yaml

from stratoscope.inject.annotated import Wanted
from stratoscope.inject.deciding import GRACE
from stratoscope.inject.model import Decision, Part, Service
from stratoscope.inject.mounts import seen_in
from stratoscope.inject.needs import NEEDS
from stratoscope.inject.probing import LOOPBACK
from stratoscope.inject.reading import listed, mapping, number, text

STATE = "/var/lib/stratoscope"
BOXES = "48M"
"""Of black boxes; with the rest of the state less than the emptyDir holds."""


def probe_settings(spec: Mapping[str, Any], decision: Decision, asked: Wanted) -> str:
    """YAML, as `stratoscope probe -c` reads it."""
    grace = decision.grace or number(spec, "terminationGracePeriodSeconds")
    made: dict[str, Any] = {
        "listen": f"{LOOPBACK if decision.loopback else ''}:{decision.port}",
        "state": STATE,
        "policy": {"mode": asked.mode},
    }
    if asked.settings.black_box:
        made["black_box"] = {"folder": f"{STATE}/boxes", "limit": BOXES}
    if Part.DRAIN in decision.parts and not decision.loopback:
        made["drain_from"] = list(asked.settings.drain_from)
    containers = {text(one, "name"): one for one in listed(spec, "containers")}
    made["services"] = {
        one.container: _service(one, containers[one.container], GRACE if grace is None else grace) for one in decision.services
    }
    return yaml.safe_dump(made, sort_keys=False, width=120)


def login_of(service: Service, container: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]] | None:
    """Check, user, and the variable of the password as the service's container has it: the name of a Secret, no value."""
    login = NEEDS[service.profile].login
    if login is None:
        return None
    check, user_name, password_name = login
    variables = {text(one, "name"): one for one in listed(container, "env")}
    user, password = text(variables.get(user_name), "value"), variables.get(password_name, {})
    if not user or "$(" in user or not mapping(password, "valueFrom", "secretKeyRef"):
        return None
    return check, user, password


def _service(service: Service, container: Mapping[str, Any], grace: int) -> dict[str, Any]:
    need = NEEDS[service.profile]
    made: dict[str, Any] = {"profile": service.profile}
    if files := [path for path in need.config if seen_in(container, path)]:
        made["config_files"] = files
    made["drain"] = {"grace": f"{grace}s"}
    checks: dict[str, Any] = {name: {"options": dict(options)} for name, options in service.options.items()}
    checks |= {name: {"off": True} for name in need.off}
    if (login := login_of(service, container)) is not None:
        check, user, password = login
        checks[check] = {"options": {"user": user, "password": {"env": text(password, "name")}}}
    if checks:
        made["checks"] = checks
    return made
