"""What is decided of a pod, as values. Pods stay the JSON they came as: a model would drop fields that are newer than it.

    Subject -> decide -> Decision | Refusal -> build -> the pod with its sidecars -> difference -> JSON Patch

Decided once, told everywhere: the webhook's metrics and Events, the report of `stratoscope inject`, the doctor.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stratoscope.inject.reading import mapping, text

Pod = Mapping[str, Any]
"""A pod, or a template of pods: `metadata` and `spec`, as JSON."""


class Part(StrEnum):
    """What is put beside a service. Each can be had alone."""

    PROBES = "probes"
    """The probe sidecar, and the startup, liveness and readiness probes of the service that ask it."""
    DRAIN = "drain"
    """A preStop hook of the service that asks the probe sidecar to take it out of service first."""
    LOGS = "logs"
    """The log sidecar, for a service that logs to files."""


class Why(StrEnum):
    """Why a pod is left as it is: a closed list, as it is a label of metrics and the reason of Events."""

    OPTED_OUT = "opted_out"
    """An annotation says so."""
    JOB = "job"
    """A sidecar in a Job holds up what waits for its end: with openstack-helm, the whole cloud."""
    MIRROR = "mirror"
    """A static pod's image in the API; the kubelet would not see the change."""
    OWN = "own"
    """It is ours."""
    INJECTED = "injected"
    """Our sidecars are there already."""
    UNKNOWN = "unknown"
    """No profile for it: neither its labels nor an annotation name a service that we know."""
    UNCLEAR = "unclear"
    """Several fit, or an annotation names what is not there."""
    UNSEEN = "unseen"
    """What its profile needs to see is not in its container."""
    OPERATED = "operated"
    """An operator makes it, whose resource has a place for sidecars."""
    PORT_TAKEN = "port_taken"
    """The port of its profile under hostNetwork, or the one that it is annotated with, is another's."""
    NOTHING_TO_DO = "nothing_to_do"
    """Every part is switched off, or is there already in another way."""


@dataclass(frozen=True, slots=True)
class Owner:
    """What makes the pod: a ReplicaSet, StatefulSet, DaemonSet, Job; empty for a bare pod. `uid` only where the API told it."""

    kind: str = ""
    name: str = ""
    api_version: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A pod that somebody is about to make. `namespace` of the request: that in the pod is often empty still."""

    pod: Pod
    namespace: str = ""
    owner: Owner = Owner()

    @property
    def name(self) -> str:
        """For a person."""
        metadata = mapping(self.pod, "metadata")
        return text(metadata, "name") or (text(metadata, "generateName") or self.owner.name or "?").rstrip("-")


@dataclass(frozen=True, slots=True)
class Service:
    """A container of the pod that is looked at, by a profile (`probes.profiles`). `chosen`: what said so, for a person.

    `options`: for checks of the profile, by check, where its place differs from what the profile takes for granted.
    """

    container: str
    profile: str
    chosen: str
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is put into a pod.

    `port`: of the probe sidecar. `loopback`: it listens on 127.0.0.1 alone. `probes`: by name of the container, which of
    startupProbe, livenessProbe and readinessProbe are set. `drained`: containers that get a preStop hook. `grace`: the pod's
    new terminationGracePeriodSeconds. `logging`: the container that logs to files, and `log_files`: patterns as it sees them.
    `notes`: what a person should know, one line each: a probe that was left, a drain that there is no time for.
    """

    services: tuple[Service, ...]
    parts: frozenset[Part]
    port: int
    loopback: bool
    probes: Mapping[str, tuple[str, ...]]
    drained: tuple[str, ...] = ()
    grace: int | None = None
    logging: str = ""
    log_files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is put into a pod. `told`: one line for its owner, with what to do where there is something to be done."""

    why: Why
    told: str
