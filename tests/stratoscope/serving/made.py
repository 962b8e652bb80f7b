"""A small registry, a server of it, certificates, and a web configuration file, for the tests of serving."""

import base64
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import bcrypt
import trustme
from prometheus_client import CollectorRegistry, Counter
from starlette.applications import Starlette

from stratoscope.serving.app import create_app
from stratoscope.serving.bounds import Bounds
from stratoscope.serving.listen import bind
from stratoscope.serving.metrics_page import registry_renderer
from stratoscope.serving.server import Server

BOUNDS = Bounds()
PASSWORD = "correct horse"
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


def app() -> Starlette:
    registry = CollectorRegistry()
    Counter("nova_answers", "How often.", registry=registry).inc(42)
    Counter("glance_answers", "How often.", registry=registry).inc(7)
    return create_app("stratoscope export", registry_renderer(registry), links=[("/more?a=<b>", "more & more")])


@contextmanager
def served(web_config: Path | None = None, bounds: Bounds = BOUNDS) -> Iterator[Server]:
    with Server(app(), bind("127.0.0.1:0"), web_config, bounds) as server:
        yield server


def get(url: str, context: ssl.SSLContext | None = None, **headers: str) -> tuple[int, str]:
    """Status and body."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _Anything())
    with opener.open(request, timeout=30) as answer:
        return answer.status, answer.read().decode()


class _Anything(urllib.request.HTTPErrorProcessor):
    """Gives every answer as it is."""

    def http_response(self, request: object, response: object) -> object:
        return response

    https_response = http_response


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def write_certificate(ca: trustme.CA, folder: Path, name: str = "localhost") -> None:
    issued = ca.issue_cert(name, "127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "server.key")
    (folder / "server.pem").write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    ca.cert_pem.write_to_path(folder / "ca.pem")


def trusting(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return context


def raw(server: Server, data: bytes) -> bytes:
    """What comes back on a connection of its own, to the end."""
    host, port = server.url.rpartition("/")[2].split(":")
    with closing(socket.create_connection((host, int(port)), 30)) as connection:
        connection.sendall(data)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)
