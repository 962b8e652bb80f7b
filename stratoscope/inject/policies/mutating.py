"""A MutatingAdmissionPolicy for one kind of workload: what the builder makes of its examples, with expressions for the rest."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stratoscope.inject import names, ports
from stratoscope.inject.mounts import folder_of
from stratoscope.inject.policies import pods
from stratoscope.inject.policies.cel import Expression, all_of, any_of, if_else, joined, literal, quoted
from stratoscope.inject.policies.example import (
    EXCLUDED,
    GRACE,
    MODE,
    NAME,
    PROBES,
    PULL_POLICY,
    SETTINGS,
    USER,
    Built,
    Kind,
    Variant,
    built,
)

API = "admissionregistration.k8s.io/v1"
OPTED_IN = {"matchLabels": {names.INJECT: "enabled"}}
PODS = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], "scope": "Namespaced"}]
_OWN_VOLUMES = frozenset({names.SETTINGS_VOLUME, names.STATE_VOLUME, names.NO_TOKEN_VOLUME})
_SAFE = "^[A-Za-z_][A-Za-z0-9_.-]*$"
"""A user's name that YAML takes for text as it is."""


def mutating(kind: Kind) -> list[dict[str, Any]]:
    """The policy, and its binding."""
    made = _Policy(kind)
    name = f"{NAME}-{kind.name}"
    constraints = {"matchPolicy": "Equivalent", "namespaceSelector": OPTED_IN, "resourceRules": PODS}
    spec = {
        "failurePolicy": "Ignore",
        "reinvocationPolicy": "IfNeeded",
        "matchConstraints": constraints,
        "matchConditions": [{"name": name_, "expression": text} for name_, text in made.conditions()],
        "variables": [{"name": name_, "expression": text} for name_, text in made.variables()],
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": made.patch()}}],
    }
    return [
        {"apiVersion": API, "kind": "MutatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec},
        binding("MutatingAdmissionPolicyBinding", name),
    ]


def binding(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """What puts a policy into force, everywhere but in the namespaces that are excluded."""
    out = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": EXCLUDED}
    spec = {"policyName": name, "matchResources": {"namespaceSelector": {"matchExpressions": [out]}}, **more}
    return {"apiVersion": API, "kind": kind, "metadata": {"name": name}, "spec": spec}


class _Policy:
    """Puts one together. In its expressions `variables.host`, `drained`, `login` and `logs` tell which variant a pod is."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._built: dict[Variant, Built] = {}

    def _of(self, variant: Variant) -> Built:
        return self._built.setdefault(variant, built(self._kind, variant))

    # -- whom it is for -----------------------------------------------------------------------------------------------------

    def conditions(self) -> Iterator[tuple[str, str]]:
        """Named expressions that must all hold; in none of them variables can be used."""
        kind = self._kind
        yield "labels", all_of(pods.has_label(key, value) for key, value in kind.row.labels.items())
        yield from left_alone()
        for index, (container, profile) in enumerate(kind.row.services):
            yield f"container-{index}", f"object.spec.containers.exists_one(c, c.name == {quoted(container)})"
            for number, path in enumerate(kind.need(profile).required if profile else ()):
                yield f"sees-{index}-{number}", pods.seen(pods.mounts(pods.container(container)), path)
        if not kind.services:
            yield "logs", self._logs(pods.mounts(pods.container(kind.logging)))
            return
        if kind.must_share():
            flags = (f"object.spec.?{flag}.orValue(false)" for flag in ("shareProcessNamespace", "hostPID"))
            yield "shares-processes", any_of(flags)
        own, host = (self._of(Variant(host=flag)).decision.port for flag in (False, True))
        free = if_else("object.spec.?hostNetwork.orValue(false)", f"({pods.no_port(host)})", f"({pods.no_port(own)})")
        yield "port-is-free", free

    def _logs(self, mounts: str) -> str:
        folders = dict.fromkeys(folder_of(pattern) for pattern in self._kind.row.log_files)
        return any_of(pods.seen(mounts, folder) for folder in folders)

    # -- what its expressions refer to --------------------------------------------------------------------------------------

    def variables(self) -> Iterator[tuple[str, str]]:
        """Named expressions, each of which may use those before."""
        kind = self._kind
        yield "host", "object.spec.?hostNetwork.orValue(false)"
        for index, (container, _) in enumerate(kind.row.services):
            yield f"at{index}", f"object.spec.containers.map(c, c.name).indexOf({quoted(container)})"
            yield f"container{index}", pods.container(container)
            yield f"mounts{index}", pods.mounts(f"variables.container{index}")
        yield "logs", self._logs("variables.mounts0") if kind.logging else "false"
        yield "drained", self._drained()
        yield "login", self._login()
        grace = "object.spec.?terminationGracePeriodSeconds.orValue(30)"
        needed = self._of(Variant()).decision.grace
        yield "grace", grace if needed is None else f"variables.drained && {grace} < {needed} ? {needed} : {grace}"

    def _drained(self) -> str:
        drained = self._of(Variant()).decision.drained
        indexes = [index for index, (container, _) in enumerate(self._kind.row.services) if container in drained]
        if len(indexes) > 1:
            raise ValueError(f"{self._kind.name}: two services of one pod are drained, which no policy tells apart")
        return (
            f"!has(variables.container{indexes[0]}.lifecycle) || !has(variables.container{indexes[0]}.lifecycle.preStop)"
            if indexes
            else "false"
        )

    def _login(self) -> str:
        found = [
            (index, login)
            for index, (_, profile) in enumerate(self._kind.row.services)
            if profile and (login := self._kind.need(profile).login)
        ]
        if not found:
            return "false"
        index, (_, user, password) = found[0]
        variables = f"variables.container{index}.?env.orValue([])"
        named = f"e.name == '{user}' && e.?value.orValue('').matches({quoted(_SAFE)})"
        secret = f"e.name == '{password}' && has(e.valueFrom) && has(e.valueFrom.secretKeyRef)"
        return f"{variables}.exists(e, {named}) && {variables}.exists(e, {secret})"

    # -- what it does -------------------------------------------------------------------------------------------------------

    def patch(self) -> str:
        """The expression of a JSON Patch."""
        parts = [_made("spec", "initContainers", "[]"), _made("spec", "volumes", "[]"), _made("metadata", "annotations", "{}")]
        parts += [f"[{_add('/spec/initContainers/-', one)}]" for one in self._probe_sidecar()]
        parts += [_when("variables.logs", _add("/spec/initContainers/-", one)) for one in self._log_sidecar()]
        parts += self._volumes()
        parts += self._annotations()
        for index, (container, _) in enumerate(self._kind.services):
            parts += self._service(index, container)
        if self._of(Variant()).decision.grace is not None:
            grace = "JSONPatch{op: 'add', path: '/spec/terminationGracePeriodSeconds', value: variables.grace}"
            parts.append(_when("variables.grace != object.spec.?terminationGracePeriodSeconds.orValue(30)", grace))
        return " +\n".join(parts)

    def _by_host(self, take: Callable[[Built], Any]) -> Expression:
        own, host = (literal(take(self._of(Variant(host=flag)))) for flag in (False, True))
        return Expression(if_else("variables.host", host, own))

    def _probe_sidecar(self) -> Iterator[Mapping[str, Any]]:
        if not self._kind.services:
            return
        own, host = (self._of(Variant(host=flag)).container(names.PROBE_CONTAINER) for flag in (False, True))
        made: dict[str, Any] = {key: value if value == host[key] else self._by_host_of(key) for key, value in own.items()}
        made["imagePullPolicy"] = PULL_POLICY
        made["volumeMounts"] = self._mounts(own, self._kind.paths())
        made["env"] = self._environment(own)
        made["securityContext"] = self._security(own["securityContext"], 0, same=self._same_user())
        yield made

    def _by_host_of(self, key: str) -> Expression:
        return self._by_host(lambda one: one.container(names.PROBE_CONTAINER)[key])

    def _same_user(self) -> bool:
        users = {self._kind.need(profile).user for _, profile in self._kind.services}
        return "same" in users and "root" not in users

    def _log_sidecar(self) -> Iterator[Mapping[str, Any]]:
        if not self._kind.logging:
            return
        own = self._of(Variant()).container(names.LOG_CONTAINER)
        folders = dict.fromkeys(folder_of(pattern) for pattern in self._kind.row.log_files)
        mounts = self._mounts(own, ((self._kind.logging, folder) for folder in folders))
        security = self._security(own["securityContext"], 0, same=True)
        yield {**own, "imagePullPolicy": PULL_POLICY, "volumeMounts": mounts, "securityContext": security}

    def _mounts(self, sidecar: Mapping[str, Any], paths: Iterator[tuple[str, str]]) -> Expression:
        own = [one for one in sidecar["volumeMounts"] if one["name"] in _OWN_VOLUMES]
        by_container: dict[str, list[str]] = {}
        for container, path in paths:
            by_container.setdefault(container, []).append(path)
        index = {container: number for number, (container, _) in enumerate(self._kind.row.services)}
        lists = [literal(own)]
        for container, wanted in by_container.items():
            lists.append(pods.copied(f"variables.mounts{index[container]}", wanted))
        return Expression(_distinct(lists))

    def _environment(self, sidecar: Mapping[str, Any]) -> Any:
        logins = [one for one in sidecar["env"] if "secretKeyRef" in (one.get("valueFrom") or {})]
        plain = [one for one in sidecar["env"] if one not in logins]
        if not logins:
            return plain
        copied = f"variables.container0.env.filter(e, e.name == {quoted(logins[0]['name'])}).map(e, dyn(e))"
        return Expression(f"{literal(plain)} + (variables.login ? {copied} : [])")

    def _security(self, made: Mapping[str, Any], index: int, *, same: bool) -> Mapping[str, Any]:
        if not same:
            return made
        user = pods.user(f"variables.container{index}")
        group = f"{pods.group(f'variables.container{index}')}.optMap(g, dyn(g))"
        return {
            **made,
            "runAsUser": Expression(user),
            "runAsNonRoot": Expression(f"{user} != 0"),
            "runAsGroup": Expression(group, optional=True),
        }

    def _volumes(self) -> Iterator[str]:
        """Each by itself, as what is in them depends on whether there are logs."""
        with_logs = {one["name"]: one for one in self._of(Variant()).pod["spec"]["volumes"]}
        without = {one["name"]: one for one in self._of(self._plain()).pod["spec"]["volumes"]}
        for name, volume in with_logs.items():
            value = if_else("variables.logs", literal(volume), literal(without[name]))
            yield f"[JSONPatch{{op: 'add', path: '/spec/volumes/-', value: {value}}}]"

    def _plain(self) -> Variant:
        """Without logs, where something is left then."""
        return Variant(logs=not (self._kind.logging and self._kind.services))

    def _annotations(self) -> Iterator[str]:
        parts = [quoted("probes")] if self._kind.services else []
        if self._of(Variant()).decision.drained:
            parts.append("(variables.drained ? ',drain' : '')")
        if self._kind.logging:
            parts.append("(variables.logs ? ',logs' : '')" if parts else quoted("logs"))
        yield f"[{_annotated(names.INJECTED, joined(parts))}]"
        if self._kind.services:
            yield f"[{_annotated(names.PROBE_SETTINGS, self._probe_settings())}]"
        if self._kind.logging:
            yield _when("variables.logs", _annotated(names.LOG_SETTINGS, self._log_settings()))

    def _probe_settings(self) -> str:
        """Text of YAML: one of up to eight, in which some lines depend on the pod."""

        def text(variant: Variant) -> str:
            return self._lines(self._of(variant).annotations[names.PROBE_SETTINGS])

        def by_host(drained: bool, login: bool) -> str:
            return if_else("variables.host", text(Variant(True, drained, login)), text(Variant(False, drained, login)))

        def by_login(drained: bool) -> str:
            return if_else("variables.login", by_host(drained, True), by_host(drained, False))

        return if_else("variables.drained", by_login(True), by_login(False))

    def _lines(self, text: str) -> str:
        """Config files that the pod has, its own period, its login's user, the mode."""
        config = {
            path: index for index, (_, profile) in enumerate(self._kind.services) for path in self._kind.need(profile).config
        }
        seen = {path: pods.seen(f"variables.mounts{index}", path) for path, index in config.items()}
        parts = []
        for line in text.splitlines(keepends=True):
            indent, rest = line[: len(line) - len(line.lstrip())], line.strip()
            if rest == "config_files:":
                parts.append(f"({any_of(seen.values())} ? {quoted(line)} : '')")
            elif rest.startswith("- /") and rest[2:] in seen:
                parts.append(f"({seen[rest[2:]]} ? {quoted(line)} : '')")
            elif rest.startswith("grace: "):
                parts += [quoted(f"{indent}grace: "), "string(variables.grace)", quoted("s\n")]
            elif rest == f"user: {USER}":
                parts += [quoted(f"{indent}user: "), self._user(), quoted("\n")]
            elif rest == f"mode: {SETTINGS.mode}":
                parts.append(quoted(f"{indent}mode: {MODE}\n"))
            else:
                parts.append(quoted(line))
        return joined(parts)

    def _user(self) -> str:
        logins = (self._kind.need(profile).login for _, profile in self._kind.services)
        name = next(one[1] for one in logins if one)
        return f"variables.container0.env.filter(e, e.name == {quoted(name)})[0].value"

    def _log_settings(self) -> str:
        parts = []
        for line in self._of(Variant()).annotations[names.LOG_SETTINGS].splitlines(keepends=True):
            pattern = line.strip().removeprefix("- ")
            if pattern in self._kind.row.log_files:
                parts.append(f"({pods.seen('variables.mounts0', folder_of(pattern))} ? {quoted(line)} : '')")
            else:
                parts.append(quoted(line))
        return joined(parts)

    def _service(self, index: int, container: str) -> Iterator[str]:
        """The probes that are wanted, and the hook."""
        place = f"'/spec/containers/' + string(variables.at{index}) + "
        for key in self._of(Variant()).decision.probes[container]:
            value = self._by_host(lambda one, key=key: one.container(container)[key]).text  # type: ignore[misc]
            there = f"variables.container{index}.{key}"
            wanted = f"{quoted(PROBES)} == 'all' || ({quoted(PROBES)} != 'none' && (!has({there}) || ({quoted(PROBES)} == 'exec' && has({there}.exec))))"
            yield _when(wanted, f"JSONPatch{{op: 'add', path: {place}'/{key}', value: {value}}}")
        if container in self._of(Variant()).decision.drained:
            value = self._by_host(lambda one: one.container(container)["lifecycle"]["preStop"]).text
            made = f"JSONPatch{{op: 'add', path: {place}'/lifecycle', value: {{}}}}"
            yield _when(f"!has(variables.container{index}.lifecycle)", made)
            yield _when("variables.drained", f"JSONPatch{{op: 'add', path: {place}'/lifecycle/preStop', value: {value}}}")


def left_alone() -> Iterator[tuple[str, str]]:
    """Which pods no policy touches, as `deciding` has it."""
    yield "not-of-a-job", "!object.metadata.?ownerReferences.orValue([]).exists(o, o.kind == 'Job')"
    yield "runs-on", "object.spec.?restartPolicy.orValue('Always') == 'Always'"
    own = f"k.startsWith({quoted(names.PREFIX)}) && k != {quoted(names.INJECT)}"
    out = f"object.metadata.?annotations[{quoted(names.INJECT)}].orValue('') in ['false', 'disabled', 'no']"
    yield "not-annotated", f"!object.metadata.?annotations.orValue({{}}).exists(k, {own}) && !({out})"
    yield "not-a-mirror", "!('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))"
    yield "not-ours", f"!({pods.has_label('app.kubernetes.io/part-of', 'stratoscope')})"
    injected = ", ".join(map(quoted, sorted(names.OWN)))
    yield "not-injected", f"!object.spec.?initContainers.orValue([]).exists(c, c.name in [{injected}])"


def _distinct(lists: list[str]) -> str:
    """One after the other; of mounts at one place that two containers share, the first."""
    whole = lists[0]
    for one in lists[1:]:
        others = [other for other in lists[1:] if other is not one]
        kept = (
            one if not others or one is lists[1] else f"({one}).filter(n, !({lists[1]}).exists(f, f.mountPath == n.mountPath))"
        )
        whole = f"{whole} + {kept}"
    return whole


def _made(parent: str, key: str, empty: str) -> str:
    return _when(f"!has(object.{parent}.{key})", f"JSONPatch{{op: 'add', path: '/{parent}/{key}', value: {empty}}}")


def _when(condition: str, operation: str) -> str:
    return f"({condition} ? [{operation}] : [])"


def _add(path: str, value: Mapping[str, Any]) -> str:
    return f"JSONPatch{{op: 'add', path: {quoted(path)}, value: {literal(value)}}}"


def _annotated(name: str, text: str) -> str:
    return f"JSONPatch{{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey({quoted(name)}), value: {text}}}"
