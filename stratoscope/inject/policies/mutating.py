"""A MutatingAdmissionPolicy for one kind of workload: which pods it is for, and what its expressions refer to."""

from collections.abc import Iterator
from typing import Any

from stratoscope.inject import names
from stratoscope.inject.mounts import folder_of
from stratoscope.inject.needs import NEEDS, Need
from stratoscope.inject.policies import pods
from stratoscope.inject.policies.cel import all_of, any_of, if_else, quoted
from stratoscope.inject.policies.example import EXCLUDED, NAME, Examples, Kind, Variant
from stratoscope.inject.policies.patching import patch

API = "admissionregistration.k8s.io/v1"
OPTED_IN = {"matchLabels": {names.INJECT: "enabled"}}
PODS = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], "scope": "Namespaced"}]
HOST = "object.spec.?hostNetwork.orValue(false)"
_GRACE = "object.spec.?terminationGracePeriodSeconds.orValue(30)"
_SAFE = "^[A-Za-z_][A-Za-z0-9_.-]*$"
"""A user's name that YAML takes for text as it is."""


def mutating(kind: Kind) -> list[dict[str, Any]]:
    """The policy, and its binding."""
    examples = Examples(kind)
    name = f"{NAME}-{kind.name}"
    spec = {
        "failurePolicy": "Ignore",
        "reinvocationPolicy": "IfNeeded",
        "matchConstraints": {"matchPolicy": "Equivalent", "namespaceSelector": OPTED_IN, "resourceRules": PODS},
        "matchConditions": [{"name": key, "expression": text} for key, text in conditions(examples)],
        "variables": [{"name": key, "expression": text} for key, text in variables(examples)],
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch(examples)}}],
    }
    policy = {"apiVersion": API, "kind": "MutatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec}
    return [policy, binding("MutatingAdmissionPolicyBinding", name)]


def binding(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """What puts a policy into force, everywhere but in the namespaces that are excluded."""
    out = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": EXCLUDED}
    spec = {"policyName": name, "matchResources": {"namespaceSelector": {"matchExpressions": [out]}}, **more}
    return {"apiVersion": API, "kind": kind, "metadata": {"name": name}, "spec": spec}


def conditions(examples: Examples) -> Iterator[tuple[str, str]]:
    """Named expressions that must all hold. They are asked first, and cannot use variables."""
    kind = examples.kind
    yield "labels", all_of(pods.has_label(key, value) for key, value in kind.row.labels.items())
    yield from left_alone()
    for index, (container, profile) in enumerate(kind.row.services):
        yield f"container-{index}", f"object.spec.containers.exists_one(c, c.name == {quoted(container)})"
        need, mounts = NEEDS[profile] if profile else Need(), pods.mounts(pods.container(container))
        for number, path in enumerate(need.required):
            yield f"sees-{index}-{number}", pods.seen(mounts, path)
        if need.config:
            yield f"configuration-{index}", any_of(pods.seen(mounts, path) for path in need.config)
    if not kind.services:
        yield "logs", _logs(kind, pods.mounts(pods.container(kind.logging)))
        return
    if kind.must_share():
        yield "shares-processes", any_of(f"object.spec.?{flag}.orValue(false)" for flag in ("shareProcessNamespace", "hostPID"))
    own, host = (examples.of(Variant(host=flag)).decision.port for flag in (False, True))
    yield "port-is-free", if_else(HOST, f"({pods.no_port(host)})", f"({pods.no_port(own)})")


def left_alone() -> Iterator[tuple[str, str]]:
    """Which pods no policy touches, as `deciding` has it. Annotations ask for what only the webhook can do."""
    yield "not-of-a-job", "!object.metadata.?ownerReferences.orValue([]).exists(o, o.kind == 'Job')"
    yield "runs-on", "object.spec.?restartPolicy.orValue('Always') == 'Always'"
    own = f"k.startsWith({quoted(names.PREFIX)}) && k != {quoted(names.INJECT)}"
    yield "not-annotated", f"!object.metadata.?annotations.orValue({{}}).exists(k, {own})"
    yield "not-opted-out", f"!(object.metadata.?annotations[{quoted(names.INJECT)}].orValue('') in ['false', 'disabled', 'no'])"
    yield "not-a-mirror", "!('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))"
    yield "not-ours", f"!({pods.has_label('app.kubernetes.io/part-of', 'stratoscope')})"
    injected = ", ".join(map(quoted, sorted(names.OWN)))
    volumes = ", ".join(map(quoted, sorted(names.VOLUMES)))
    yield "no-such-volume", f"!object.spec.?volumes.orValue([]).exists(v, v.name in [{volumes}])"
    yield "not-injected", f"!object.spec.?initContainers.orValue([]).exists(c, c.name in [{injected}])"


def variables(examples: Examples) -> Iterator[tuple[str, str]]:
    """Named expressions, each of which may use those before: which variant a pod is, and its containers."""
    kind = examples.kind
    yield "host", HOST
    for index, (container, _) in enumerate(kind.row.services):
        yield f"at{index}", f"object.spec.containers.map(c, c.name).indexOf({quoted(container)})"
        yield f"container{index}", pods.container(container)
        yield f"mounts{index}", pods.mounts(f"variables.container{index}")
    yield "logs", _logs(kind, "variables.mounts0") if kind.logging else "false"
    yield "drained", _drained(examples)
    yield "login", _login(kind)
    needed = examples.of().decision.grace
    yield "grace", _GRACE if needed is None else f"variables.drained && {_GRACE} < {needed} ? {needed} : {_GRACE}"


def _logs(kind: Kind, mounts: str) -> str:
    return any_of(pods.seen(mounts, folder) for folder in dict.fromkeys(map(folder_of, kind.row.log_files)))


def _drained(examples: Examples) -> str:
    drained = examples.of().decision.drained
    indexes = [index for index, (container, _) in enumerate(examples.kind.row.services) if container in drained]
    if len(indexes) > 1:
        raise ValueError(f"{examples.kind.name}: two services of one pod are drained, which no policy tells apart")
    lifecycle = f"variables.container{indexes[0]}.lifecycle" if indexes else ""
    return f"!has({lifecycle}) || !has({lifecycle}.preStop)" if lifecycle else "false"


def _login(kind: Kind) -> str:
    """Whether the first container has the login of its profile in its environment, as `login_of` asks for it."""
    login = next((NEEDS[profile].login for _, profile in kind.services), None)
    if login is None:
        return "false"
    _, user, password = login
    environment = "variables.container0.?env.orValue([])"
    named = f"e.name == {quoted(user)} && e.?value.orValue('').matches({quoted(_SAFE)})"
    secret = f"e.name == {quoted(password)} && has(e.valueFrom) && has(e.valueFrom.secretKeyRef)"
    return f"{environment}.exists(e, {named}) && {environment}.exists(e, {secret})"
