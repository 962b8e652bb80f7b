"""What the path of a container's log tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.semconv.attributes import container_attributes, k8s_attributes

from collectors.pods.names import Chosen, ContainerName, container_of, glob_mistakes
from collectors.pods.settings import PodsInput

UID = "5f0f1c1e-7d0e-4c7e-9a55-0b6a4d1f3c11"
HASH = "0123456789abcdef0123456789abcdef"

LABELS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True)
PODS = st.from_regex(r"[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?", fullmatch=True)
ENDINGS = st.sampled_from(["", ".20261126-221500", ".20261126-221500.gz"])


@given(LABELS, PODS, st.sampled_from([UID, HASH]), LABELS, st.integers(0, 10**6), ENDINGS)
def test_every_name_that_kubernetes_allows_is_read_back_from_the_path_of_its_log(
    namespace: str, pod: str, uid: str, container: str, restarts: int, ending: str
) -> None:
    path = f"/var/log/pods/{namespace}_{pod}_{uid}/{container}/{restarts}.log{ending}"
    assert container_of(path) == ContainerName(namespace, pod, container, uid, str(restarts))


@given(LABELS, PODS, LABELS, st.integers(0, 2**256 - 1))
def test_every_name_is_read_back_from_the_link_to_its_log(namespace: str, pod: str, container: str, number: int) -> None:
    path = f"/var/log/containers/{pod}_{namespace}_{container}-{number:064x}.log"
    assert container_of(path) == ContainerName(namespace, pod, container, id=f"{number:064x}")


@given(st.text(max_size=80))
def test_no_path_at_all_is_too_odd(path: str) -> None:
    name = container_of(path)
    assert name is None or name.pod in path


@pytest.mark.parametrize(
    "path",
    [
        "/var/log/nova/nova-api.log",
        "/var/log/pods/openstack_nova_uid-with-capital-X/nova/0.log",
        f"/var/log/pods/openstack_nova_{UID}/nova/log.0",
        f"/var/log/pods/openstack_nova_{UID}/0.log",
        "/var/log/containers/nova_openstack_nova-123.log",
    ],
)
def test_other_paths_tell_nothing(path: str) -> None:
    assert container_of(path) is None


def test_attributes_are_called_as_in_the_semantic_conventions() -> None:
    name = ContainerName("openstack", "nova-0", "nova", UID, "3", "ab")
    assert name.resource() == {
        k8s_attributes.K8S_NAMESPACE_NAME: "openstack",
        k8s_attributes.K8S_POD_NAME: "nova-0",
        k8s_attributes.K8S_POD_UID: UID,
        k8s_attributes.K8S_CONTAINER_NAME: "nova",
        k8s_attributes.K8S_CONTAINER_RESTART_COUNT: "3",
        container_attributes.CONTAINER_ID: "ab",
    }
    assert ContainerName("a", "b", "c").resource().keys() == {"k8s.namespace.name", "k8s.pod.name", "k8s.container.name"}


@pytest.mark.parametrize(
    ("include", "exclude", "text", "chosen"),
    [
        ([], [], "openstack/nova-0/nova", True),
        (["openstack"], [], "openstack/nova-0/nova", True),
        (["openstack"], [], "kube-system/nova-0/nova", False),
        (["*/nova-*", "ceph/*/mon"], [], "ceph/x/mon", True),
        (["*/nova-*"], [], "ceph/x/nova-", False),
        ([], ["*/*/istio-proxy"], "openstack/nova-0/istio-proxy", False),
        (["openstack"], ["openstack/nova-*"], "openstack/nova-0/nova", False),
        ([], PodsInput().exclude, "monitoring/stratoscope-x7k2p/collect", False),
        ([], PodsInput().exclude, "openstack/nova-0/stratoscope", False),
        ([], PodsInput().exclude, "stratoscope/nova-0/nova", True),
    ],
)
def test_containers_are_chosen_by_globs_and_our_own_are_left_out(
    include: list[str], exclude: list[str], text: str, chosen: bool
) -> None:
    assert (ContainerName(*text.split("/")) in Chosen(include, exclude)) is chosen


def test_a_glob_of_another_shape_is_a_mistake() -> None:
    assert list(glob_mistakes("include", ["a/b/c", "a", "a//c", "a/b/c/d", ""])) == [
        (f"include[{index}]", "write namespace/pod/container, as openstack/nova-*/*; parts at the end may be left out")
        for index in (2, 3, 4)
    ]
