"""What is put into a pod, and what is not: from pod, settings and tables. Pure; it never raises, whatever a pod is."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from probes.model import Profile
from probes.profiles.table import named
from stratoscope.inject import names, ports
from stratoscope.inject.annotated import Wanted, wanted
from stratoscope.inject.choosing import Choice, choice_of
from stratoscope.inject.model import Decision, Part, Pod, Refusal, Service, Subject, Why
from stratoscope.inject.mounts import folder_of, seen_in
from stratoscope.inject.needs import NEEDS
from stratoscope.inject.reading import every_container, listed, mapping, number, text
from stratoscope.inject.settings import InjectSettings

STARTUP = "startupProbe"
"""Where a service has none, it needs none: liveness does not fail for what starts. One more would hold up the service's own
other probes for as long as ours see nothing."""
PROBES = (STARTUP, "livenessProbe", "readinessProbe")
GRACE = 30
"""Kubernetes' terminationGracePeriodSeconds where a pod names none."""
_WITHOUT_SETTINGS = frozenset({"idle", "file"})
"""Drain actions that work with what every pod has; others need a log or a login that only its operator can give."""


def decide(subject: Subject, settings: InjectSettings) -> Decision | Refusal:
    """What is put into a pod, or why nothing is."""
    pod = subject.pod
    refusal = next(_never(subject), None)
    if refusal is not None:
        return refusal
    asked = wanted(mapping(pod, "metadata", "annotations"), settings)
    if isinstance(asked, Refusal):
        return asked
    choice = choice_of(pod, settings)
    if isinstance(choice, Refusal):
        if not asked.log_files:
            return choice
        choice = Choice(())
    return _decided(pod, choice, asked)


def _never(subject: Subject) -> Iterator[Refusal]:
    metadata, spec = mapping(subject.pod, "metadata"), mapping(subject.pod, "spec")
    annotations = mapping(metadata, "annotations")
    if str(annotations.get(names.INJECT, "")).lower() in ("false", "disabled", "no"):
        yield Refusal(Why.OPTED_OUT, f"annotation {names.INJECT} says so")
    kinds = {subject.owner.kind, *(text(one, "kind") for one in listed(metadata, "ownerReferences"))}
    restarts = spec.get("restartPolicy")
    if kinds & {"Job", "CronJob"} or restarts not in (None, "Always"):
        yield Refusal(Why.JOB, "it runs to its end, and others wait for that; sidecars are for services")
    if "kubernetes.io/config.mirror" in annotations:
        yield Refusal(Why.MIRROR, "it is a static pod, whose manifest lies on its node")
    if mapping(metadata, "labels").get("app.kubernetes.io/part-of") == "stratoscope":
        yield Refusal(Why.OWN, "it is a part of stratoscope")
    if names.OWN & {text(one, "name") for one in every_container(spec)}:
        yield Refusal(Why.INJECTED, "its sidecars are there already")
    if theirs := names.VOLUMES & {text(one, "name") for one in listed(spec, "volumes")}:
        yield Refusal(Why.UNCLEAR, f"it has a volume of the name of one of ours, {min(theirs)}; call it otherwise")
    if not listed(spec, "containers"):
        yield Refusal(Why.UNCLEAR, "it has no containers")


@dataclass(slots=True)
class _Draft:
    """What comes of one pod, while it is put together."""

    pod: Pod
    asked: Wanted
    notes: list[str]

    @property
    def spec(self) -> Mapping[str, Any]:
        return mapping(self.pod, "spec")

    def container(self, name: str) -> Mapping[str, Any]:
        return next((one for one in listed(self.spec, "containers") if text(one, "name") == name), {})


def _decided(pod: Pod, choice: Choice, asked: Wanted) -> Decision | Refusal:
    draft = _Draft(pod, asked, [])
    settings = asked.settings
    services = tuple(one for one in choice.services if asked.probes_wanted and _visible(draft, one))
    logging, log_files = _logs(draft, choice)
    if not services and not log_files:
        if draft.notes:
            return Refusal(Why.UNSEEN, draft.notes[0])
        return Refusal(Why.NOTHING_TO_DO, "all that could be put in is switched off, or the service logs to no file")
    host_network = draft.spec.get("hostNetwork") is True
    port = _port(draft, services, host_network)
    if isinstance(port, Refusal):
        return port
    drained, grace = _drains(draft, services)
    parts = {Part.PROBES: services, Part.DRAIN: drained, Part.LOGS: log_files}
    return Decision(
        services=services,
        parts=frozenset(part for part, has in parts.items() if has),
        port=port,
        loopback=host_network and settings.host_listen == "loopback",
        probes={one.container: _probes(draft, one) for one in services},
        drained=drained,
        grace=grace,
        logging=logging,
        log_files=log_files,
        notes=tuple(draft.notes),
    )


