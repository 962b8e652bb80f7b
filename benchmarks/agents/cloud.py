"""A cloud of a given size, as far as its APIs show it: generated lists, served from loopback by a process of its own."""

import http.server
import json
import multiprocessing
import multiprocessing.connection
import time
import urllib.parse
import uuid
from dataclasses import dataclass
from typing import Any, Final, Self

_PROJECT = "0" * 32
_FIELDS: Final = "id binary agent_type host availability_zone alive admin_state_up heartbeat_timestamp started_at".split()
_RESOURCES: Final = (
    "Port SecurityGroup SecurityGroupRule Network Subnet AddressGroup QosPolicy Trunk SubPort Log Router".split()
)
_CONFIGURATION: Final = {
    "arp_responder_enabled": True,
    "bridge_mappings": {"physnet1": "br-ex", "physnet2": "br-vlan"},
    "datapath_type": "system",
    "devices": 40,
    "enable_distributed_routing": False,
    "extensions": ["qos"],
    "integration_bridge": "br-int",
    "l2_population": True,
    "tunnel_types": ["vxlan"],
    "tunneling_ip": "10.20.30.40",
    "vhostuser_socket_dir": "/var/run/openvswitch",
    "resource_versions": dict.fromkeys(_RESOURCES, "1.1"),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows the lists have."""

    name: str
    computes: int
    services: int
    agents: int


SIZES: Final = (
    Size("S", 30, 45, 60),
    Size("M", 300, 330, 630),
    Size("L", 1000, 1050, 2050),
    Size("XL", 5000, 5200, 10200),
)


class Cloud:
    """Runs from `with` on. `requests` and `sent` (bytes of bodies): what the exporters have cost it since last asked."""

    def __init__(self, size: Size) -> None:
        here, there = multiprocessing.Pipe()
        self._pipe = here
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(size, there), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        port: int = self._pipe.recv()
        self.auth_url = f"http://127.0.0.1:{port}/identity/v3"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def cost(self) -> tuple[int, int]:
        """Requests and bytes since the last time."""
        self._pipe.send("cost")
        requests, sent = self._pipe.recv()
        return requests, sent


def _serve(size: Size, pipe: "multiprocessing.connection.Connection[Any, Any]") -> None:
    import threading  # noqa: PLC0415  only this process has threads

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.answers = answers(size, f"http://127.0.0.1:{server.server_address[1]}")  # type: ignore[attr-defined]
    server.cost = [0, 0]  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send(server.server_address[1])
    while pipe.recv() == "cost":
        pipe.send(tuple(server.cost))  # type: ignore[attr-defined]
        server.cost = [0, 0]  # type: ignore[attr-defined]


def answers(size: Size, url: str) -> dict[str, bytes]:
    """Path -> body. `/v2.0/agents?fields` is what Neutron answers when it is asked for fields."""
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000", time.gmtime())
    services = [_service(number, size, now) for number in range(size.services)]
    agents = [_agent(number, size, now) for number in range(size.agents)]
    few = [{key: agent[key] for key in _FIELDS} for agent in agents]
    return {
        "/identity/v3/auth/tokens": json.dumps(_token(url)).encode(),
        "/compute/v2.1/os-services": json.dumps({"services": services}).encode(),
        "/network/v2.0/agents": json.dumps({"agents": agents}).encode(),
        "/network/v2.0/agents?fields": json.dumps({"agents": few}).encode(),
        f"/volume/v3/{_PROJECT}/os-services": json.dumps({"services": []}).encode(),
        "/identity/v3": json.dumps({"version": {"id": "v3.14", "status": "stable", "links": []}}).encode(),
    }


def _service(number: int, size: Size, now: str) -> dict[str, Any]:
    compute = number < size.computes
    return {
        "binary": "nova-compute" if compute else "nova-conductor",
        "host": f"cmp{number:05}.cloud.example.org" if compute else f"ctl{number:05}.cloud.example.org",
        "id": str(uuid.UUID(int=number)),
        "zone": f"az{number % 3}" if compute else "internal",
        "status": "disabled" if number % 50 == 7 else "enabled",
        "state": "down" if number % 100 == 9 else "up",
        "updated_at": now,
        "disabled_reason": "maintenance, ticket 4711" if number % 50 == 7 else None,
        "forced_down": False,
    }


def _agent(number: int, size: Size, now: str) -> dict[str, Any]:
    layer2 = number < size.computes
    return {
        "id": str(uuid.UUID(int=number)),
        "agent_type": "Open vSwitch agent" if layer2 else "Metadata agent",
        "binary": "neutron-openvswitch-agent" if layer2 else "neutron-metadata-agent",
        "topic": "N/A",
        "host": f"cmp{number % size.computes:05}-{number // size.computes}.cloud.example.org",
        "admin_state_up": True,
        "created_at": now,
        "started_at": now.replace("T", " ").partition(".")[0],
        "heartbeat_timestamp": now.replace("T", " ").partition(".")[0],
        "description": None,
        "resources_synced": None,
        "availability_zone": None,
        "alive": number % 100 != 9,
        "configurations": _CONFIGURATION,
    }


def _token(url: str) -> dict[str, Any]:
    places = {
        "identity": "/identity/v3",
        "compute": "/compute/v2.1",
        "network": "/network",
        "volumev3": f"/volume/v3/{_PROJECT}",
    }
    return {
        "token": {
            "methods": ["password"],
            "user": {"id": "u", "name": "admin", "domain": {"id": "default", "name": "Default"}},
            "project": {"id": _PROJECT, "name": "admin", "domain": {"id": "default", "name": "Default"}},
            "roles": [{"id": "r", "name": "admin"}],
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "expires_at": "2999-01-01T00:00:00.000000Z",
            "catalog": [
                {
                    "type": kind,
                    "name": kind,
                    "endpoints": [{"interface": "public", "region": "R", "region_id": "R", "url": url + path}],
                }
                for kind, path in places.items()
            ],
        }
    }


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a head and a body that go out one by one would wait for each other's acknowledgement
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """A list, or what Keystone says of itself."""
        path, _, query = self.path.partition("?")
        asks_fields = "fields" in urllib.parse.parse_qs(query)
        answers: dict[str, bytes] = self.server.answers  # type: ignore[attr-defined]
        body = answers.get(f"{path.rstrip('/')}?fields" if asks_fields else path.rstrip("/"))
        self._reply(404 if body is None else 200, body or b"{}")

    def do_POST(self) -> None:
        """A login."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._reply(201, self.server.answers["/identity/v3/auth/tokens"])  # type: ignore[attr-defined]

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Subject-Token", "token")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        cost: list[int] = self.server.cost  # type: ignore[attr-defined]
        cost[0] += 1
        cost[1] += len(body)

    def log_message(self, *_: object) -> None:
        """Not to standard error."""
