"""The expression of a policy that makes the JSON Patch: the builder's own sidecars, with expressions for what is the pod's."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from stratoscope.inject import names
from stratoscope.inject.deciding import STARTUP
from stratoscope.inject.mounts import folder_of
from stratoscope.inject.needs import NEEDS
from stratoscope.inject.policies import pods
from stratoscope.inject.policies.cel import Expression, if_else, joined, literal, quoted
from stratoscope.inject.policies.example import PROBES, PULL_POLICY, SETTINGS, Built, Examples, Kind, Variant
from stratoscope.inject.policies.settings_text import log_settings, probe_settings


def patch(examples: Examples) -> str:
    """A list of operations."""
    parts = [_made("spec", "initContainers", "[]"), _made("spec", "volumes", "[]"), _made("metadata", "annotations", "{}")]
    if examples.kind.services:
        parts.append(f"[{_add('/spec/initContainers/-', _probe_sidecar(examples))}]")
    if examples.kind.logging:
        parts.append(_when("variables.logs", _add("/spec/initContainers/-", _log_sidecar(examples))))
    parts += _volumes(examples)
    parts += _annotations(examples)
    for index, (container, _) in enumerate(examples.kind.services):
        parts += _service(examples, index, container)
    if examples.of().decision.grace is not None:
        grace = "JSONPatch{op: 'add', path: '/spec/terminationGracePeriodSeconds', value: variables.grace}"
        parts.append(_when("variables.grace != object.spec.?terminationGracePeriodSeconds.orValue(30)", grace))
    return " +\n".join(parts)


def _by_host(examples: Examples, take: Callable[[Built], Any]) -> str:
    own, host = (literal(take(examples.of(Variant(host=flag)))) for flag in (False, True))
    return if_else("variables.host", host, own)


def _probe_sidecar(examples: Examples) -> Mapping[str, Any]:
    own, host = (examples.of(Variant(host=flag)).container(names.PROBE_CONTAINER) for flag in (False, True))
    made = {
        key: value if value == host[key] else Expression(if_else("variables.host", literal(host[key]), literal(value)))
        for key, value in own.items()
    }
    users = {NEEDS[profile].user for _, profile in examples.kind.services}
    same = "same" in users and "root" not in users
    return made | {
        "imagePullPolicy": PULL_POLICY,
        "volumeMounts": _mounts(examples.kind, own, examples.kind.paths()),
        "env": _environment(own),
        "securityContext": _of_user(own["securityContext"]) if same else own["securityContext"],
    }


def _log_sidecar(examples: Examples) -> Mapping[str, Any]:
    kind = examples.kind
    own = examples.of().container(names.LOG_CONTAINER)
    folders = dict.fromkeys(map(folder_of, kind.row.log_files))
    return {
        **own,
        "imagePullPolicy": PULL_POLICY,
        "volumeMounts": _mounts(kind, own, ((kind.logging, folder) for folder in folders)),
        "securityContext": _of_user(own["securityContext"]),
    }


def _mounts(kind: Kind, sidecar: Mapping[str, Any], paths: Iterable[tuple[str, str]]) -> Expression:
    """Its own, and those of the services. Of two services that mount something at one place, the first one's counts."""
    by_container: dict[str, list[str]] = {}
    for container, path in paths:
        by_container.setdefault(container, []).append(path)
    index = {container: number for number, (container, _) in enumerate(kind.row.services)}
    own = literal([one for one in sidecar["volumeMounts"] if one["name"] in names.VOLUMES])
    lists = [pods.copied(f"variables.mounts{index[container]}", wanted) for container, wanted in by_container.items()]
    for position, one in enumerate(lists[1:], 1):
        before = " + ".join(lists[:position])
        lists[position] = f"({one}).filter(n, !({before}).exists(f, {_place('f')} == {_place('n')}))"
    return Expression(" + ".join([own, *lists]))


def _place(mount: str) -> str:
    path = f"{mount}.mountPath"
    return f"({path}.endsWith('/') ? {path}.substring(0, {path}.size() - 1) : {path})"


