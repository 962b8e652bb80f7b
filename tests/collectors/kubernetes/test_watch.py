"""The watch: it goes on after whatever a server does, and tells what does not pass."""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
import trustme

from clients.kubernetes import Api, ApiError
from clients.kubernetes_access import ApiAccess
from collectors.kubernetes.settings import KubernetesInput
from collectors.kubernetes.watch import Watch
from tests.collectors.kubernetes.pods import pod
from tests.servers.kube_api import KubeApi
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collectors.problems import Problem

pytestmark = pytest.mark.servers


class Names:
    """The pods that are there, by name, and how often all were listed."""

    def __init__(self) -> None:
        self.present: set[str] = set()
        self.lists = 0

    def replace(self, pods: Iterator[dict[str, Any]]) -> None:
        self.present = {one["metadata"]["name"] for one in pods}
        self.lists += 1

    def change(self, kind: Literal["set", "gone"], one: dict[str, Any]) -> None:
        change = self.present.add if kind == "set" else self.present.discard
        change(one["metadata"]["name"])


class Watched:
    def __init__(self, api: KubeApi, folder: Path, authority: Path | None = None, **query: str) -> None:
        self.names = Names()
        self.problems: list[Problem] = []
        access = ApiAccess(kubeconfig=api.kubeconfig(folder, authority), timeout=5)
        self.watch = Watch(Api(access), "/api/v1/pods", query, self.names, self.problems.append, first=0.02)
        self.watch.start()

    def until(self, *names: str) -> None:
        wait_until(lambda: self.names.present == set(names), f"{names}, not {self.names.present}; {self.problems}")


@pytest.fixture(name="api")
def running_api() -> Iterator[KubeApi]:
    with KubeApi() as api:
        yield api


def test_pods_are_listed_page_by_page_and_then_watched(api: KubeApi, tmp_path: Path) -> None:
    api.page = 2
    for number in range(5):
        api.add(pod(name=f"nova-{number}"))
    watched = Watched(api, tmp_path)
    watched.until(*(f"nova-{number}" for number in range(5)))
    api.delete("openstack", "nova-0")
    api.add(pod(name="nova-5"))
    watched.until(*(f"nova-{number}" for number in range(1, 6)))
    assert watched.names.lists == 1
    watched.watch.stop()


def test_after_a_break_it_goes_on_where_it_was_by_the_bookmarks_too(api: KubeApi, tmp_path: Path) -> None:
    api.add(pod(name="nova-0"))
    watched = Watched(api, tmp_path, labelSelector="application=nova")
    watched.until("nova-0")
    wait_until(lambda: api.watching == 1, "the watch")
    api.add(pod("mariadb-server-0"))  # gives a bookmark, as the selector does not name it
    bookmarked = str(api._version)
    wait_until(lambda: watched.watch._version == bookmarked, "the bookmark")
    api.hang_up()
    wait_until(lambda: f"resourceVersion={bookmarked}" in api.asked[-1], "the second watch")
    api.add(pod(name="nova-1"))
    watched.until("nova-0", "nova-1")
    assert watched.names.lists == 1
    watched.watch.stop()


def test_when_the_version_is_too_old_pods_are_listed_again(api: KubeApi, tmp_path: Path) -> None:
    api.add(pod(name="nova-0"))
    watched = Watched(api, tmp_path)
    watched.until("nova-0")
    with api._lock:
        api.delete("openstack", "nova-0")
        api.add(pod(name="nova-1"))
        api._events.clear()
        api.compact()
        api.hang_up()
    watched.until("nova-1")
    assert watched.names.lists == 2
    assert watched.problems == []
    watched.watch.stop()


def test_a_410_as_an_answer_is_the_same(api: KubeApi, tmp_path: Path) -> None:
    watched = Watched(api, tmp_path)
    wait_until(lambda: api.watching == 1, "the watch")
    first = [True]
    api.refuse = lambda path: (410, "too old") if "watch=true" in path and first and first.pop() else None
    api.hang_up()
    wait_until(lambda: watched.names.lists == 2, "another list")
    watched.watch.stop()


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "check the token; it is read again for the next try"),
        (403, "give the role of docs/sources.md to the service account"),
        (500, "tried again"),
    ],
)
def test_what_does_not_pass_is_told_once_and_tried_again(api: KubeApi, tmp_path: Path, status: int, advice: str) -> None:
    api.refuse = lambda _: (status, "pods is forbidden")
    watched = Watched(api, tmp_path)
    wait_until(lambda: len(api.asked) > 3, "several tries")
    api.refuse = lambda _: None
    api.add(pod(name="nova-0"))
    watched.until("nova-0")
    assert [str(problem) for problem in watched.problems] == [
        f"kubernetes: GET /api/v1/pods: {status} pods is forbidden; {advice}"
    ]
    watched.watch.stop()


def test_over_tls_the_servers_certificate_is_checked(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    for one, name in ((authority, "ca.pem"), (stranger, "stranger.pem")):
        one.cert_pem.write_to_path(str(tmp_path / name))
    with KubeApi(tls=context) as api:
        api.add(pod(name="nova-0"))
        watched = Watched(api, tmp_path, tmp_path / "ca.pem")
        watched.until("nova-0")
        watched.watch.stop()
        refused = Watched(api, tmp_path, tmp_path / "stranger.pem")
        wait_until(lambda: bool(refused.problems), "a word about it")
        assert "no answer from https://127.0.0.1" in str(refused.problems[0])
        refused.watch.stop()


def test_a_server_that_never_answers_is_told_after_the_deadline(api: KubeApi, tmp_path: Path) -> None:
    api.silent = True
    access = ApiAccess(kubeconfig=api.kubeconfig(tmp_path), timeout=1)
    with pytest.raises(ApiError, match="GET /api/v1/pods: no answer within 1 s"):
        Api(access).get("/api/v1/pods", {})


def test_outside_of_a_pod_a_kubeconfig_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="the service account of this pod cannot be used: KUBERNETES_SERVICE_HOST"):
        Api(ApiAccess()).get("/api/v1/pods", {})
    (tmp_path / "kubeconfig").write_text(json.dumps({"clusters": []}))
    with pytest.raises(ApiError, match="kubeconfig cannot be used"):
        Api(ApiAccess(kubeconfig=tmp_path / "kubeconfig")).get("/api/v1/pods", {})


def test_settings_tell_what_is_wrong_with_them() -> None:
    assert list(KubernetesInput(selector="").mistakes()) == []
    wrong = KubernetesInput(selector="", include=("a//b",), exclude=("",), streams=0, turn=0, silence=0, memory=1)
    assert [key for key, _ in wrong.mistakes()] == ["include[0]", "exclude[0]", "streams", "turn", "silence", "memory"]
    assert [key for key, _ in ApiAccess(context="x", timeout=0).mistakes()] == ["context", "timeout"]
