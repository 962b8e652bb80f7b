"""A small server that stands in for the Kubernetes API where objects are read, made and changed. Strict.

What it does not expect is answered with an error and kept in `unexpected`; leaving the context raises on it. Written after the
API reference of Kubernetes 1.35 and its validation of Events (pkg/apis/core/validation/events.go).
"""

import contextlib
import copy
import http.server
import json
import re
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.http_api import HttpApi
from tests.servers.kubeconfig import kubeconfig_at

Object = dict[str, Any]
MERGE, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
_MICRO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    kind: str
    body: Any


@dataclass(slots=True)
class KubeObjects(HttpApi):
    """Listens on loopback from `with` on."""

    tls: ssl.SSLContext | None = None
    token: str = "first-token"
    objects: dict[str, Object] = field(default_factory=dict)
    """By path."""
    asked: list[Asked] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    refuse: Callable[[str, str], tuple[int, str] | None] = lambda *_: None
    """From method and path: status and message of a refusal, or None."""
    before_writes: Callable[[], None] = lambda: None
    """Called before a PATCH is carried out: somebody else is quicker."""
    silent: bool = False
    """Accept requests, and never answer."""
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _version: int = 100
    _server: http.server.ThreadingHTTPServer | None = None

    def put(self, path: str, thing: Object) -> Object:
        """An object is there, or is changed."""
        with self.lock:
            self._version += 1
            thing = copy.deepcopy(thing)
            thing.setdefault("metadata", {})["resourceVersion"] = str(self._version)
            self.objects[path] = thing
            return thing

    def under(self, path: str) -> list[Object]:
        """The objects whose paths begin so."""
        with self.lock:
            return [copy.deepcopy(thing) for at, thing in self.objects.items() if at.startswith(path)]

    def times(self, method: str) -> int:
        """How often it was asked by a method."""
        return sum(one.method == method for one in list(self.asked))

    def kubeconfig(self, folder: Path) -> Path:
        """A kubeconfig file; plain HTTP only."""
        return kubeconfig_at(folder, {"server": f"http://127.0.0.1:{self.port}"}, {"token": self.token})

    def handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        """What answers a connection."""
        return _Handler


class _RefusedError(Exception):
    """An answer other than the object."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def api(self) -> KubeObjects:
        api: KubeObjects = self.server.api  # type: ignore[attr-defined]
        return api

    def do_GET(self) -> None:
        self.serve(self._get)

    def do_POST(self) -> None:
        self.serve(self._post)

    def do_PATCH(self) -> None:
        self.serve(self._patch)

    def serve(self, act: Callable[[Any], tuple[int, Object]]) -> None:
        """Do it, and answer."""
        size = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(size)) if size else None
        self.api.asked.append(Asked(self.command, self.path, self.headers.get("Content-Type", ""), body))
        if self.api.silent:
            self.api.ended.wait()
            self.close_connection = True
            return
        try:
            self._admit()
            with self.api.lock:
                status, found = act(body)
        except _RefusedError as error:
            status = error.status
            found = {"kind": "Status", "status": "Failure", "message": str(error), "reason": "X", "code": status}
        data = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _admit(self) -> None:
        """Whether who asks may do it."""
        if self.headers.get("Authorization") != f"Bearer {self.api.token}":
            raise _RefusedError(401, "Unauthorized")
        if (refusal := self.api.refuse(self.command, self.path)) is not None:
            raise _RefusedError(*refusal)

    def _get(self, _: Any) -> tuple[int, Object]:
        return 200, self._found()

    def _post(self, thing: Any) -> tuple[int, Object]:
        path = f"{self.path}/{thing['metadata']['name']}"
        if path in self.api.objects:
            raise _RefusedError(409, f'"{thing["metadata"]["name"]}" already exists')
        self._check(thing)
        return 201, self.api.put(path, thing)

    def _patch(self, change: Any) -> tuple[int, Object]:
        self.api.before_writes()
        found = self._found()
        kind = self.headers.get("Content-Type", "")
        if kind == MERGE:
            version = change.get("metadata", {}).get("resourceVersion")
            if version not in (None, found["metadata"]["resourceVersion"]):
                raise _RefusedError(409, "the object has been modified")
            changed = _merged(found, change)
        elif kind == JSON_PATCH:
            changed = patched(found, change)
        else:
            self._unexpected(f"PATCH of {kind}")
        self._check(changed)
        return 200, self.api.put(self.path, changed)

    def _found(self) -> Object:
        found = self.api.objects.get(self.path)
        if found is None:
            raise _RefusedError(404, f'"{self.path.rpartition("/")[2]}" not found')
        return copy.deepcopy(found)

    def _check(self, thing: Object) -> None:
        """As the API server does, for what is made here."""
        if thing.get("kind") != "Event":
            return
        series = thing.get("series")
        fine = (
            re.fullmatch(r"[a-z0-9.-]{1,253}", thing["metadata"]["name"])
            and _MICRO_TIME.fullmatch(thing["eventTime"])
            and thing["metadata"]["namespace"] == thing["regarding"]["namespace"] == self.path.split("/")[5]
            and all(thing[key] for key in ("action", "reason", "reportingController", "reportingInstance"))
            and thing["type"] in ("Normal", "Warning")
            and len(thing["note"].encode()) <= 1024
            and (series is None or (series["count"] >= 2 and _MICRO_TIME.fullmatch(series["lastObservedTime"])))
        )
        if not fine:
            self._unexpected(f"Event {thing}")

    def _unexpected(self, what: str) -> None:
        self.api.unexpected.append(what)
        raise _RefusedError(422, what)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (as the base class calls it)
        """Not to standard error."""

    def handle(self) -> None:
        """Clients hang up."""
        with contextlib.suppress(OSError):
            super().handle()


def _merged(thing: Any, change: Any) -> Any:
    """RFC 7386."""
    if not isinstance(change, dict):
        return change
    merged = dict(thing) if isinstance(thing, dict) else {}
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged


def patched(thing: Any, operations: list[dict[str, Any]]) -> Any:
    """RFC 6902, as far as we use it: add, replace, remove, test."""
    changed = copy.deepcopy(thing)
    for one in operations:
        *way, last = (part.replace("~1", "/").replace("~0", "~") for part in one["path"].split("/")[1:])
        place = changed
        for part in way:
            place = place[int(part) if isinstance(place, list) else part]
        key: Any = last if isinstance(place, dict) else len(place) if last == "-" else int(last)
        if one["op"] == "test":
            if place[key] != one["value"]:
                raise _RefusedError(422, f"testing value {one['path']} failed")
        elif one["op"] == "remove":
            del place[key]
        elif one["op"] == "add" and isinstance(place, list):
            place.insert(key, copy.deepcopy(one["value"]))
        else:
            place[key] = copy.deepcopy(one["value"])
    return changed
