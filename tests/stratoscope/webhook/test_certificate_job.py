"""The Job that makes the certificate: what it makes, what it leaves, whom is trusted when, and what it may not touch."""

import base64
import logging
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.verification import PolicyBuilder, Store

from clients.kubernetes import Api
from clients.kubernetes_access import ApiAccess
from stratoscope.errors import OK, StratoscopeError
from stratoscope.webhook.authority import Pair, new_pair, still_good, wrong_with
from stratoscope.webhook.certificate_job import MADE_BY, Job, make
from stratoscope.webhook_command import execute
from tests.servers.kube_objects import KubeObjects
from tests.stratoscope.webhook.commands import arguments

pytestmark = pytest.mark.servers
NOW = datetime(2026, 11, 27, tzinfo=UTC)
HOST = "stratoscope-webhook.monitoring.svc"
SECRET = "/api/v1/namespaces/monitoring/secrets/certificate"
CONFIGURATION = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/stratoscope-webhook"
JOB = Job("monitoring", "certificate", (HOST,), ("stratoscope-webhook",))
DAY = timedelta(days=1)


@pytest.fixture(name="server")
def running_server() -> Iterator[KubeObjects]:
    with KubeObjects() as server:
        webhooks = [{"name": name, "clientConfig": {"service": {"name": "w"}}} for name in ("pods.stratoscope.io", "b.example")]
        server.put(CONFIGURATION, {"kind": "MutatingWebhookConfiguration", "webhooks": webhooks})
        yield server


def run(server: KubeObjects, folder: Path, job: Job = JOB, now: datetime = NOW) -> None:
    make(Api(ApiAccess(kubeconfig=server.kubeconfig(folder), timeout=30)), job, lambda: now)


def held(server: KubeObjects) -> dict[str, bytes]:
    return {key: base64.b64decode(value) for key, value in server.objects[SECRET]["data"].items()}


def trusted(server: KubeObjects) -> list[bytes]:
    return [base64.b64decode(one["clientConfig"]["caBundle"]) for one in server.objects[CONFIGURATION]["webhooks"]]


def verified(certificate: bytes, authorities: bytes, now: datetime, host: str = HOST) -> None:
    """As a careful client does, by the rules of the Web's authorities. Raises where it would hang up."""
    store = Store(x509.load_pem_x509_certificates(authorities))
    verifier = PolicyBuilder().store(store).time(now).build_server_verifier(x509.DNSName(host))
    verifier.verify(x509.load_pem_x509_certificate(certificate), [])


def test_it_makes_a_certificate_that_a_client_takes_and_is_done_then(server: KubeObjects, tmp_path: Path) -> None:
    run(server, tmp_path)
    data = held(server)
    assert set(data) == {"tls.crt", "tls.key", "ca.crt"}
    assert server.objects[SECRET]["type"] == "kubernetes.io/tls"
    verified(data["tls.crt"], data["ca.crt"], NOW)
    verified(data["tls.crt"], data["ca.crt"], NOW + 364 * DAY)
    with pytest.raises(x509.verification.VerificationError):
        verified(data["tls.crt"], data["ca.crt"], NOW, "other.monitoring.svc")
    assert trusted(server) == [data["ca.crt"]] * 2
    writes = len([one for one in server.asked if one.method != "GET"])
    run(server, tmp_path, now=NOW + 200 * DAY)
    assert len([one for one in server.asked if one.method != "GET"]) == writes  # good for 165 days more


