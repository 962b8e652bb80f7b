"""RabbitMQ nodes of a given size, as far as their plugins show them: generated answers, from loopback and another process.

For what an exporter costs, not for what it costs a broker: benchmarks.rabbitmq has real ones for that.
"""

import http.server
import json
import multiprocessing
import threading
from typing import Any, Self

from benchmarks.rabbitmq.load import names
from exporters.rabbitmq import detailed, management
from tests.exporters.rabbitmq.recorded import recorded

_FIGURES = ("messages_ready", "messages_unacked", "messages", "consumers")
_CLIENTS = ("neutron-openvswitch-agent",) * 12 + ("nova-compute",) * 3


class Brokers:
    """Run from `with` on; `urls` has one for each node, where both the plugin and the management API are."""

    def __init__(self, nodes: int, queues: int, connections: int) -> None:
        here, there = multiprocessing.Pipe()
        self._pipe = here
        arguments = (nodes, queues, connections, there)
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=arguments, daemon=True)
        self.urls: list[str] = []

    def __enter__(self) -> Self:
        self._process.start()
        self.urls = [f"http://127.0.0.1:{port}" for port in self._pipe.recv()]
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def _serve(nodes: int, queues: int, connections: int, pipe: "multiprocessing.connection.Connection[Any, Any]") -> None:
    members = [f"rabbit@rabbitmq-{number}" for number in range(nodes)]
    all_names = list(names(queues))
    listings = _listings(all_names, connections) | _cluster(members)
    ports = []
    for number, member in enumerate(members):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.daemon_threads = True
        server.answers = listings | _node(member, all_names[number::nodes])  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ports.append(server.server_address[1])
    pipe.send(ports)
    threading.Event().wait()


def _node(member: str, queues: list[str]) -> dict[str, bytes]:
    lines = [
        f'rabbitmq_detailed_queue_{figure}{{vhost="/",queue="{name}"}} {int(figure == "consumers")}\n'
        for figure in _FIGURES
        for name in queues
    ]
    metrics = recorded("metrics-3.10.8.txt").replace(b"a@localhost", member.encode())
    return {"/metrics": metrics, detailed.path(): "".join(lines).encode()}


def _cluster(members: list[str]) -> dict[str, bytes]:
    nodes = [{"name": member, "running": True, "partitions": []} for member in members]
    told = {management.NODES: nodes, management.ALARMS: {"status": "ok"}, management.QUORUM: {"status": "ok"}}
    return {path: json.dumps(body).encode() for path, body in {**told, management.OVERVIEW: {"disable_stats": False}}.items()}


def _listings(queues: list[str], connections: int) -> dict[str, bytes]:
    of_queues = [{"arguments": {}, "name": name, "state": "live", "type": "classic", "vhost": "/"} for name in queues]
    of_connections = [
        {"channels": 1, "state": "running", "user_provided_name": f"{_CLIENTS[number % len(_CLIENTS)]}:{number}:{number:036}"}
        for number in range(connections)
    ]
    answers = {}
    for path, rows in ((management.queues_path, of_queues), (management.connections_path, of_connections)):
        size = management.PAGE_SIZE
        page = {"filtered_count": len(rows), "total_count": len(rows), "item_count": size, "page": 1, "page_size": size}
        first = {**page, "page_count": -(-len(rows) // size), "items": rows[:size]}
        answers |= {path(None, 1): json.dumps(first).encode(), path(None, None): json.dumps(rows).encode()}
    return answers


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a head and a body that go out one by one would wait for each other's acknowledgement
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """What there is at this path."""
        answers: dict[str, bytes] = self.server.answers  # type: ignore[attr-defined]
        body = answers.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Not to standard error."""