def _visible(draft: _Draft, service: Service) -> bool:
    """Whether a sidecar can see what it needs of it."""
    container = draft.container(service.container)
    need = NEEDS[service.profile]
    missing = [folder for folder in need.required if not seen_in(container, folder)]
    if need.config and not any(seen_in(container, path) for path in need.config):
        missing.append(need.config[0])
    if missing:
        told = f"{service.container} mounts no volume at {', '.join(missing)}, where the profile {service.profile} must look"
        draft.notes.append(f"{told}; add one, or leave it with its own probes")
        return False
    shares = draft.spec.get("shareProcessNamespace") is True or draft.spec.get("hostPID") is True
    if _must_share(named(service.profile)) and not shares and not draft.asked.share_processes:
        draft.notes.append(
            f"the profile {service.profile} looks at processes, which the pod of {service.container} does not share; "
            f'annotate it with {names.SHARE_PROCESSES}: "true"'
        )
        return False
    return True


def _must_share(profile: Profile) -> bool:
    return any(one.name == "shareProcessNamespace" and one.needed for one in profile.privileges)


def _logs(draft: _Draft, choice: Choice) -> tuple[str, tuple[str, ...]]:
    if not draft.asked.logs_wanted:
        return "", ()
    patterns = draft.asked.log_files or choice.log_files
    first = next((text(one, "name") for one in listed(draft.spec, "containers")), "")
    logging = choice.logging or next((one.container for one in choice.services), first)
    container = draft.container(logging)
    seen = tuple(pattern for pattern in patterns if seen_in(container, folder_of(pattern)))
    if draft.asked.log_files and len(seen) < len(patterns):
        lost = ", ".join(sorted(set(patterns) - set(seen)))
        draft.notes.append(f"{logging} mounts no volume where {lost} would be: no other container can read it")
    return (logging, seen) if seen else ("", ())


def _port(draft: _Draft, services: tuple[Service, ...], host_network: bool) -> int | Refusal:
    if not services:
        return 0
    base = draft.asked.settings.port
    if draft.asked.port is not None:
        port = draft.asked.port
    elif host_network:
        port = ports.host_port(services[0].profile, base)
    else:
        return ports.free_port(base, draft.spec)
    whose = ports.taken(port, draft.spec, on_host=host_network)
    if whose:
        where = " on the host" if host_network else ""
        return Refusal(Why.PORT_TAKEN, f"port {port}{where} is that of {whose}; name another one in {names.PORT}")
    return port


def _probes(draft: _Draft, service: Service) -> tuple[str, ...]:
    container = draft.container(service.container)
    replaced = draft.asked.probes
    chosen = []
    for key in PROBES:
        there = mapping(container, key)
        missing = not there and key != STARTUP
        if replaced == "all" or (replaced != "none" and (missing or (replaced == "exec" and "exec" in there))):
            chosen.append(key)
    kept = [key for key in PROBES if key not in chosen and "exec" in mapping(container, key)]
    if kept and replaced == "missing":
        draft.notes.append(
            f'{service.container} keeps its own {", ".join(kept)}, a command; {names.PROBES}: "exec" replaces it'
        )
    return tuple(chosen)


def _drains(draft: _Draft, services: tuple[Service, ...]) -> tuple[tuple[str, ...], int | None]:
    if not draft.asked.drain_wanted:
        return (), None
    drained = [one for one in services if _drain_works(draft, one)]
    has = number(draft.spec, "terminationGracePeriodSeconds")
    needed = max((math.ceil(named(one.profile).grace_seconds) for one in drained), default=0)
    return tuple(one.container for one in drained), needed if needed > (GRACE if has is None else has) else None


def _drain_works(draft: _Draft, service: Service) -> bool:
    actions = {step.action for step in named(service.profile).drain}
    if not actions:
        return False
    if mapping(draft.container(service.container), "lifecycle", "preStop"):
        draft.notes.append(f"{service.container} has a preStop hook of its own, which stays")
        return False
    if more := sorted(actions - _WITHOUT_SETTINGS):
        told = f"draining {service.profile} ({', '.join(more)}) needs settings of its own"
        draft.notes.append(f"{told}; see docs/probes/drain.md")
        return False
    return True
