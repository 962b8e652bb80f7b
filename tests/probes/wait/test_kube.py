"""Objects of Kubernetes by watch: what changes, what breaks, what is refused."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clients.kubernetes_access import ApiAccess
from clients.model import Deadline
from probes.wait.backoff import Backoff
from probes.wait.board import Board
from probes.wait.kube import KubeAsking, kubernetes
from probes.wait.model import Answer, Kube
from probes.wait.place import NoPlaceError, own_namespace, own_node
from probes.wait.targets import parse
from probes.wait.waiting import Pace, Waiting
from tests.probes.wait.test_ready import thing
from tests.servers.kube_api import KubeApi
from tests.servers.process import wait_until

pytestmark = pytest.mark.servers


@pytest.fixture(name="api")
def running_api() -> Iterator[KubeApi]:
    with KubeApi() as api:
        yield api


def made(api: KubeApi, folder: Path, text: str, namespace: str = "openstack", node: str = "cmp001") -> KubeAsking:
    target = parse(text)
    assert isinstance(target, Kube)
    return kubernetes(ApiAccess(kubeconfig=api.kubeconfig(folder), timeout=10), namespace, 1, node)(target)


class Waited:
    """A wait for one object, in a thread."""

    def __init__(self, api: KubeApi, folder: Path, text: str) -> None:
        self.lines: list[str] = []
        self.board = Board([text], 0.0)
        self.outcome = ""
        self.waiting = Waiting([made(api, folder, text)], Pace(10.0, Backoff(0.01, 0.05)))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self.outcome, _ = self.waiting.run(self.board, Deadline.after(100.0), self.lines.append)

    def until(self, words: str) -> None:
        wait_until(lambda: any(words in line for line in self.lines), f"{words!r} in {self.lines}")

    def there(self) -> None:
        self.thread.join(60.0)
        assert self.outcome == "there", self.lines


def lists(api: KubeApi) -> list[str]:
    return [one for one in api.asked if "watch=" not in one]


def test_a_job_first_absent_then_running_then_complete(api: KubeApi, tmp_path: Path) -> None:
    waited = Waited(api, tmp_path, "job/nova-db-sync")
    waited.until("there is no job nova-db-sync")
    wait_until(lambda: api.watching == 1, "it watches")
    api.add(thing("job-running"))
    waited.until("0 of 1 completions")
    other = thing("job-complete")
    other["metadata"]["name"] = "nova-db-init"
    api.add(other)
    api.add(thing("job-failed"))
    waited.until("BackoffLimitExceeded")
    assert not waited.board.entries[0].there
    api.delete("openstack", "nova-db-sync", "Job")
    api.add(thing("job-complete"))
    waited.there()
    assert lists(api) == ["/apis/batch/v1/namespaces/openstack/jobs?fieldSelector=metadata.name%3Dnova-db-sync&limit=500"]


def test_a_service_gets_an_endpoint(api: KubeApi, tmp_path: Path) -> None:
    empty = thing("endpointslice")
    empty["endpoints"][0]["conditions"]["ready"] = False
    api.add(empty)
    waited = Waited(api, tmp_path, "service/keystone-api")
    waited.until("none of 1 endpoints is ready")
    api.add(thing("endpointslice"))
    waited.there()


def pod(ready: str, node: str) -> dict[str, Any]:
    return {
        "metadata": {"name": f"libvirt-{node}", "namespace": "openstack", "labels": {"application": "libvirt"}},
        "spec": {"nodeName": node},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def test_a_pod_on_the_same_node(api: KubeApi, tmp_path: Path) -> None:
    api.add(pod("True", "cmp002"))
    waited = Waited(api, tmp_path, "pod/application=libvirt?node=own")
    waited.until("there is no pod with application=libvirt")
    api.add(pod("False", "cmp001"))
    waited.until("none of 1 pods")
    api.add(pod("True", "cmp001"))
    waited.there()


def test_a_watch_that_breaks_goes_on_from_where_it_was(api: KubeApi, tmp_path: Path) -> None:
    waited = Waited(api, tmp_path, "job/nova-db-sync")
    wait_until(lambda: api.watching == 1, "it watches")
    api.hang_up()
    waited.until("the connection broke")
    api.add(thing("job-complete"))
    waited.there()
    assert len(lists(api)) == 1


def test_a_version_that_is_too_old_begins_anew(api: KubeApi, tmp_path: Path) -> None:
    """410 Gone, as an event of the watch."""
    waited = Waited(api, tmp_path, "job/nova-db-sync")
    wait_until(lambda: api.watching == 1, "it watches")
    api.compact()
    api.hang_up()
    wait_until(lambda: len(lists(api)) > 1, "it lists again")
    api.add(thing("job-complete"))
    waited.there()


def test_410_as_a_status_begins_anew(api: KubeApi, tmp_path: Path) -> None:
    gone = [True]
    api.refuse = lambda path: (410, "too old resource version") if "watch=" in path and gone else None
    waited = Waited(api, tmp_path, "job/nova-db-sync")
    wait_until(lambda: len(lists(api)) > 2, "it lists again and again")
    gone.clear()
    api.add(thing("job-complete"))
    waited.there()


def test_403_says_which_right_is_missing(api: KubeApi, tmp_path: Path) -> None:
    said = 'jobs.batch is forbidden: User "system:serviceaccount:openstack:nova" cannot list resource "jobs"'
    api.refuse = lambda _: (403, said)
    answer = made(api, tmp_path, "job/nova-db-sync").ask(Deadline.after(10.0), lambda _: None)
    assert answer == Answer(
        there=False,
        text=f"GET /apis/batch/v1/namespaces/openstack/jobs: 403 {said}; "
        "give its service account list and watch on jobs of batch in openstack",
    )


@pytest.mark.parametrize(("status", "words"), [(401, "check the token"), (500, "500 etcd is away"), (429, "429 etcd is away")])
def test_other_refusals_are_told_and_tried_again(api: KubeApi, tmp_path: Path, status: int, words: str) -> None:
    ill = [True]
    api.refuse = lambda _: (status, "etcd is away") if ill else None
    waited = Waited(api, tmp_path, "job/nova-db-sync")
    waited.until(words)
    ill.clear()
    api.add(thing("job-complete"))
    waited.there()


def test_an_api_server_that_is_away(tmp_path: Path) -> None:
    with KubeApi() as api:
        asked = made(api, tmp_path, "job/x")
    answer = asked.ask(Deadline.after(10.0), lambda _: None)
    assert "check the network and the address of the API server" in answer.text


def test_an_answer_of_another_shape(api: KubeApi, tmp_path: Path) -> None:
    broken: dict[str, Any] = json.loads(json.dumps(thing("job-running")))
    broken["status"] = []
    api.add(broken | {"status": {"conditions": ["odd"]}})
    answer = made(api, tmp_path, "job/nova-db-sync").ask(Deadline.after(10.0), lambda _: None)
    assert "an answer of another shape" in answer.text


def test_a_list_comes_page_by_page(api: KubeApi, tmp_path: Path) -> None:
    api.page = 1
    for number in range(3):
        one = pod("True" if number == 2 else "False", "cmp001")
        one["metadata"]["name"] = f"p{number}"
        api.add(one)
    assert made(api, tmp_path, "pod/application=libvirt").ask(Deadline.after(10.0), lambda _: None).there
    assert len(lists(api)) == 3


def test_where_nobody_says_where_we_are(api: KubeApi, tmp_path: Path) -> None:
    with pytest.raises(NoPlaceError, match="write job/NAMESPACE/NAME, or --namespace NAME"):
        made(api, tmp_path, "job/x", namespace="")
    with pytest.raises(NoPlaceError, match="set NODE_NAME from"):
        made(api, tmp_path, "pod/a=b?node=own", node="")
    (tmp_path / "namespace").write_text("openstack\n")
    assert own_namespace(tmp_path / "namespace") == "openstack"
    assert own_namespace(tmp_path / "none") == ""
    assert own_node({"NODE_NAME": "cmp001"}) == "cmp001"
