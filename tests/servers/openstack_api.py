"""A small server that stands in for Keystone and the APIs of OpenStack, replaying recorded answers, strictly.

What it does not expect (a path, a method, a field too many, a microversion, a token that does not hold) is answered with an
error and kept in `unexpected`; leaving the context raises on it. A service can be in trouble: slow, torn, silent, in error.
"""

import contextlib
import http.server
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.http_api import HttpApi

DATA = Path(__file__).parents[1] / "data" / "openstack"
USER, PASSWORD, PROJECT = "watcher", "not-a-real-password", "monitoring"

SERVICES = {
    "nova": ("compute", "/v2.1"),
    "neutron": ("network", ""),
    "cinder": ("volumev3", "/v3/00000000000000000000000000000001"),
    "heat": ("orchestration", "/v1/00000000000000000000000000000001"),
    "octavia": ("load-balancer", ""),
    "manila": ("sharev2", "/v2"),
    "ironic": ("baremetal", ""),
    "designate": ("dns", ""),
}
"""Service -> its type in the catalog, and the path of its endpoint there."""
QUERY = {
    "neutron": {"fields", "marker"},
    "octavia": {"fields", "limit", "marker"},
    "ironic": {"fields", "marker"},
    "designate": {"limit", "marker"},
}
_REQUIRED = (
    b'{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}'
)

Trouble = Callable[["Handler", bytes], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    service: str
    path: str
    query: Mapping[str, list[str]]
    version: str | None
    token: str | None


@dataclass(slots=True)
class OpenStackApi(HttpApi):
    """Listens on loopback from `with` on. `answers`: service -> what it says, as the files hold it; may change at any time.

    `trouble`: service (or `keystone`) -> what happens instead of an answer.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    regions: tuple[str, ...] = ("RegionOne",)
    tls: ssl.SSLContext | None = None
    trouble: dict[str, Trouble] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    logins: int = 0
    unexpected: list[str] = field(default_factory=list)
    sent: int = 0
    _token: str = "none yet"
    _server: http.server.ThreadingHTTPServer | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def show(self, *states: str) -> None:
        """From now on answer as in these files, the later over the earlier."""
        for state in states:
            self.answers.update(json.loads((DATA / f"{state}.json").read_text()))

    def expire(self) -> None:
        """The token that was given holds no more."""
        self._token = "none any more"

    @property
    def auth_url(self) -> str:
        """Where Keystone is."""
        return f"{self.url}/identity/v3"

    @property
    def url(self) -> str:
        """Where all of it is."""
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    def log_in(self, request: Any) -> tuple[int, bytes]:
        """A token, to whom has the password."""
        self.logins += 1
        auth = request["auth"]
        user = auth["identity"]["password"]["user"]
        if (user["name"], user["password"]) != (USER, PASSWORD):
            return 401, _REQUIRED
        if auth["scope"]["project"]["name"] != PROJECT:
            return 401, _REQUIRED
        self._token = f"token-{self.logins}"
        recorded = json.loads((DATA / "token.json").read_text())
        recorded["token"]["expires_at"] = "2999-01-01T00:00:00.000000Z"
        recorded["token"]["catalog"] = self._catalog()
        return 201, json.dumps(recorded).encode()

    def answer(self, asked: Asked) -> tuple[int, str | None, bytes]:
        """Status, Date and body."""
        self.asked.append(asked)
        recorded = self.answers.get(asked.service)
        if asked.token != self._token:
            return 401, None, _REQUIRED
        if recorded is None or asked.path != recorded["path"]:
            return self._refuse(404, f"GET {asked.path} of {asked.service}")
        if extra := set(asked.query) - QUERY.get(asked.service, set()):
            return self._refuse(400, f"the query {', '.join(sorted(extra))} of {asked.service}")
        if asked.version != recorded.get("version"):
            if asked.version in recorded.get("unknown", ()):
                return 406, None, json.dumps({"computeFault": {"code": 406, "message": "Version is not supported"}}).encode()
            return self._refuse(406, f"the microversion {asked.version} of {asked.service}")
        body = recorded["body"]
        if "pages" in recorded:
            body = recorded["pages"][asked.query.get("marker", [""])[0]]
        return recorded["status"], recorded.get("date"), body if isinstance(body, bytes) else json.dumps(body).encode()

    def _refuse(self, status: int, what: str) -> tuple[int, None, bytes]:
        self.unexpected.append(what)
        return status, None, json.dumps({"error": {"code": status, "message": f"unexpected: {what}"}}).encode()

    def _catalog(self) -> list[Any]:
        return [
            {
                "type": kind,
                "name": service,
                "endpoints": [
                    {"interface": interface, "region_id": region, "region": region, "url": f"{self.url}/{service}{path}"}
                    for interface in ("public", "internal")
                    for region in self.regions
                ],
            }
            for service, (kind, path) in SERVICES.items()
            if service in self.answers
        ]

    def handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        """What answers a connection."""
        return Handler


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: http.server.ThreadingHTTPServer

    @property
    def api(self) -> OpenStackApi:
        """The server's state."""
        api: OpenStackApi = self.server.api  # type: ignore[attr-defined]
        return api

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/identity/v3/auth/tokens":
            self.api.unexpected.append(f"POST {self.path}")
            return self.reply(404, b"{}")
        if (trouble := self.api.trouble.get("keystone")) is not None:
            return trouble(self, b"{}")
        status, body = self.api.log_in(request)
        token = {"X-Subject-Token": self.api._token} if status == 201 else {}
        return self.reply(status, body, **token)

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        service, _, rest = path.lstrip("/").partition("/")
        asked = Asked(
            service,
            f"/{rest}",
            urllib.parse.parse_qs(query, strict_parsing=bool(query)),
            self.headers.get("OpenStack-API-Version"),
            self.headers.get("X-Auth-Token"),
        )
        status, date, body = self.api.answer(asked)
        if (trouble := self.api.trouble.get(service)) is not None:
            return trouble(self, body)
        return self.reply(status, body, **({"Date": date} if date else {}))

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        """A whole answer, without a Date that was not asked for."""
        self.send_response_only(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.api.sent += len(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (as the base class calls it)
        """Not to standard error."""

    def handle(self) -> None:
        """A client that hangs up early is what some tests are about."""
        with contextlib.suppress(OSError):
            super().handle()


def hang(handler: Handler, _: bytes) -> None:
    """Say nothing until the server ends."""
    handler.api.ended.wait()
    handler.close_connection = True


def half(handler: Handler, body: bytes) -> None:
    """The head promises more than comes."""
    handler.send_response_only(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def drip(handler: Handler, _: bytes) -> None:
    """A byte of a head without end now and then: no single read ever waits long."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.api.ended.is_set():
        handler.wfile.write(b"x")
        time.sleep(0.05)
    handler.close_connection = True


def status(code: int, message: str = "it hurts") -> Trouble:
    """An error of the service itself."""

    def answer(handler: Handler, _: bytes) -> None:
        handler.reply(code, json.dumps({"error": {"code": code, "message": message}}).encode())

    return answer


def redirect(place: str) -> Trouble:
    """302."""

    def answer(handler: Handler, _: bytes) -> None:
        handler.reply(302, b"", Location=place)

    return answer


def says(body: bytes) -> Trouble:
    """Whatever it is."""

    def answer(handler: Handler, _: bytes) -> None:
        handler.reply(200, body)

    return answer


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port that accepts, as the kernel does, and never says a word."""
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield listening.getsockname()[1]
