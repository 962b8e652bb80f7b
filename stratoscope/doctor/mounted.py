"""Files that pods mount out of ConfigMaps and Secrets, and that are worth a look: logging.conf, and our own settings."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from stratoscope.doctor.model import File, Object
from stratoscope.doctor.workloads import component_of, namespace_of, ours, workload_of
from stratoscope.inject.reading import listed, mapping, text

LOGGING = "logging.conf"
OWN = "/etc/stratoscope"
"""Where the chart mounts our settings, and what the file of each component is called."""
_Place = tuple[str, str, str, str]


def files_of(pods: Iterable[Object]) -> Iterator[File]:
    """Each file once, with all workloads that mount it; ordered."""
    users: dict[_Place, set[str]] = {}
    for pod in pods:
        for kind, name, key in _of_pod(pod):
            users.setdefault((kind, namespace_of(pod), name, key), set()).add(workload_of(pod).shown)
    for place, found in sorted(users.items()):
        yield File(*place, users=tuple(sorted(found)))


def _of_pod(pod: Object) -> Iterator[tuple[str, str, str]]:
    volumes = {text(one, "name"): one for one in listed(mapping(pod, "spec"), "volumes")}
    for container in listed(mapping(pod, "spec"), "containers"):
        for mount in listed(container, "volumeMounts"):
            volume = volumes.get(text(mount, "name"))
            if volume is not None:
                yield from _of_mount(mount, volume, _settings_file(pod))


def _settings_file(pod: Object) -> str:
    component = component_of(pod) if ours(pod) else ""
    return "export.yaml" if component.startswith("exporter-") else ("webhook.yaml" if component == "webhook" else "")


def _of_mount(mount: Mapping[str, Any], volume: Mapping[str, Any], own: str) -> Iterator[tuple[str, str, str]]:
    """`own`: the file of our own settings in it; empty for pods of others."""
    path, sub_path = PurePosixPath(text(mount, "mountPath")), text(mount, "subPath")
    if own and path == PurePosixPath(OWN):
        yield from ((kind, name, own) for kind, name, _ in _sources(volume))
    elif path.name == LOGGING:
        for kind, name, items in _sources(volume):
            yield kind, name, next((key for key, to in items if to == sub_path), sub_path or LOGGING)


def _sources(volume: Mapping[str, Any]) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """What a volume is made of: kind, name, and under which path which key is found."""
    for holder in (volume, *listed(mapping(volume, "projected"), "sources")):
        for key, kind, name in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")):
            source = mapping(holder, key)
            found = text(source, name) or text(source, "name")
            if found:
                yield kind, found, [(text(one, "key"), text(one, "path")) for one in listed(source, "items")]