def test_the_key_goes_nowhere_but_into_the_secret(
    server: KubeObjects, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run(server, tmp_path)
    data = held(server)
    key = serialization.load_pem_private_key(data["tls.key"], None)
    assert key.public_key() == x509.load_pem_x509_certificate(data["tls.crt"]).public_key()
    secret = base64.b64encode(data["tls.key"]).decode()
    elsewhere = [one for one in server.asked if secret in str(one.body)]
    assert [one.path for one in elsewhere] == [SECRET.rpartition("/")[0]]
    assert "PRIVATE" not in caplog.text
    assert "PRIVATE" not in repr(Pair(b"", data["tls.key"], b""))
    for one in (data["ca.crt"], data["tls.crt"]):
        assert b"PRIVATE" not in one  # that of the authority is nowhere at all


def test_an_empty_secret_that_is_there_is_filled_without_the_right_to_make_one(server: KubeObjects, tmp_path: Path) -> None:
    server.put(SECRET, {"kind": "Secret", "type": "Opaque", "metadata": {"labels": {"a": "b"}}})
    server.refuse = lambda method, _: (403, "may not") if method == "POST" else None
    run(server, tmp_path)
    assert set(held(server)) == {"tls.crt", "tls.key", "ca.crt"}
    assert server.objects[SECRET]["metadata"]["labels"] == {"a": "b"}


def test_at_a_renewal_both_are_trusted_before_the_new_one_is_used(server: KubeObjects, tmp_path: Path) -> None:
    run(server, tmp_path)
    before = held(server)
    later = NOW + 250 * DAY
    seen: list[tuple[list[bytes], dict[str, bytes]]] = []
    server.before_writes = lambda: seen.append((trusted(server), held(server)))
    run(server, tmp_path, now=later)
    (_, first), (while_writing, second) = seen
    assert first == second == before  # the configuration is written first, the Secret last
    after = held(server)
    assert after["tls.crt"] != before["tls.crt"]
    for bundle in [*while_writing, *trusted(server)]:
        verified(before["tls.crt"], bundle, later)
        verified(after["tls.crt"], bundle, later)
    server.before_writes = lambda: None
    run(server, tmp_path, now=NOW + 370 * DAY)
    assert [len(x509.load_pem_x509_certificates(bundle)) for bundle in trusted(server)] == [1, 1]  # the old one has ended
    verified(after["tls.crt"], trusted(server)[0], NOW + 370 * DAY)


def test_a_run_that_dies_between_the_two_is_made_good_by_the_next(server: KubeObjects, tmp_path: Path) -> None:
    run(server, tmp_path)
    later = NOW + 250 * DAY
    server.refuse = lambda method, path: (500, "etcd has gone") if method == "PATCH" and path == SECRET else None
    with pytest.raises(StratoscopeError, match=r"PATCH /api/v1/.*: 500 etcd has gone; run it again"):
        run(server, tmp_path, now=later)
    verified(held(server)["tls.crt"], trusted(server)[0], later)
    server.refuse = lambda *_: None
    run(server, tmp_path, now=later)
    verified(held(server)["tls.crt"], trusted(server)[0], later)
    assert trusted(server)[0] == held(server)["ca.crt"]


def test_two_runs_at_once_end_with_one_certificate(server: KubeObjects, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    server.put(SECRET, {"kind": "Secret"})

    def quicker() -> None:
        server.before_writes = lambda: None
        server.lock.release()  # the other one is served meanwhile
        try:
            run(server, other)
        finally:
            server.lock.acquire()

    server.before_writes = quicker
    run(server, tmp_path)
    verified(held(server)["tls.crt"], trusted(server)[0], NOW)
    assert trusted(server) == [held(server)["ca.crt"]] * 2


def test_what_somebody_else_has_filled_stays_as_it_is(server: KubeObjects, tmp_path: Path) -> None:
    server.put(SECRET, {"kind": "Secret", "data": {"tls.crt": "eA=="}, "metadata": {"annotations": {"cert-manager.io/a": "b"}}})
    with pytest.raises(StratoscopeError, match="Secret monitoring/certificate holds what we have not made, and stays as it is"):
        run(server, tmp_path)
    assert server.times("PATCH") == 0


def test_rubbish_in_a_secret_of_ours_is_replaced(server: KubeObjects, tmp_path: Path) -> None:
    ours = {"annotations": {MADE_BY: "webhook --make-certificate"}}
    server.put(SECRET, {"kind": "Secret", "data": {"tls.crt": "???", "tls.key": "eA==", "ca.crt": 7}, "metadata": ours})
    run(server, tmp_path)
    verified(held(server)["tls.crt"], held(server)["ca.crt"], NOW)


def test_a_configuration_that_is_not_there_yet_is_told_and_the_secret_is_made(server: KubeObjects, tmp_path: Path) -> None:
    with pytest.raises(StratoscopeError, match="there is no MutatingWebhookConfiguration other yet; make it, and run"):
        run(server, tmp_path, replace(JOB, configurations=("other", "stratoscope-webhook")))
    assert trusted(server) == [held(server)["ca.crt"]] * 2


def test_a_missing_right_is_told(server: KubeObjects, tmp_path: Path) -> None:
    server.refuse = lambda _, path: (403, "secrets is forbidden") if "secrets" in path else None
    with pytest.raises(StratoscopeError, match=r"GET .*: 403 secrets is forbidden; see the rights that it needs"):
        run(server, tmp_path)


def test_why_another_one_is_needed() -> None:
    pair, other = new_pair([HOST], NOW, 100), new_pair([HOST], NOW, 100)
    wrong = {
        "": pair,
        "there is none that can be read": replace(pair, certificate=b"rubbish"),
        "its key is another one's": replace(pair, key=other.key),
        "it was not signed by the authority beside it": replace(pair, authorities=other.authorities + pair.authorities),
    }
    assert {text: wrong_with(one, [HOST], NOW, 30) for text, one in wrong.items()} == {text: text for text in wrong}
    assert wrong_with(pair, [HOST, "b.svc"], NOW, 30) == "it is not for b.svc"
    assert wrong_with(pair, [HOST], NOW + 80 * DAY, 30) == "it is good from 2026-11-26 for 20 days from now"
    assert wrong_with(pair, [HOST], NOW - 80 * DAY, 30) == "it is good from 2026-11-26 for 180 days from now"
    assert wrong_with(new_pair([], NOW, 100), [HOST], NOW, 30) == f"it is not for {HOST}"
    assert still_good(pair.authorities + other.authorities, NOW + 101 * DAY) == b""
    assert still_good(b"rubbish", NOW) == b""


def test_openssl_takes_it_as_well(tmp_path: Path) -> None:
    """As the API server is Go, and others are not; over memory, at the time of today."""
    pair = new_pair([HOST], datetime.now(UTC), 30)
    (tmp_path / "tls.crt").write_bytes(pair.certificate)
    (tmp_path / "tls.key").write_bytes(pair.key)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cadata=pair.authorities.decode())
    server.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends: list[Any] = [client.wrap_bio(one, other, server_hostname=HOST), server.wrap_bio(other, one, server_side=True)]
    for _ in range(4):
        for end in ends:
            with_patience(end)
    assert ends[0].getpeercert()["subjectAltName"] == (("DNS", HOST),)


def with_patience(end: ssl.SSLObject) -> None:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return


def test_the_command_does_it(server: KubeObjects, tmp_path: Path) -> None:
    words = [
        "--make-certificate",
        "--secret",
        "monitoring/certificate",
        "--dns-name",
        HOST,
        "--days",
        "90",
        "--renew-days",
        "30",
    ]
    there = ["--webhook-configuration=stratoscope-webhook", "--kubeconfig", str(server.kubeconfig(tmp_path))]
    assert execute(arguments(*words, *there)) == OK
    assert trusted(server) == [held(server)["ca.crt"]] * 2
    for wrong in (["--secret", "certificate"], ["--days", "30"], ["--days", "9999"]):
        with pytest.raises(StratoscopeError, match=r"needs --secret NAMESPACE/NAME|--days must be more than --renew-days"):
            execute(arguments(*words, *wrong))
