"""What our pods may do at the API server: all of it stands here."""

from typing import Any

import pytest

from tests.helm.render import GOOD, Way, kinds, named, pods, versions_of

RIGHTS: dict[str, dict[str, list[tuple[str, str, str, str]]]] = {
    "agent": {"ClusterRole": [("", "pods", "", "list watch")]},
    "webhook": {"ClusterRole": [("events.k8s.io", "events", "", "create patch")]},
    "certificate": {
        "Role": [("", "secrets", "obs-stratoscope-webhook-certificate", "get patch")],
        "ClusterRole": [
            (
                "admissionregistration.k8s.io",
                "mutatingwebhookconfigurations",
                "openstack-obs-stratoscope-webhook",
                "get patch",
            )
        ],
    },
}
"""Component -> kind of role -> API group, resource, name of the one object (all, if empty), verbs."""


def rights(way: Way) -> dict[str, dict[str, list[tuple[str, str, str, str]]]]:
    found: dict[str, dict[str, list[tuple[str, str, str, str]]]] = {}
    for role in kinds(way, "Role", "ClusterRole"):
        component = role["metadata"]["labels"]["app.kubernetes.io/component"]
        found.setdefault(component, {})[role["kind"]] = [_right(rule) for rule in role["rules"]]
    return found


def _right(rule: dict[str, Any]) -> tuple[str, str, str, str]:
    assert rule.keys() <= {"apiGroups", "resources", "resourceNames", "verbs"}
    return (
        " ".join(rule["apiGroups"]),
        " ".join(rule["resources"]),
        " ".join(rule.get("resourceNames", [])),
        " ".join(rule["verbs"]),
    )


def test_all_rights_are_these() -> None:
    assert rights(Way()) == RIGHTS


@pytest.mark.parametrize(
    ("values", "components"),
    [
        ("agent-values.yaml", set()),
        ("cert-manager-values.yaml", {"webhook"}),
        ("own-certificate-values.yaml", set()),
        ("policy-values.yaml", set()),
        ("everything-values.yaml", {"agent", "webhook", "certificate"}),
    ],
)
def test_rights_go_with_what_needs_them(values: str, components: set[str]) -> None:
    assert rights(Way(values, kubernetes=versions_of(values)[-1])).keys() == components


@pytest.mark.parametrize("values", GOOD)
def test_a_token_is_mounted_where_there_are_rights_and_nowhere_else(values: str) -> None:
    way = Way(values, kubernetes=versions_of(values)[-1])
    may = {subject["name"] for one in kinds(way, "RoleBinding", "ClusterRoleBinding") for subject in one["subjects"]}
    for name, pod in pods(way):
        assert pod["spec"]["automountServiceAccountToken"] is (pod["spec"]["serviceAccountName"] in may), name
    assert all(one["automountServiceAccountToken"] is False for one in kinds(way, "ServiceAccount"))


def test_a_role_is_bound_to_the_account_of_its_component() -> None:
    way = Way()
    for binding in kinds(way, "RoleBinding", "ClusterRoleBinding"):
        role = named(way, binding["roleRef"]["kind"], binding["roleRef"]["name"])
        (subject,) = binding["subjects"]
        account = named(way, "ServiceAccount", subject["name"])
        components = [one["metadata"]["labels"]["app.kubernetes.io/component"] for one in (binding, role, account)]
        assert len(set(components)) == 1
        assert subject["namespace"] == way.namespace
