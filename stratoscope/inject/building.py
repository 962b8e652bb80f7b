"""The pod with its sidecars. What it had stays, fields that nobody here knows as well."""

import copy
from collections.abc import Mapping
from typing import Any

from stratoscope.inject import names
from stratoscope.inject.annotated import Wanted
from stratoscope.inject.model import Decision, Part, Pod, Subject
from stratoscope.inject.probe_settings import probe_settings
from stratoscope.inject.probing import pre_stop, probe
from stratoscope.inject.reading import mapping, text
from stratoscope.inject.sidecars import LOG_FILE, PROBE_FILE, log_settings, log_sidecar, probe_sidecar, volumes


def build(subject: Subject, decision: Decision, asked: Wanted) -> dict[str, Any]:
    """The pod that was decided on; a new one, the old one is not touched."""
    pod: dict[str, Any] = copy.deepcopy(dict(subject.pod))
    spec = pod["spec"]
    written = dict(_annotations(subject.pod, decision, asked))
    sidecars = []
    if decision.services:
        sidecars.append(probe_sidecar(spec, decision, asked))
    if decision.log_files:
        sidecars.append(log_sidecar(spec, decision, asked))
    _change_services(spec, decision)
    _at(spec, "initContainers", list).extend(sidecars)  # last: what is there already may prepare what they mount
    files = [(name, file) for name, file in _FILES if name in written]
    _at(spec, "volumes", list).extend(volumes(decision, files))
    _at(_at(pod, "metadata", dict), "annotations", dict).update(written)
    if decision.grace is not None:
        spec["terminationGracePeriodSeconds"] = decision.grace
    if asked.share_processes and decision.services and not spec.get("hostPID"):
        spec["shareProcessNamespace"] = True
    return pod


_FILES = ((names.PROBE_SETTINGS, PROBE_FILE), (names.LOG_SETTINGS, LOG_FILE))


def _annotations(pod: Pod, decision: Decision, asked: Wanted) -> Mapping[str, str]:
    spec = mapping(pod, "spec")
    made = {names.INJECTED: ",".join(part for part in Part if part in decision.parts)}
    if decision.services:
        made[names.PROBE_SETTINGS] = probe_settings(spec, decision, asked)
    if decision.log_files:
        made[names.LOG_SETTINGS] = log_settings(decision, asked)
    return made


def _change_services(spec: dict[str, Any], decision: Decision) -> None:
    for service in decision.services:
        container = next(one for one in spec["containers"] if text(one, "name") == service.container)
        for key in decision.probes.get(service.container, ()):
            container[key] = probe(key, service, decision)
        if service.container in decision.drained:
            _at(container, "lifecycle", dict)["preStop"] = pre_stop(service, decision)


def _at(holder: dict[str, Any], key: str, kind: type[Any]) -> Any:
    """The list or mapping at a key, made where there is none (or null)."""
    if not isinstance(holder.get(key), kind):
        holder[key] = kind()
    return holder[key]
