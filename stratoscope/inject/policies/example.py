"""An example pod of each kind of workload, and what the webhook's builder makes of it: what expressions are made from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from probes.profiles.table import named
from stratoscope.inject.admitting import injected
from stratoscope.inject.model import Decision, Subject
from stratoscope.inject.mounts import folder_of
from stratoscope.inject.needs import NEEDS, Need
from stratoscope.inject.settings import InjectSettings
from stratoscope.inject.workloads import OPENSTACK_HELM, Row

IMAGE, PULL_POLICY, MODE, PROBES, NAME, EXCLUDED = "@IMAGE@", "@PULL_POLICY@", "@MODE@", "@PROBES@", "@NAME@", "@EXCLUDED@"
"""Whoever applies the policies puts his own there."""
GRACE = 30
USER = "stratoscope-user"
"""What stands where a login's user will."""
SETTINGS = InjectSettings(image=IMAGE, probes="all")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of workload: a row of the injector's table whose containers have fixed names."""

    row: Row

    @property
    def name(self) -> str:
        """Part of the name of its policy."""
        parts = "-".join(self.row.labels.values()).replace("_", "-").split("-")
        return "-".join(part for index, part in enumerate(parts) if index == 0 or part != parts[index - 1])

    @property
    def services(self) -> tuple[tuple[str, str], ...]:
        """Containers that are looked at, and their profiles."""
        return tuple((container, profile) for container, profile in self.row.services if profile)

    @property
    def logging(self) -> str:
        """The container that logs to files; empty where none does."""
        return self.row.services[0][0] if self.row.log_files else ""

    def paths(self) -> Iterator[tuple[str, str]]:
        """Container and path of all that a probe sidecar sees, in the builder's order."""
        for container, profile in self.services:
            need = NEEDS[profile]
            for path in (*need.config, *need.required, *need.seen):
                yield container, path

    def must_share(self) -> bool:
        """Whether a profile cannot do without the pod's processes."""
        privileges = (one for _, profile in self.services for one in named(profile).privileges)
        return any(one.name == "shareProcessNamespace" and one.needed for one in privileges)


KINDS = tuple(Kind(row) for row in OPENSTACK_HELM)
"""Of RHOSO's pods the containers are called after custom resources, which no expression that is fixed can name."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What differs between two pods of one kind, as far as the builder makes something else of them."""

    host: bool = False
    drained: bool = True
    login: bool = True
    logs: bool = True


@dataclass(frozen=True, slots=True)
class Built:
    """What was decided on an example, and the pod that came of it."""

    decision: Decision
    pod: Mapping[str, Any]

    def container(self, name: str) -> Mapping[str, Any]:
        """One of the pod's, of any sort."""
        spec = self.pod["spec"]
        found: Mapping[str, Any] = next(one for one in (*spec["containers"], *spec["initContainers"]) if one["name"] == name)
        return found

    @property
    def annotations(self) -> Mapping[str, str]:
        """Those that were written."""
        found: Mapping[str, str] = self.pod["metadata"]["annotations"]
        return found


class Examples:
    """All examples of one kind, each built once."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._built: dict[Variant, Built] = {}

    def of(self, variant: Variant = Variant()) -> Built:
        """What came of one."""
        if variant not in self._built:
            self._built[variant] = built(self.kind, variant)
        return self._built[variant]


def built(kind: Kind, variant: Variant) -> Built:
    """What the builder makes of an example in which everything is there, but for what the variant leaves out."""
    outcome, pod = injected(Subject(example(kind, variant)), SETTINGS)
    if not isinstance(outcome, Decision) or pod is None:
        raise ValueError(f"{kind.name}: nothing is put into the example: {outcome}")
    return Built(outcome, pod)


def example(kind: Kind, variant: Variant) -> dict[str, Any]:
    """The pod."""
    spec: dict[str, Any] = {
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": GRACE,
        "shareProcessNamespace": True,
        "containers": [_container(kind, variant, name, profile) for name, profile in kind.row.services],
    }
    if variant.host:
        spec["hostNetwork"] = True
    return {"metadata": {"labels": dict(kind.row.labels)}, "spec": spec}


def _container(kind: Kind, variant: Variant, name: str, profile: str) -> dict[str, Any]:
    need = NEEDS[profile] if profile else Need()
    paths = [*need.config, *need.required, *need.seen]
    if name == kind.logging and variant.logs:
        paths += [folder_of(pattern) for pattern in kind.row.log_files]
    made: dict[str, Any] = {
        "name": name,
        "volumeMounts": [{"name": "example", "mountPath": path} for path in dict.fromkeys(paths)],
    }
    if not variant.drained:
        made["lifecycle"] = {"preStop": {"sleep": {"seconds": 1}}}
    if need.login and variant.login:
        _, user, password = need.login
        secret = {"secretKeyRef": {"name": "example", "key": "example"}}
        made["env"] = [{"name": user, "value": USER}, {"name": password, "valueFrom": secret}]
    return made
