"""A ValidatingAdmissionPolicy that lets everything pass, and warns when a pod came out without its sidecar.

Whoever injects fails open: it is the end that has to be looked at. Validation comes after all mutation, so it sees the end.
"""

from typing import Any

from stratoscope.inject import names
from stratoscope.inject.policies import pods
from stratoscope.inject.policies.cel import all_of, quoted
from stratoscope.inject.policies.example import KINDS, NAME
from stratoscope.inject.policies.mutating import API, OPTED_IN, PODS, binding, left_alone

_SIDECARS = f"object.spec.?initContainers.orValue([]).filter(c, c.name in {sorted(names.OWN)!r})"


def validating() -> list[dict[str, Any]]:
    """The policy, and its binding: warnings for who makes the pod, and a line in the audit log."""
    name = f"{NAME}-sidecars"
    conditions = [
        {"name": key, "expression": text} for key, text in left_alone() if key not in ("not-annotated", "not-injected")
    ]
    spec = {
        "failurePolicy": "Ignore",
        "matchConstraints": {"matchPolicy": "Equivalent", "namespaceSelector": OPTED_IN, "resourceRules": PODS},
        "matchConditions": conditions,
        "variables": [
            {"name": "known", "expression": _known()},
            {"name": "sidecars", "expression": _SIDECARS},
        ],
        "validations": [
            {
                "expression": "!variables.known || variables.sidecars.size() > 0",
                "message": "came out without its sidecar, though its namespace is opted in; `stratoscope doctor` tells why",
            },
            {
                "expression": "variables.sidecars.all(c, c.?restartPolicy.orValue('') == 'Always')",
                "message": "its sidecar has lost restartPolicy Always, so the pod never starts: an older webhook drops it",
            },
        ],
    }
    return [
        {"apiVersion": API, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec},
        binding("ValidatingAdmissionPolicyBinding", name, validationActions=["Warn", "Audit"]),
    ]


def _known() -> str:
    """Whether its labels are those of a service that has a profile, and its container is there."""
    rows = []
    for kind in KINDS:
        labels = all_of(pods.has_label(key, value) for key, value in kind.row.labels.items())
        containers = all_of(f"object.spec.containers.exists(c, c.name == {quoted(one)})" for one, _ in kind.row.services)
        rows.append(f"({labels} && {containers})")
    return " ||\n".join(rows)
