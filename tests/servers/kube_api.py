"""A small server that stands in for the Kubernetes API: objects listed and watched, logs as the kubelet gives them. Strict.

What it does not expect (a path, a method, a parameter, a token that does not hold) is answered with an error and kept in
`unexpected`; leaving the context raises on it. Written after the sources of Kubernetes 1.3x (cri-client/pkg/logs/logs.go,
apiserver's watch) and never compared with a real API server.
"""

import contextlib
import copy
import http.server
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.servers.http_api import HttpApi
from tests.servers.kubeconfig import kubeconfig_at

DATA = Path(__file__).parents[1] / "data" / "kubernetes"

_LIST = {"labelSelector", "fieldSelector", "limit", "continue"}
_WATCH = _LIST - {"limit", "continue"} | {"watch", "resourceVersion", "allowWatchBookmarks", "timeoutSeconds"}
_LOG = {"container", "timestamps", "follow", "previous", "sinceTime"}
_TICK = 0.02

RESOURCES = {
    ("api", "v1", "pods"): "Pod",
    ("apis", "batch", "v1", "jobs"): "Job",
    ("apis", "discovery.k8s.io", "v1", "endpointslices"): "EndpointSlice",
}
"""The kind of object behind a path, but for the namespace in it."""

Pod = dict[str, Any]
"""Or another object; a pod is one without `kind`, as in the lists of the API."""
Key = tuple[str, str, str]
"""Namespace, pod, container."""


@dataclass(slots=True)
class Instance:
    """A container from one start to its end: lines with their times, as `2026-11-26T22:15:00.000000001Z text`."""

    lines: list[bytes] = field(default_factory=list)
    rotated: int = 0
    """So many first lines are in files that were rotated away: whoever attaches now does not get them."""
    ended: bool = False


