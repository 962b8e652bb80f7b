"""Which service a pod is: by its annotation, the operator's own table, ours, or the names of its containers; in this order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from probes.profiles.table import PROFILES
from stratoscope.inject import names
from stratoscope.inject.model import Pod, Refusal, Service, Why
from stratoscope.inject.reading import listed, mapping, text
from stratoscope.inject.settings import InjectSettings, Workload
from stratoscope.inject.workloads import WORKLOADS, Row

KNOWN = frozenset(profile.name for profile in PROFILES)


@dataclass(frozen=True, slots=True)
class Choice:
    """Services of a pod, and where one of them logs to files."""

    services: tuple[Service, ...]
    logging: str = ""
    log_files: tuple[str, ...] = ()


def choice_of(pod: Pod, settings: InjectSettings) -> Choice | Refusal:
    """What a pod is."""
    containers = [text(one, "name") for one in listed(mapping(pod, "spec"), "containers")]
    labels = mapping(pod, "metadata", "labels")
    annotation = mapping(pod, "metadata", "annotations").get(names.PROFILE)
    row = next((one for one in _rows(settings, containers) if _fits(one, labels)), None)
    if annotation is not None:
        return _annotated(str(annotation), containers, row)
    if row is None:
        return _by_name(containers)
    if row.advice:
        return Refusal(Why.OPERATED, row.advice)
    return _of_row(row, containers)


def _rows(settings: InjectSettings, containers: Sequence[str]) -> Iterator[Row]:
    for one in settings.workloads:
        yield _row(one, containers)
    yield from WORKLOADS


def _row(workload: Workload, containers: Sequence[str]) -> Row:
    container = workload.container or next(iter(containers), "")
    return Row(workload.labels, ((container, workload.profile),), workload.log_files)


def _fits(row: Row, labels: Mapping[str, Any]) -> bool:
    return all(labels.get(key) == value for key, value in row.labels.items())


def _of_row(row: Row, containers: Sequence[str]) -> Choice | Refusal:
    told = "labels " + ", ".join(f"{key}={value}" for key, value in row.labels.items())
    services: list[Service] = []
    logging = ""
    for pattern, profile in row.services:
        fitting = [name for name in containers if fnmatchcase(name, pattern)]
        if len(fitting) != 1:
            return Refusal(
                Why.UNCLEAR,
                f"{told} say {profile or 'a service'}, and {len(fitting)} of its containers ({', '.join(containers)}) are "
                f"called {pattern}; name the container in the annotation {names.PROFILE}: CONTAINER={profile or 'PROFILE'}",
            )
        logging = logging or fitting[0]
        if profile:
            services.append(Service(fitting[0], profile, told, row.options))
    return Choice(tuple(services), logging if row.log_files else "", row.log_files)


def _annotated(annotation: str, containers: Sequence[str], row: Row | None) -> Choice | Refusal:
    services: list[Service] = []
    for part in filter(None, (one.strip() for one in annotation.split(","))):
        container, equals, profile = part.rpartition("=")
        container = container.strip() if equals else next(iter(containers), "")
        if container not in containers:
            known = ", ".join(containers)
            return Refusal(Why.UNCLEAR, f"annotation {names.PROFILE} names the container {container!r}; the pod has {known}")
        if profile.strip() not in KNOWN:
            near = ", ".join(sorted(one for one in KNOWN if profile.strip() and profile.strip() in one)) or "see `probe --list`"
            return Refusal(Why.UNCLEAR, f"annotation {names.PROFILE} names the profile {profile.strip()!r}; there is {near}")
        services.append(Service(container, profile.strip(), f"annotation {names.PROFILE}", row.options if row else _NONE))
    if not services:
        return Refusal(Why.UNCLEAR, f"annotation {names.PROFILE} is empty; write PROFILE, or CONTAINER=PROFILE")
    if len({one.container for one in services}) < len(services):
        return Refusal(Why.UNCLEAR, f"annotation {names.PROFILE} names a container twice; one profile for each")
    logs = row.log_files if row else ()
    return Choice(tuple(services), services[0].container if logs else "", logs)


_NONE: Mapping[str, Mapping[str, Any]] = {}


def _by_name(containers: Iterable[str]) -> Choice | Refusal:
    """Kolla calls containers nova_compute, Yaook and many charts nova-compute: as the profiles are called."""
    fitting = [(name, name.replace("_", "-")) for name in containers if name.replace("_", "-") in KNOWN]
    if not fitting:
        advice = f"annotate the pod template with {names.PROFILE}: PROFILE, or add it to `workloads`"
        return Refusal(
            Why.UNKNOWN, f"neither its labels nor the names of its containers tell a service that has a profile; {advice}"
        )
    return Choice(tuple(Service(name, profile, "the name of its container") for name, profile in fitting))
