"""The logs of pods from their files, with and without the API server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clients.kubernetes_access import ApiAccess
from collectors.model import Chunk, Position, Source
from collectors.pods.settings import PodMetadata, PodsInput
from collectors.pods.source import PATIENCE, PodSource
from tests.servers.kube_api import DATA, KubeApi
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collectors.problems import Problem

COMPUTE = json.loads((DATA / "nova-compute.json").read_text())
UID = COMPUTE["metadata"]["uid"]
NAME = COMPUTE["metadata"]["name"]


def write(folder: Path, pod: str, container: str, text: bytes, uid: str = UID) -> None:
    path = folder / f"openstack_{pod}_{uid}" / container / "0.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(text)


@pytest.fixture(name="api")
def running_api() -> Iterator[KubeApi]:
    with KubeApi() as api:
        api.add(json.loads((DATA / "nova-compute.json").read_text()))
        yield api


def given(source: Source) -> list[Chunk]:
    return [chunk for chunk in source.poll() if chunk.data]


def test_the_path_tells_who_wrote_and_others_are_not_even_opened(tmp_path: Path) -> None:
    write(tmp_path, NAME, "nova-compute", b"one\n")
    write(tmp_path, "stratoscope-x7k2p", "collect", b"our own\n")
    (tmp_path / "stray.log").write_bytes(b"no pod's\n")
    remembered: dict[str, Position] = {}
    source = PodSource(PodsInput(folder=tmp_path), lambda _: None, remember=remembered.update)
    (chunk,) = given(source)
    assert chunk.data == b"one\n"
    assert chunk.resource == {
        "k8s.namespace.name": "openstack",
        "k8s.pod.name": NAME,
        "k8s.pod.uid": UID,
        "k8s.container.name": "nova-compute",
        "k8s.container.restart_count": "0",
    }
    assert (source.done(), source.streams(), source.unread()) == (False, [], 0)
    source.commit({chunk.identity: Position(4, 2, chunk.path)})
    source.close()
    write(tmp_path, NAME, "nova-compute", b"two\n")
    later = PodSource(PodsInput(folder=tmp_path), lambda _: None, positions=remembered)
    assert [chunk.data for chunk in given(later)] == [b"two\n"]
    later.close()


@pytest.mark.servers
def test_labels_and_owner_come_from_one_watch_of_this_nodes_pods(tmp_path: Path, api: KubeApi) -> None:
    write(tmp_path, NAME, "nova-compute", b"one\n")
    metadata = PodMetadata(node="compute-1", access=ApiAccess(kubeconfig=api.kubeconfig(tmp_path)))
    source = PodSource(PodsInput(folder=tmp_path, metadata=metadata), lambda _: None)
    chunks: list[Chunk] = []

    def came() -> bool:
        chunks.extend(given(source))
        return bool(chunks)

    wait_until(came, "the first lines")
    resource = chunks[0].resource
    assert resource["k8s.daemonset.name"] == "nova-compute-default"
    assert resource["k8s.pod.label.application"] == "nova"
    assert (resource["service.name"], resource["k8s.node.name"]) == ("nova-compute", "compute-1")
    assert "fieldSelector=spec.nodeName%3Dcompute-1" in api.asked[0]
    source.close()


def test_logs_go_on_without_labels_when_the_api_server_does_not_answer(tmp_path: Path) -> None:
    write(tmp_path, NAME, "nova-compute", b"one\n")
    (tmp_path / "kubeconfig").write_text("{}")
    problems: list[Problem] = []
    now = [0.0]
    metadata = PodMetadata(node="compute-1", access=ApiAccess(kubeconfig=tmp_path / "kubeconfig"))
    source = PodSource(PodsInput(folder=tmp_path, metadata=metadata), problems.append, clock=lambda: now[0])
    assert given(source) == []
    now[0] = PATIENCE
    (chunk,) = given(source)
    assert chunk.resource["k8s.pod.name"] == NAME
    wait_until(lambda: bool(problems), "a word about it")
    assert str(problems[0]).startswith(f"kubernetes: {tmp_path}/kubeconfig cannot be used: ")
    source.close()
