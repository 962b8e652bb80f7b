"""The webhook as a process, over TLS: reviews, hostile requests, renewed certificates under load, new settings, its end."""

import asyncio
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest
import trustme

from stratoscope.inject.settings import InjectSettings
from stratoscope.serving.bounds import Bounds
from stratoscope.serving.certificate import CertificateFiles
from stratoscope.serving.listen import bind
from stratoscope.serving.loop import Loop
from stratoscope.serving.server import Server
from stratoscope.serving.web_config import TlsServer
from stratoscope.settings.kinds import checked
from stratoscope.settings.mistakes import SettingsError
from stratoscope.webhook.app import App
from stratoscope.webhook.happenings import Happenings
from stratoscope.webhook.reviewing import Reviewer
from tests.servers.kube_objects import KubeObjects
from tests.servers.process import wait_until
from tests.stratoscope.serving.made import trusting, write_certificate
from tests.stratoscope.webhook.made import JSON, SETTINGS, WebhookProcess, after, body, pod, response, webhook

pytestmark = pytest.mark.servers


@pytest.fixture(name="running", scope="module")
def running_webhook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebhookProcess]:
    with webhook(tmp_path_factory.mktemp("webhook"), trustme.CA()) as process:
        yield process
        assert process.stop() == 0


@contextlib.contextmanager
def raw(process: WebhookProcess) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(("127.0.0.1", process.port), 60) as plain,
        process.trust.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        yield connection


def said(process: WebhookProcess, data: bytes) -> bytes:
    """All that comes back on a connection of its own, to its end."""
    with raw(process) as connection:
        connection.sendall(data)
        return rest(connection)


