"""What the API server's pods tell."""

import json
from typing import Any

import pytest

from collectors.pods.metadata import attributes_of, service_of
from collectors.pods.names import ContainerName
from collectors.pods.settings import LABELS, PodMetadata, PodsInput
from collectors.pods.table import BOUND, PodTable
from tests.servers.kube_api import DATA


def pod(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nova-compute", {"k8s.daemonset.name": "nova-compute-default", "service.name": "nova-compute"}),
        (
            "nova-api-osapi",
            {
                "k8s.replicaset.name": "nova-api-osapi-6d5c8b7f9d",
                "k8s.deployment.name": "nova-api-osapi",
                "service.name": "nova-os-api",
            },
        ),
        ("mariadb-server-0", {"k8s.statefulset.name": "mariadb-server", "service.name": "mariadb-server"}),
        (
            "heat-engine-cleaner",
            {
                "k8s.job.name": "heat-engine-cleaner-29402715",
                "k8s.cronjob.name": "heat-engine-cleaner",
                "service.name": "heat-engine-cleaner",
            },
        ),
        ("kube-apiserver", {}),
    ],
)
def test_owners_and_services_are_found(name: str, expected: dict[str, str]) -> None:
    assert attributes_of(pod(name), ()) == {"k8s.node.name": "compute-1", **expected}


def test_only_the_labels_that_are_named_are_given() -> None:
    attributes = attributes_of(pod("nova-compute"), ("application", "component", "no-such-label"))
    assert {key: value for key, value in attributes.items() if "label" in key} == {
        "k8s.pod.label.application": "nova",
        "k8s.pod.label.component": "compute",
    }


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"application": "nova", "component": "compute"}, "nova-compute"),
        ({"application": "neutron", "component": "neutron-dhcp-agent"}, "neutron-dhcp-agent"),
        ({"app.kubernetes.io/name": "valkey"}, "valkey"),
        ({"component": "etcd"}, None),
    ],
)
def test_the_labels_tell_the_service(labels: dict[str, str], service: str | None) -> None:
    assert service_of(labels) == service


def test_a_replica_set_without_a_deployment_is_not_given_one() -> None:
    lone = pod("nova-api-osapi")
    del lone["metadata"]["labels"]["pod-template-hash"]
    assert "k8s.deployment.name" not in attributes_of(lone, ())


def test_a_pod_is_found_by_name_and_uid_and_a_static_one_by_the_hash_of_its_manifest() -> None:
    table = PodTable(LABELS)
    table.replace(iter([pod("nova-compute"), pod("kube-apiserver")]))
    compute = ContainerName("openstack", "nova-compute-default-x2x4q", "nova-compute", pod("nova-compute")["metadata"]["uid"])
    assert table.attributes(compute)["service.name"] == "nova-compute"
    assert table.attributes(ContainerName("openstack", compute.pod, "init"))["service.name"] == "nova-compute"
    assert table.attributes(ContainerName("openstack", compute.pod, "init", "another-uid")) == {}
    static = ContainerName("kube-system", "kube-apiserver-master-1", "x", "0123456789abcdef0123456789abcdef")
    assert table.attributes(static)["k8s.pod.label.component"] == "kube-apiserver"


def test_the_table_is_bounded_and_keeps_a_pod_that_is_gone_for_its_last_lines() -> None:
    table = PodTable(())
    first = pod("nova-compute")
    table.change("set", first)
    table.change("gone", first)
    name = ContainerName("openstack", first["metadata"]["name"], "nova-compute")
    assert table.attributes(name)
    for number in range(BOUND):
        table.change("set", {"metadata": {"namespace": "x", "name": f"pod-{number}", "uid": str(number)}})
    assert len(table) == BOUND
    assert table.attributes(name) == {}


def test_settings_tell_what_is_wrong_with_them() -> None:
    assert list(PodsInput().mistakes()) == []
    assert [key for key, _ in PodsInput(include=("a//",), exclude=("",), max_open=1).mistakes()] == [
        "include[0]",
        "exclude[0]",
        "max_open",
    ]
    assert [key for key, _ in PodMetadata(labels=("x",) * 33).mistakes()] == ["labels"]
