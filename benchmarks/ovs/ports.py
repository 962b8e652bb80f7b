"""`python -m benchmarks.ovs.ports`: the central OVN exporter, with 100,000 port bindings on 1,000 chassis.

The baseline is a `select` of the same columns at each look, which is what an exporter without a copy would do.
"""

import argparse
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clients import ovsdb
from clients.jsonrpc import Connection
from clients.model import Deadline
from clients.sockets import Endpoint
from exporters.ovn.collector import OvnCollector
from exporters.ovn.settings import DatabaseSettings, OvnSettings
from exporters.ovn.tables import SOUTHBOUND, TABLES
from tests.servers.ovn import Member

_BATCH = 5000
_CHASSIS = 1000
_LOOKS = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ovs.ports", description=__doc__)
    parser.add_argument("--ports", type=int, default=100_000)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-ovn-") as folder:
        member = Member("sb", Path(folder) / "sb", None, False, [])
        try:
            fill(member.remote, asked.ports)
            _measure(member, asked.ports)
        finally:
            member.process.stop()
    return 0


def _measure(member: Member, ports: int) -> None:
    settings = OvnSettings(southbound=DatabaseSettings((member.remote,)), timeout=60.0)
    collector = OvnCollector("bench", settings)
    first, server_first = _looked(collector, member, 1)
    before = _memory("VmRSS")
    each, server_each = _looked(collector, member, _LOOKS)
    sys.stdout.write(
        "| looks at the port bindings | seconds | server's CPU s | resident MB | peak MB |\n|---|---:|---:|---:|---:|\n"
    )
    sys.stdout.write(
        f"| the first, {ports} ports copied | {first:.2f} | {server_first:.2f} | {before} | {_memory('VmHWM')} |\n"
    )
    sys.stdout.write(f"| each later one | {each:.3f} | {server_each:.4f} | {_memory('VmRSS')} | {_memory('VmHWM')} |\n")
    collector.close()
    cpu, begin = _cpu(member), time.perf_counter()
    with Connection(Endpoint.parse(member.remote), Deadline.after(60), limit=256 << 20) as connection:
        wanted = {"Port_Binding": TABLES[SOUTHBOUND]["Port_Binding"].columns}
        ovsdb.select(connection, SOUTHBOUND, wanted, Deadline.after(60))
    seconds = time.perf_counter() - begin
    sys.stdout.write(f"| a select instead | {seconds:.2f} | {_cpu(member) - cpu:.2f} | | {_memory('VmHWM')} |\n")


def _looked(collector: OvnCollector, member: Member, looks: int) -> tuple[float, float]:
    """Seconds, and CPU seconds of the server, for each look."""
    cpu, begin = _cpu(member), time.perf_counter()
    for _ in range(looks):
        list(collector.families(collector.fetch(Deadline.after(60))))
    return (time.perf_counter() - begin) / looks, (_cpu(member) - cpu) / looks


def _cpu(member: Member) -> float:
    pid = member.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


def _memory(key: str) -> int:
    """Megabytes of this process."""
    return int(Path("/proc/self/status").read_text().split(f"{key}:")[1].split()[0]) // 1024


def fill(remote: str, ports: int) -> None:
    """So many port bindings in the Southbound database at `remote`, on a thousand chassis."""
    with Connection(Endpoint.parse(remote), Deadline.after(300)) as connection:
        chassis = _inserted(connection, [row for number in range(_CHASSIS) for row in _chassis(number)])[1::2]
        for start in range(0, ports, _BATCH):
            network: dict[str, Any] = {"op": "insert", "table": "Datapath_Binding", "row": {"tunnel_key": start // _BATCH + 1}}
            made = [_port(number, chassis[number % _CHASSIS]) for number in range(min(_BATCH, ports - start))]
            _inserted(connection, [{**network, "uuid-name": "network"}, *made])


def _inserted(connection: Connection, rows: list[dict[str, Any]]) -> list[Any]:
    results = connection.call("transact", [SOUTHBOUND, *rows], Deadline.after(60)).result
    return [result["uuid"] for result in results]


def _chassis(number: int) -> list[dict[str, Any]]:
    encap = {"type": "geneve", "ip": f"10.0.{number // 250}.{number % 250}", "chassis_name": f"sys-{number}"}
    row = {"name": f"sys-{number}", "hostname": f"cmp{number:04d}", "encaps": ["named-uuid", f"encap{number}"]}
    return [
        {"op": "insert", "table": "Encap", "row": encap, "uuid-name": f"encap{number}"},
        {"op": "insert", "table": "Chassis", "row": row},
    ]


def _port(number: int, chassis: Any) -> dict[str, Any]:
    row = {
        "logical_port": str(uuid.uuid4()),
        "datapath": ["named-uuid", "network"],
        "tunnel_key": number + 1,
        "chassis": chassis,
        "requested_chassis": chassis,
        "up": True,
        "options": ["map", [["requested-chassis", f"cmp{number % _CHASSIS:04d}"]]],
    }
    return {"op": "insert", "table": "Port_Binding", "row": row}


if __name__ == "__main__":
    sys.exit(main())
