"""Reviews as the API server sends them, what the webhook says to them, and the webhook itself as a process."""

import base64
import http.client
import json
import os
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

from stratoscope.inject.admitting import admit
from stratoscope.inject.settings import InjectSettings
from stratoscope.webhook.complaints import Complaint
from stratoscope.webhook.happenings import Happenings
from stratoscope.webhook.reviewing import Admit, Reviewer
from tests.servers.kube_objects import patched
from tests.servers.process import Process, free_port
from tests.stratoscope.serving.made import write_certificate

ROOT = Path(__file__).parents[3]
PODS = ROOT / "tests" / "data" / "webhook"
IMAGE = "registry.example/stratoscope:1.0"
UID = "705ab4f5-6393-11e8-b7cc-42010a800002"
JSON = {"Content-Type": "application/json"}
Json = dict[str, Any]


def pod(name: str) -> Json:
    found: Json = json.loads((PODS / f"{name}.json").read_text())
    return found


def review(thing: Any, **request: Any) -> Json:
    """As in https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request."""
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": UID,
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "namespace": "openstack",
            "operation": "CREATE",
            "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller"},
            "object": thing,
            "oldObject": None,
            "dryRun": False,
        }
        | request,
    }


def body(thing: Any, **request: Any) -> bytes:
    return json.dumps(review(thing, **request)).encode()


def response(answer: bytes) -> Json:
    """Of an answer that has all that an answer must have."""
    found = json.loads(answer)
    assert (found["apiVersion"], found["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    told: Json = found["response"]
    assert told["uid"] == UID
    assert told["allowed"] is True
    assert ("patch" in told) == (told.get("patchType") == "JSONPatch")
    return told


def after(thing: Json, told: Json) -> Json:
    """The pod that the API server makes of it."""
    changed: Json = patched(thing, json.loads(base64.b64decode(told["patch"])))
    return changed


class Asked:
    """A reviewer, and what it complained of."""

    def __init__(self, decide: Admit = admit) -> None:
        self.complaints = list[Complaint]()
        self.happenings = Happenings()
        settings = InjectSettings(image=IMAGE)
        self.reviewer = Reviewer(settings, self.happenings, self.complaints.append, decide, wall=lambda: 1_800_000_000.5)

    def ask(self, thing: Any, **request: Any) -> Json:
        reply = self.reviewer.reply(body(thing, **request))
        assert reply.status == 200
        return response(reply.body)


SETTINGS = f"certificate: server.pem\nkey: server.key\nsettle: 0s\nevents: false\ninject: {{image: {IMAGE!r}}}\n"


class WebhookProcess(Process):
    """`stratoscope webhook` on a port of its own, with a certificate of `ca`."""

    def __init__(self, folder: Path, ca: trustme.CA, settings: str) -> None:
        self.port = free_port()
        self.folder = folder
        self.trust = ssl.create_default_context()
        ca.configure_trust(self.trust)
        write_certificate(ca, folder)
        (folder / "webhook.yaml").write_text(settings)
        command = [sys.executable, "-m", "stratoscope", "webhook", "-c", str(folder / "webhook.yaml")]
        super().__init__([*command, "--listen", f"127.0.0.1:{self.port}"], folder / "log", folder=ROOT)

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("localhost", self.port, timeout=30, context=self.trust)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body. Raises OSError."""
        connection = self.connect()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def says(self, path: str, status: int, *parts: str) -> bool:
        """Whether it answers so; False as well while it does not answer."""
        try:
            got, text = self.get(path)
        except (OSError, http.client.HTTPException):
            return False
        return got == status and all(part in text for part in parts)

    def until(self, path: str, status: int, *parts: str) -> None:
        self.wait_until(lambda: self.says(path, status, *parts), f"{path} answers {status} {' '.join(parts)}")

    def ask(self, data: bytes) -> Json:
        """A review on a connection of its own."""
        connection = self.connect()
        try:
            connection.request("POST", "/mutate?timeout=5s", data, JSON)
            answer = connection.getresponse()
            assert answer.status == 200
            return response(answer.read())
        finally:
            connection.close()

    def signal(self, number: int) -> None:
        """To it alone."""
        os.kill(self.pid, number)


@contextmanager
def webhook(folder: Path, ca: trustme.CA, settings: str = SETTINGS) -> Iterator[WebhookProcess]:
    """Running, and ready."""
    with WebhookProcess(folder, ca, settings) as process:
        process.until("/-/ready", 200)
        yield process