def rest(connection: ssl.SSLSocket) -> bytes:
    parts = []
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def post(data: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = ["POST /mutate HTTP/1.1", "Host: a", f"Content-Length: {len(data) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + data


TYPE = "Content-Type: application/json"
LAST = "Connection: close"


def test_a_pod_gets_its_sidecar_over_a_kept_connection(running: WebhookProcess) -> None:
    connection = running.connect()
    thing = pod("nova-conductor")
    for _ in range(3):
        connection.request("POST", "/mutate?timeout=5s", body(thing), JSON)
        told = response(connection.getresponse().read())
        assert after(thing, told)["spec"]["initContainers"][-1]["name"] == "stratoscope-probe"
    connection.close()


def test_it_tells_what_it_does(running: WebhookProcess) -> None:
    running.ask(body(pod("nova-db-sync")))
    status, text = running.get("/metrics")
    assert status == 200
    assert 'stratoscope_webhook_reviews_total{outcome="left",reason="job"} ' in text
    assert "stratoscope_webhook_review_duration_seconds_bucket" in text
    assert "stratoscope_webhook_certificate_not_after_timestamp_seconds 3.2" in text
    assert running.get("/-/healthy") == (200, "Healthy\n")
    assert running.get("/-/ready") == (200, "Ready\n")
    assert "/-/ready" in running.get("/")[1]
    assert running.get("/nothing")[0] == 404


HOSTILE = {
    "another method": (b"GET /mutate HTTP/1.1\r\nHost: a\r\n\r\n", b"405", b"takes POST of an AdmissionReview"),
    "another type": (post(b"{}", "Content-Type: application/yaml", LAST), b"415", b"a review is application/json"),
    "no type": (post(b"{}", LAST), b"415", b"a review is application/json"),
    "rubbish": (post(b"\0\xff", TYPE, LAST), b"400", b"the body is no JSON"),
    "no review": (post(b"{}", TYPE, LAST), b"400", b"the body is no AdmissionReview"),
    "too much": (post(b"[" * (5 << 20), TYPE), b"413", b"a review of more than 4 MB"),
    "too much in pieces": (
        b"POST /mutate HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        + (b"100000\r\n" + b" " * (1 << 20) + b"\r\n") * 5
        + b"0\r\n\r\n",
        b"413",
        b"a review of more than 4 MB",
    ),
    "no HTTP": (b"\x16\x03\x01 hello\r\n\r\n", b"400", b""),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_whatever_is_sent_is_answered_with_a_reason(running: WebhookProcess, case: str) -> None:
    data, status, text = HOSTILE[case]
    answer = said(running, data)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    assert text in answer
    assert running.says("/-/ready", 200)


def test_who_hangs_up_in_the_midst_of_it_is_counted_and_harms_nobody(running: WebhookProcess) -> None:
    with raw(running) as connection:
        connection.sendall(post(b"{", TYPE, length=100))
    running.until("/metrics", 200, 'stratoscope_webhook_reviews_total{outcome="refused",reason="gone"} 1.0')


def test_a_header_without_end_is_cut_off(running: WebhookProcess) -> None:
    with raw(running) as connection:
        with contextlib.suppress(ConnectionError, ssl.SSLError):  # it is cut off while it is sent
            connection.sendall(b"GET / HTTP/1.1\r\nA: " + b"a" * (1 << 20))
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 400") or not answer  # who still sends may not see it
    assert running.says("/-/ready", 200)


@contextlib.contextmanager
def served(folder: Path, slowest: float, request_seconds: float) -> Iterator[Callable[[], ssl.SSLSocket]]:
    """The application with other bounds; gives what makes a connection to it."""
    ca = trustme.CA()
    write_certificate(ca, folder)
    happenings = Happenings()
    reviewer = Reviewer(InjectSettings(image="x"), happenings, lambda _: None)
    app = App(reviewer, happenings, lambda _: b"", slowest=slowest)
    files = CertificateFiles(TlsServer(cert_file=folder / "server.pem", key_file=folder / "server.key"))
    bounds = Bounds(request_seconds=request_seconds)
    with Server(app, bind("127.0.0.1:0"), files, bounds) as server, contextlib.ExitStack() as stack:
        address = "127.0.0.1", int(server.url.rpartition(":")[2])

        def connected() -> ssl.SSLSocket:
            plain = stack.enter_context(socket.create_connection(address, 60))
            return stack.enter_context(trusting(ca).wrap_socket(plain, server_hostname="localhost"))

        yield connected


def test_slow_bodies_are_told_so_while_others_are_answered(tmp_path: Path) -> None:
    with served(tmp_path, slowest=1.0, request_seconds=60.0) as connected:
        slow = [connected() for _ in range(10)]
        for connection in slow:
            connection.sendall(post(b"{", TYPE, length=100))
        other = connected()
        other.sendall(post(body(pod("nova-conductor")), TYPE, LAST))
        assert rest(other).startswith(b"HTTP/1.1 200")
        for connection in slow:
            answer = rest(connection)
            assert answer.startswith(b"HTTP/1.1 408")
            assert b"was not there within 1 s" in answer


def test_heads_that_come_byte_by_byte_are_cut_off(tmp_path: Path) -> None:
    with served(tmp_path, slowest=60.0, request_seconds=0.5) as connected:
        connection = connected()
        with contextlib.suppress(ConnectionError, ssl.SSLError):  # it may be over by then
            connection.sendall(b"POST /mutate HTTP/1.1\r\nHost")
        assert rest(connection) == b""


def test_a_handshake_of_tls_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    class Impatient(Loop):
        handshake = 0.1

    async def served() -> bytes:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0, ssl=context)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            said = await asyncio.wait_for(reader.read(), 60)
            writer.close()
            return said

    with asyncio.Runner(loop_factory=Impatient) as runner:
        assert runner.run(served()) == b""


def test_old_versions_of_tls_are_not_spoken(running: WebhookProcess) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", running.port), 60) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(plain)


# -- certificates, settings, its end ---------------------------------------------------------------------------------------


class Askers:
    """So many threads that send reviews, each on a new connection every third time. A context; then `asked` and `failed`."""

    def __init__(self, process: WebhookProcess, number: int = 4) -> None:
        self.asked = [0] * number
        self.failed: list[str] = []
        self._process = process
        self._data = body(pod("nova-conductor"))
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(index,), daemon=True) for index in range(number)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def more(self, number: int) -> None:
        """Until each has asked so often again."""
        before = list(self.asked)
        wait_until(
            lambda: bool(self.failed) or all(now - old >= number for now, old in zip(self.asked, before, strict=True)), ""
        )

    def _ask(self, index: int) -> None:
        while not self._over.is_set():
            connection = self._process.connect()
            try:
                for _ in range(3):
                    connection.request("POST", "/mutate", self._data, JSON)
                    assert "patch" in response(connection.getresponse().read())
                    self.asked[index] += 1
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.failed.append(repr(error))
                return
            finally:
                connection.close()


def test_a_certificate_is_renewed_under_load_without_a_failed_review(tmp_path: Path) -> None:
    """As the kubelet does it: `..data` is a link to a folder, and is swapped for one to another."""
    ca = trustme.CA()

    def swap(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        write_certificate(ca, folder)
        (tmp_path / "..new").symlink_to(name)
        (tmp_path / "..new").rename(tmp_path / "..data")

    swap("..1")
    settings = SETTINGS.replace("server.pem", "..data/server.pem").replace("server.key", "..data/server.key")
    with webhook(tmp_path, ca, settings) as process, Askers(process) as askers:
        first = shown(process)
        for number in range(2, 4):
            before = shown(process)
            swap(f"..{number}")
            wait_until(lambda: shown(process) != before, "the new certificate")  # noqa: B023  called at once
            shutil.rmtree(tmp_path / f"..{number - 1}")
            askers.more(2)
        broken = tmp_path / "..5"
        broken.mkdir()
        (broken / "server.pem").write_text("rubbish")
        (tmp_path / "..new").symlink_to("..5")
        (tmp_path / "..new").rename(tmp_path / "..data")
        process.until("/metrics", 200, 'certificate_reloads_total{outcome="refused"} 1.0', "reload_successful 0.0")
        askers.more(2)
        swap("..6")
        process.until(
            "/metrics", 200, 'certificate_reloads_total{outcome="taken"} 3.0', "certificate_last_reload_successful 1.0"
        )
        assert shown(process) != first
        askers.more(2)
    assert askers.failed == []


def shown(process: WebhookProcess) -> bytes | None:
    with raw(process) as connection:
        return connection.getpeercert(binary_form=True)


def test_new_settings_are_taken_and_wrong_ones_are_not(tmp_path: Path) -> None:
    with webhook(tmp_path, trustme.CA()) as process:
        file = tmp_path / "webhook.yaml"

        def written(text: str) -> None:
            (tmp_path / "beside").write_text(text)
            (tmp_path / "beside").rename(file)
            process.signal(signal.SIGHUP)

        written(SETTINGS.replace("stratoscope:1.0", "stratoscope:2.0").replace("settle: 0s", "settle: 1s"))
        wait_until(lambda: "stratoscope:2.0" in json.dumps(changed(process)), "the new image")
        assert "all but `inject` takes a restart" in process.tail()
        written("inject: {image: '', port: 1}\n")
        process.until("/metrics", 200, "stratoscope_config_last_reload_successful 0.0")
        assert "stratoscope:2.0" in json.dumps(changed(process))
        assert "webhook.yaml:1: inject.port: must be between" in process.tail()


def changed(process: WebhookProcess) -> object:
    return after(pod("nova-conductor"), process.ask(body(pod("nova-conductor"))))


def test_at_its_end_it_is_unready_first_and_finishes_what_is_under_way(tmp_path: Path) -> None:
    with webhook(tmp_path, trustme.CA(), SETTINGS.replace("settle: 0s", "settle: 60s")) as process:
        data = body(pod("nova-conductor"))
        with raw(process) as under_way, raw(process) as kept:
            under_way.sendall(post(data[:100], TYPE, length=len(data)))
            process.signal(signal.SIGTERM)
            process.until("/-/ready", 503, "Ending")
            kept.sendall(post(data, TYPE))  # who has not heard of it yet is answered, and told to go elsewhere
            assert b"connection: close" in rest(kept).lower()
            assert process.says("/-/healthy", 200)  # or the kubelet would kill it
            process.signal(signal.SIGTERM)  # a second one ends the wait
            under_way.sendall(data[100:])
            assert b'"allowed":true' in rest(under_way)
        wait_until(lambda: not process.running(), "it ends")
        assert process.stop() == 0
    with pytest.raises(OSError, match="refused"):
        process.get("/-/ready")


def test_events_reach_an_api_server_and_no_review_waits_for_one(tmp_path: Path) -> None:
    with KubeObjects() as server:
        access = f"access: {{kubeconfig: {server.kubeconfig(tmp_path)}}}\n"
        with webhook(tmp_path, trustme.CA(), SETTINGS.replace("events: false\n", access)) as process:
            process.ask(body(pod("neutron-netns-cleanup-cron-default"), dryRun=True))
            process.ask(body(pod("neutron-netns-cleanup-cron-default")))
            process.until("/metrics", 200, 'stratoscope_webhook_events_total{outcome="created"} 1.0')
            (event,) = server.under("/apis/events.k8s.io/v1/namespaces/openstack/events")
            assert event["regarding"]["kind"] == "DaemonSet"
            assert event["reportingInstance"] == os.uname().nodename
            server.silent = True
            strange = json.loads(json.dumps(pod("neutron-netns-cleanup-cron-default")).replace("netns-cleanup", "other"))
            process.ask(body(strange))
            wait_until(lambda: server.times("POST") == 2, "it waits for the API server")
            begun = time.monotonic()
            process.ask(body(strange))
            assert time.monotonic() - begun < 30  # and not for the API server, which never answers
            server.ended.set()


def test_a_certificate_that_is_none_is_told_in_a_line(tmp_path: Path) -> None:
    with WebhookProcess(tmp_path, trustme.CA(), SETTINGS.replace("server.key", "ca.pem")) as process:
        wait_until(lambda: not process.running(), "it ends")
        assert process.stop() == 2
        assert "ca.pem: " in process.tail()
        assert "are they PEM files that fit together?" in process.tail()


def test_settings_tell_what_is_wrong_with_them(tmp_path: Path) -> None:
    (tmp_path / "webhook.yaml").write_text("listen: nowhere\nsettle: 5m\ninject: {port: 1}\n")
    assert [line.partition("webhook.yaml:")[2] for line in mistakes(tmp_path / "webhook.yaml")] == [
        "1: the key certificate is missing; add it",
        "1: the key key is missing; add it",
        "1: listen: nowhere: write HOST:PORT, for example 127.0.0.1:8765",
        "3: inject.port: must be between 1024 and 32700, below those that the kernel gives to outgoing connections",
    ]
    (tmp_path / "webhook.yaml").write_text("certificate: a\nkey: b\nlisten: nowhere\nsettle: 5m\ninject: {port: 2000}\n")
    assert [line.partition("webhook.yaml:")[2] for line in mistakes(tmp_path / "webhook.yaml")] == [
        "3: listen: nowhere: write HOST:PORT, for example 127.0.0.1:8765",
        "4: settle: must be between 0s and 1m; 5s is usual",
        "5: inject.image: is required: the image with stratoscope in it, with its tag or digest",
    ]


def mistakes(path: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        checked(path)
    return str(caught.value).splitlines()