def _environment(sidecar: Mapping[str, Any]) -> Any:
    logins = [one for one in sidecar["env"] if "secretKeyRef" in (one.get("valueFrom") or {})]
    plain = [one for one in sidecar["env"] if one not in logins]
    if not logins:
        return plain
    copied = f"variables.container0.env.filter(e, e.name == {quoted(logins[0]['name'])}).map(e, dyn(e))"
    return Expression(f"{literal(plain)} + (variables.login ? {copied} : [])")


def _of_user(made: Mapping[str, Any]) -> Mapping[str, Any]:
    """As the service's own user."""
    user, group = (one("variables.container0", SETTINGS.uid) for one in (pods.user, pods.group))
    return {
        **made,
        "runAsUser": Expression(user),
        "runAsNonRoot": Expression(f"{user} != 0"),
        "runAsGroup": Expression(f"{group}.optMap(g, dyn(g))", optional=True),
    }


def _volumes(examples: Examples) -> Iterator[str]:
    """What is in them depends on whether there are logs."""
    kind = examples.kind
    with_logs = {one["name"]: one for one in examples.of().pod["spec"]["volumes"] if one["name"] in names.VOLUMES}
    plain = examples.of(Variant(logs=not (kind.logging and kind.services))).pod["spec"]["volumes"]
    without = {one["name"]: one for one in plain}
    for name, volume in with_logs.items():
        value = if_else("variables.logs", literal(volume), literal(without[name]))
        yield f"[JSONPatch{{op: 'add', path: '/spec/volumes/-', value: {value}}}]"


def _annotations(examples: Examples) -> Iterator[str]:
    kind = examples.kind
    parts = [quoted("probes")] if kind.services else []
    if examples.of().decision.drained:
        parts.append("(variables.drained ? ',drain' : '')")
    if kind.logging:
        parts.append("(variables.logs ? ',logs' : '')" if parts else quoted("logs"))
    yield f"[{_annotated(names.INJECTED, joined(parts))}]"
    if kind.services:
        yield f"[{_annotated(names.PROBE_SETTINGS, probe_settings(examples))}]"
    if kind.logging:
        yield _when("variables.logs", _annotated(names.LOG_SETTINGS, log_settings(examples)))


def _service(examples: Examples, index: int, container: str) -> Iterator[str]:
    """The probes that are wanted, and the hook."""
    place = f"'/spec/containers/' + string(variables.at{index}) + "
    wish = quoted(PROBES)
    for key in examples.of().decision.probes[container]:
        value = _by_host(examples, lambda one, key=key: one.container(container)[key])  # type: ignore[misc]
        there = f"variables.container{index}.{key}"
        lacking = f"({wish} == 'exec' && has({there}) && has({there}.exec))"
        if key != STARTUP:
            lacking = f"!has({there}) || {lacking}"
        wanted = f"{wish} == 'all' || ({wish} != 'none' && ({lacking}))"
        yield _when(wanted, f"JSONPatch{{op: 'add', path: {place}'/{key}', value: {value}}}")
    if container in examples.of().decision.drained:
        value = _by_host(examples, lambda one: one.container(container)["lifecycle"]["preStop"])
        made = f"JSONPatch{{op: 'add', path: {place}'/lifecycle', value: {{}}}}"
        yield _when(f"!has(variables.container{index}.lifecycle)", made)
        yield _when("variables.drained", f"JSONPatch{{op: 'add', path: {place}'/lifecycle/preStop', value: {value}}}")


def _made(parent: str, key: str, empty: str) -> str:
    return _when(f"!has(object.{parent}.{key})", f"JSONPatch{{op: 'add', path: '/{parent}/{key}', value: {empty}}}")


def _when(condition: str, operation: str) -> str:
    return f"({condition} ? [{operation}] : [])"


def _add(path: str, value: Mapping[str, Any]) -> str:
    return f"JSONPatch{{op: 'add', path: {quoted(path)}, value: {literal(value)}}}"


def _annotated(name: str, text: str) -> str:
    return f"JSONPatch{{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey({quoted(name)}), value: {text}}}"