@dataclass(slots=True)
class KubeApi(HttpApi):
    """Listens on loopback from `with` on."""

    tls: ssl.SSLContext | None = None
    token: str = "first-token"
    asked: list[str] = field(default_factory=list)
    """Path and query of each request, as they came."""
    unexpected: list[str] = field(default_factory=list)
    refuse: Callable[[str], tuple[int, str] | None] = lambda _: None
    """From a request's path and query: status and message of a refusal, or None."""
    cut: list[int] = field(default_factory=list)
    """The next streams of logs break off after so many bytes, one after the other."""
    page: int = 500
    silent: bool = False
    """Accept requests, and never answer."""
    _objects: dict[tuple[str, str, str], Pod] = field(default_factory=dict)
    _events: list[tuple[int, str, Pod]] = field(default_factory=list)
    _oldest: int = 0
    _version: int = 100
    _logs: dict[Key, list[Instance]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _hang_up: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    watching: int = 0
    following: int = 0
    _server: http.server.ThreadingHTTPServer | None = None

    # -- the cluster --------------------------------------------------------------------------------------------------------

    def add(self, pod: Pod) -> None:
        """A pod or another object is made, or changed."""
        with self._lock:
            key = _kind(pod), pod["metadata"]["namespace"], pod["metadata"]["name"]
            self._event("MODIFIED" if key in self._objects else "ADDED", pod)
            self._objects[key] = pod

    def delete(self, namespace: str, name: str, kind: str = "Pod") -> None:
        """An object is gone, a pod with its logs."""
        with self._lock:
            self._event("DELETED", self._objects.pop((kind, namespace, name)))
            for key in [key for key in self._logs if key[:2] == (namespace, name)]:
                for instance in self._logs.pop(key):
                    instance.ended = True

    def write(self, pod: Pod, container: str, lines: Sequence[bytes]) -> None:
        """A container logs."""
        with self._lock:
            self._instances(pod, container)[-1].lines += lines

    def start(self, pod: Pod, container: str) -> None:
        """A container runs, again if it did before."""
        with self._lock:
            instances = self._instances(pod, container, make=True)
            status = self._status(pod, container)
            if instances:
                instances[-1].ended = True
                status["restartCount"] += 1
                status["lastState"] = {"terminated": {"exitCode": 1}}
            instances.append(Instance())
            status["state"] = {"running": {}}
            self.add(pod)

    def exit(self, pod: Pod, container: str) -> None:
        """A container ends."""
        with self._lock:
            self._instances(pod, container)[-1].ended = True
            self._status(pod, container)["state"] = {"terminated": {"exitCode": 0}}
            self.add(pod)

    def rotate(self, pod: Pod, container: str) -> None:
        """The kubelet rotates a log: who follows it goes on, who attaches now gets only what is written from now on."""
        with self._lock:
            instance = self._instances(pod, container)[-1]
            instance.rotated = len(instance.lines)

    def compact(self) -> None:
        """Versions up to now are not known any more."""
        with self._lock:
            self._version += 1
            self._oldest = self._version

    def hang_up(self) -> None:
        """All streams break off."""
        with self._lock:
            self._hang_up += 1

    def _instances(self, pod: Pod, container: str, *, make: bool = False) -> list[Instance]:
        key = pod["metadata"]["namespace"], pod["metadata"]["name"], container
        return self._logs.setdefault(key, []) if make else self._logs[key]

    def _status(self, pod: Pod, container: str) -> dict[str, Any]:
        for kind in ("initContainerStatuses", "containerStatuses"):
            for status in pod["status"].get(kind, ()):
                if status["name"] == container:
                    found: dict[str, Any] = status
                    return found
        raise KeyError(container)

    def _event(self, kind: str, pod: Pod) -> None:
        self._version += 1
        pod["metadata"]["resourceVersion"] = str(self._version)
        self._events.append((self._version, kind, copy.deepcopy(pod)))

    # -- the server ---------------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def kubeconfig(self, folder: Path, authority: Path | None = None) -> Path:
        """A kubeconfig file, with the token in a file of its own."""
        (folder / "token").write_text(self.token)
        cluster = {"server": self.url} | ({"certificate-authority": str(authority)} if authority else {})
        return kubeconfig_at(folder, cluster, {"tokenFile": str(folder / "token")})

    def handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        """What answers a connection."""
        return _Handler


class _BrokenOffError(Exception):
    """The connection is to be closed in the middle."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: http.server.ThreadingHTTPServer
    _begun = False

    @property
    def api(self) -> KubeApi:
        api: KubeApi = self.server.api  # type: ignore[attr-defined]
        return api

    def do_GET(self) -> None:
        api = self.api
        path, _, text = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
        api.asked.append(self.path)
        if api.silent:
            api.ended.wait()
            raise _BrokenOffError
        if self.headers.get("Authorization") != f"Bearer {api.token}":
            return self.refuse(401, "Unauthorized")
        if (refusal := api.refuse(self.path)) is not None:
            return self.refuse(*refusal)
        parts = path.strip("/").split("/")
        if len(parts) == 7 and parts[:3] == ["api", "v1", "namespaces"] and parts[4] == "pods" and parts[6] == "log":
            return self.log((parts[3], parts[5], query.get("container", "")), query)
        at = parts.index("namespaces") if "namespaces" in parts else len(parts)
        kind = RESOURCES.get((*parts[:at], *parts[at + 2 :]))
        if kind is None:
            return self.unexpected(f"GET {self.path}")
        namespace = parts[at + 1] if at < len(parts) else ""
        return (self.watch if "watch" in query else self.list)(kind, namespace, query)

    def list(self, kind: str, namespace: str, query: dict[str, str]) -> None:
        """A page of the objects."""
        if set(query) - _LIST:
            return self.unexpected(f"GET {self.path}")
        api = self.api
        with api._lock:
            pods = [pod for key, pod in sorted(api._objects.items()) if key[0] == kind and _matches(pod, namespace, query)]
            begin = int(query.get("continue", "0"))
            size = min(int(query.get("limit", "500")), api.page)
            more = str(begin + size) if begin + size < len(pods) else ""
            metadata = {"resourceVersion": str(api._version), "continue": more}
            body = json.dumps({"kind": f"{kind}List", "metadata": metadata, "items": pods[begin : begin + size]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def watch(self, kind: str, namespace: str, query: dict[str, str]) -> None:
        """Events from a version on, and a bookmark where there is none."""
        if set(query) - _WATCH or not _WATCH - {"labelSelector", "fieldSelector"} <= set(query):
            return self.unexpected(f"GET {self.path}")
        api = self.api
        version = int(query["resourceVersion"])
        with api._lock:
            if version < api._oldest:
                gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
                return self.stream([json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n"])
            api.watching += 1
            hang_up = api._hang_up
        try:
            self.begin()
            while not api.ended.is_set():
                with api._lock:
                    if api._hang_up != hang_up:
                        raise _BrokenOffError
                    events = [event for event in api._events if event[0] > version]
                    version = max([version, *(event[0] for event in events)])
                for number, change, pod in events:
                    if _kind(pod) == kind and _matches(pod, namespace, query):
                        self.piece(json.dumps({"type": change, "object": pod}).encode() + b"\n")
                    else:
                        bookmark = {"kind": kind, "metadata": {"resourceVersion": str(number)}}
                        self.piece(json.dumps({"type": "BOOKMARK", "object": bookmark}).encode() + b"\n")
                time.sleep(_TICK)
        finally:
            api.watching -= 1

    def log(self, key: Key, query: dict[str, str]) -> None:
        """The log of a container, as the kubelet gives it."""
        if set(query) - _LOG or query.get("timestamps") != "true" or not key[2]:
            return self.unexpected(f"GET {self.path}")
        api = self.api
        with api._lock:
            instances = api._logs.get(key)
            if not instances or ("Pod", key[0], key[1]) not in api._objects:
                return self.refuse(404, f'pods "{key[1]}" not found')
            if "previous" in query:
                if len(instances) < 2:
                    return self.refuse(400, f'previous terminated container "{key[2]}" in pod "{key[1]}" not found')
                instance = instances[-2]
            else:
                instance = instances[-1]
            budget = api.cut.pop(0) if api.cut else None
            api.following += 1
        try:
            self.follow(instance, query, budget)
        finally:
            api.following -= 1
        return None

    def follow(self, instance: Instance, query: dict[str, str], budget: int | None) -> None:
        """Lines from `sinceTime` on; with `follow` until the instance ends."""
        api = self.api
        since = datetime.fromisoformat(query["sinceTime"]) if "sinceTime" in query else None
        at, hang_up = instance.rotated, api._hang_up
        self._begun = False  # the kubelet sends the head of its answer with the first line
        while not api.ended.is_set():
            with api._lock:
                if api._hang_up != hang_up:
                    raise _BrokenOffError
                ended, lines = instance.ended, instance.lines[at:]
                at += len(lines)
            for line in lines:
                if since is None or datetime.fromisoformat(line[:19].decode() + "+00:00") >= since:
                    budget = self.limited(line + b"\n", budget)
            if ended or "follow" not in query:
                break
            time.sleep(_TICK)
        self.shown(b"")

    def shown(self, data: bytes) -> None:
        """A bit of a body whose head goes with its first one."""
        if not self._begun:
            self._begun = True
            self.begin()
        self.piece(data)

    def limited(self, data: bytes, budget: int | None) -> int | None:
        """Send, as far as the budget goes; then the connection breaks."""
        if budget is None:
            self.shown(data)
            return None
        if data[:budget]:
            self.shown(data[:budget])
        if budget <= len(data):
            raise _BrokenOffError
        return budget - len(data)

    def begin(self) -> None:
        """A body that comes bit by bit."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

    def piece(self, data: bytes) -> None:
        """A bit of it; an empty one is its end."""
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def stream(self, pieces: Sequence[bytes]) -> None:
        """A whole body."""
        self.begin()
        for piece in (*pieces, b""):
            self.piece(piece)

    def refuse(self, status: int, message: str) -> None:
        """A Status."""
        body = json.dumps({"kind": "Status", "status": "Failure", "message": message, "reason": "X", "code": status}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def unexpected(self, what: str) -> None:
        """What nobody should ask."""
        self.api.unexpected.append(what)
        self.refuse(400, f"unexpected: {what}")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (as the base class calls it)
        """Not to standard error."""

    def handle(self) -> None:
        """Clients hang up, and so do we."""
        with contextlib.suppress(OSError, _BrokenOffError):
            super().handle()


def _matches(pod: Pod, namespace: str, query: dict[str, str]) -> bool:
    """Whether a pod is asked for; of selectors only the forms that are tested."""
    if namespace and pod["metadata"]["namespace"] != namespace:
        return False
    labels = pod["metadata"].get("labels", {})
    wanted = dict(part.split("=") for part in query.get("labelSelector", "").split(",") if part)
    field, _, value = query.get("fieldSelector", "").partition("=")
    has = {"": "", "metadata.name": pod["metadata"]["name"], "spec.nodeName": pod.get("spec", {}).get("nodeName", "")}[field]
    return all(labels.get(key) == value for key, value in wanted.items()) and has == value


def _kind(pod: Pod) -> str:
    return str(pod.get("kind", "Pod"))
