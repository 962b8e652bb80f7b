"""Records per CPU second and peak memory of a hop: forward in, forward out, with acknowledgement on both sides.

The same messages go through each program: records of a generated log as Fluent Bit's tail sends them (Forward mode, 2 MB, over
some connections), answered when the next one has answered. Ours runs beside Fluent Bit's own in_forward -> out_forward, both as
processes of their own, in turn, round by round, on unix sockets. `in` only takes and acknowledges (Fluent Bit: output null);
`lines` passes every line on as an event; `gzip` the same, packed; `events` has the parser in between, as `collect` has.
"""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgpack

from benchmarks import logs, report
from benchmarks.peers import FLUENT_BIT, find_fluent_bit
from collectors.forward.wire import Entry, EventTime, acknowledgement, forward

_MESSAGE = 2 << 20
_TIMEOUT = 60.0
_NOW = 1_795_404_781
_TICKS = os.sysconf("SC_CLK_TCK")
OURS = {"in": "stratoscope: in", "lines": "stratoscope: lines", "gzip": "stratoscope: gzip", "events": "stratoscope: events"}
THEIRS = {"in": f"{FLUENT_BIT}: in, null", "lines": f"{FLUENT_BIT}: in, out", "gzip": f"{FLUENT_BIT}: in, out, gzip"}


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run: CPU seconds of the hop (all threads), its peak resident bytes, seconds on the wall."""

    cpu: float
    memory: int
    wall: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forward", description=__doc__)
    parser.add_argument("--size", type=int, default=64, help="MB of the generated log (64)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program (3)")
    parser.add_argument("--connections", type=int, default=4, help="that the messages come over (4)")
    asked = parser.parse_args(arguments)
    program = find_fluent_bit()
    if program is None:
        sys.stdout.write("\n!!! FLUENT BIT WAS LEFT OUT: no `fluent-bit` on PATH, and FLUENT_BIT names none. !!!\n")
    with tempfile.TemporaryDirectory(prefix="stratoscope-bench-") as folder:
        messages, records = made(Path(folder), asked.size << 20)
        costs = compare(Path(folder), messages, asked, program)
    sys.stdout.write(f"{report.machine()}\n\n{records:,} records in {len(messages)} messages\n\n{table(costs, records)}\n")
    return 0


def made(folder: Path, size: int) -> tuple[list[bytes], int]:
    """The messages, and how many records are in them."""
    log = folder / "events.log"
    logs.write(log, size, "plain")
    lines = log.read_bytes().decode().splitlines()
    messages, first, held = [], 0, 0
    for number, line in enumerate(lines, 1):
        held += len(line) + 60
        if held >= _MESSAGE or number == len(lines):
            entries = [
                Entry(EventTime(_NOW, at), {"file": "/var/log/nova/nova-compute.log", "log": lines[at]})
                for at in range(first, number)
            ]
            messages.append(forward("lines", entries, {"chunk": f"chunk-{first}", "size": len(entries)}, metadata=True))
            first, held = number, 0
    return messages, len(lines)


def compare(folder: Path, messages: list[bytes], asked: argparse.Namespace, program: str | None) -> dict[str, list[Cost]]:
    """Run all in turn, each second round backwards."""
    hops = {name: [sys.executable, "-m", "benchmarks.forward.ours", "LISTEN", "ADDRESS", what] for what, name in OURS.items()}
    if program is not None:
        hops |= {name: [program, "-q", "-c", configured(folder, what)] for what, name in THEIRS.items()}
    costs: dict[str, list[Cost]] = {name: [] for name in hops}
    for number in range(asked.rounds):
        for name in list(hops)[:: -1 if number % 2 else 1]:
            costs[name].append(run(folder, hops[name], messages, asked.connections))
    return costs


def configured(folder: Path, what: str) -> str:
    """The configuration of Fluent Bit for a hop, in a file."""
    output = {"name": "null", "match": "*"}
    if what != "in":
        output = {"name": "forward", "match": "*", "unix_path": str(folder / "out.sock"), "require_ack_response": "on"}
    if what == "gzip":
        output["compress"] = "gzip"
    path = folder / f"{what}.yaml"
    listed = "".join(f"      {key}: '{value}'\n" for key, value in output.items())
    path.write_text(
        "service:\n  flush: 0.2\n  grace: 1\n  log_level: error\npipeline:\n  inputs:\n"
        f"    - name: forward\n      unix_path: {folder / 'in.sock'}\n  outputs:\n    -\n{listed}"
    )
    return str(path)


def run(folder: Path, words: list[str], messages: list[bytes], connections: int) -> Cost:
    """Send all messages through a hop, until each was acknowledged."""
    into, out = folder / "in.sock", folder / "out.sock"
    for path in (into, out):
        path.unlink(missing_ok=True)
    arguments = [{"LISTEN": f"unix:{into}", "ADDRESS": f"unix:{out}"}.get(word, word) for word in words]
    arrived = Drain(out)
    child = subprocess.Popen(arguments)  # noqa: S603  the commands stand above
    try:
        wait_for(into)
        started, before = time.monotonic(), cpu_of(child.pid)
        feed(into, messages, connections)
        arrived.settle()
        return Cost(cpu_of(child.pid) - before, memory_of(child.pid), time.monotonic() - started)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        arrived.close()


class Drain:
    """What stands behind the hop: takes every message and acknowledges it."""

    def __init__(self, path: Path) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._last = time.monotonic()
        threading.Thread(target=self._accept, daemon=True).start()

    def settle(self) -> None:
        """Wait until nothing has come for a moment: Fluent Bit acknowledges before it sends on."""
        while time.monotonic() < self._last + 1:
            time.sleep(0.1)

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._listening.accept()[0],), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        unpacker = msgpack.Unpacker(unicode_errors="surrogateescape", max_buffer_size=64 << 20)
        with connection, suppress(OSError):
            while data := connection.recv(1 << 18):
                self._last = time.monotonic()
                unpacker.feed(data)
                for message in unpacker:
                    connection.sendall(acknowledgement(message[-1]["chunk"]))


def feed(path: Path, messages: list[bytes], connections: int) -> None:
    """Send all, over some connections at a time, each message after the one before it was acknowledged."""

    def send(own: list[bytes]) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_TIMEOUT)
            connection.connect(str(path))
            for message in own:
                connection.sendall(message)
                connection.recv(4096)

    senders = [threading.Thread(target=send, args=(messages[number::connections],)) for number in range(connections)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()


def wait_for(path: Path) -> None:
    """Until somebody listens there."""
    end = time.monotonic() + _TIMEOUT
    while time.monotonic() < end:
        with socket.socket(socket.AF_UNIX) as probe:
            if not probe.connect_ex(str(path)):
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {path}")


def cpu_of(pid: int) -> float:
    """Seconds of user and system time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_of(pid: int) -> int:
    """Peak resident bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def table(costs: dict[str, list[Cost]], records: int) -> str:
    """The least CPU time and the largest memory of each; ratios to Fluent Bit doing the same."""
    rows = [("hop", "records/CPU s", f"of {FLUENT_BIT}", "MB", "s")]
    for name, runs in costs.items():
        least = min(runs, key=lambda one: one.cpu)
        peer = costs.get(THEIRS.get(next((what for what, own in OURS.items() if own == name), ""), ""))
        ratio = f"{min(one.cpu for one in peer) / least.cpu:.2f}x" if peer else "-"
        memory = max(one.memory for one in runs) >> 20
        rows.append(
            (name, f"{records / max(least.cpu, 0.01):,.0f}", ratio, f"{memory}", f"{min(one.wall for one in runs):.1f}")
        )
    return report.table(rows)
