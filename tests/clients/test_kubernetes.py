"""The door to the API server: objects read, made and changed, by a kubeconfig file or as a pod does it."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from clients.kubernetes import JSON_PATCH, Api, ApiError
from clients.kubernetes_access import ApiAccess
from clients.kubernetes_ways import NoWayError, in_cluster
from tests.servers.bad import refusing_port
from tests.servers.kube_objects import KubeObjects

pytestmark = pytest.mark.servers
THINGS = "/api/v1/namespaces/openstack/secrets"


@pytest.fixture(name="server")
def running_server() -> Iterator[KubeObjects]:
    with KubeObjects() as server:
        yield server


def api_of(server: KubeObjects, folder: Path, timeout: float = 30.0) -> Api:
    return Api(ApiAccess(kubeconfig=server.kubeconfig(folder), timeout=timeout))


def test_an_object_is_made_and_changed(server: KubeObjects, tmp_path: Path) -> None:
    api = api_of(server, tmp_path)
    made = api.create(THINGS, {"metadata": {"name": "a"}, "data": {"x": "1", "y": "2"}})
    changed = api.patch(
        f"{THINGS}/a", {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "data": {"x": None}}
    )
    assert changed["data"] == {"y": "2"}
    api.patch(f"{THINGS}/a", [{"op": "add", "path": "/data/z", "value": "3"}], JSON_PATCH)
    assert api.get(f"{THINGS}/a", {})["data"] == {"y": "2", "z": "3"}


def test_what_stands_in_the_way_is_told_with_its_status(server: KubeObjects, tmp_path: Path) -> None:
    api = api_of(server, tmp_path)
    api.create(THINGS, {"metadata": {"name": "a"}})
    with pytest.raises(ApiError, match=f'^POST {THINGS}: 409 "a" already exists$') as caught:
        api.create(THINGS, {"metadata": {"name": "a"}})
    assert caught.value.status == 409
    with pytest.raises(ApiError, match=r"PATCH .*/b: 404") as caught:
        api.patch(f"{THINGS}/b", {})
    assert caught.value.status == 404
    with pytest.raises(ApiError, match="409 the object has been modified"):
        api.patch(f"{THINGS}/a", {"metadata": {"resourceVersion": "1"}})


def test_a_server_that_never_answers_a_write_is_told_after_the_deadline(server: KubeObjects, tmp_path: Path) -> None:
    server.silent = True
    with pytest.raises(ApiError, match=f"POST {THINGS}: no answer within 1 s"):
        api_of(server, tmp_path, timeout=1).create(THINGS, {})


def service_account(folder: Path, ca: trustme.CA, token: str) -> Path:
    ca.cert_pem.write_to_path(str(folder / "ca.crt"))
    (folder / "token").write_text(f"{token}\n")
    return folder


def test_a_pod_goes_by_its_service_account_and_reads_a_renewed_token(tmp_path: Path) -> None:
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    folder = service_account(tmp_path, ca, "first-token")
    with KubeObjects(tls=context) as server:
        server.put(f"{THINGS}/a", {"data": {"x": "1"}})
        environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(server.port)}
        api = Api(ApiAccess(), find=lambda _, connections: in_cluster(connections, folder, environment))
        assert api.get(f"{THINGS}/a", {})["data"] == {"x": "1"}
        server.token = "second-token"
        with pytest.raises(ApiError, match="401"):
            api.get(f"{THINGS}/a", {})
        (folder / "token").write_text("second-token")
        assert api.get(f"{THINGS}/a", {})["data"] == {"x": "1"}
        service_account(folder, trustme.CA(), "second-token")
        server.token = "third-token"
        with pytest.raises(ApiError, match="401"):
            api.get(f"{THINGS}/a", {})
        with pytest.raises(ApiError, match=r"no answer from https://127.0.0.1:\d+ \(SSL"):  # another authority has signed it
            api.get(f"{THINGS}/a", {})


def test_what_is_missing_for_that_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoWayError, match="KUBERNETES_SERVICE_HOST and _PORT are not set; outside of a pod name a kubeconfig"):
        in_cluster(1, tmp_path, {})
    environment = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    with pytest.raises(NoWayError, match=r"token: No such file or directory; is automountServiceAccountToken off\?"):
        in_cluster(1, tmp_path, environment)
    assert in_cluster(1, service_account(tmp_path, trustme.CA(), "x"), environment).url == "https://[fd00::1]:443"


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    port = refusing_port()
    path = tmp_path / "kubeconfig"
    path.write_text(
        f'{{"clusters": [{{"name": "c", "cluster": {{"server": "http://127.0.0.1:{port}/"}}}}], "current-context": "h", '
        '"users": [], "contexts": [{"name": "h", "context": {"cluster": "c"}}]}'
    )
    with pytest.raises(ApiError, match=rf"PATCH /x: no answer from http://127.0.0.1:{port} \(NewConnectionError\)"):
        Api(ApiAccess(kubeconfig=path)).patch("/x", {})
