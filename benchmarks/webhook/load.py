"""`python -m benchmarks.webhook.load`: how long the API server waits for the webhook, and what the webhook takes for that.

The real command as a process, asked over kept TLS connections at a steady rate, as an API server does in a rollout: a review is
sent when it is due, whether the last one was answered or not, so that a stall counts for all who waited. The pods are those of
tests/data/webhook. `bare` is the baseline: the same server under the same load of what is no review, which costs TLS and HTTP.
"""

import argparse
import asyncio
import json
import os
import ssl
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from benchmarks.report import machine, table
from tests.stratoscope.webhook.made import PODS, SETTINGS, WebhookProcess, body, pod, webhook

_CONNECTIONS = 16
_HEAD = "POST /mutate?timeout=5s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
_WARM = 2.0
"""Seconds of load before it is measured."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Load:
    """What came of one load. `seconds`: of each answer, from when it was due."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Asking:
    """What is sent, to where, how often and for how long; `status` is what each answer must have."""

    port: int
    trust: ssl.SSLContext
    bodies: Sequence[bytes]
    status: bytes
    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Round:
    """A load, the CPU seconds that the webhook took for it, and its megabytes at most."""

    load: Load
    cpu: float
    resident: float

    @property
    def cost(self) -> float:
        """Milliseconds of CPU for one."""
        return 1000 * self.cpu / max(1, len(self.load.seconds))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; 0, or 1 if a review failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.webhook.load", description=__doc__)
    parser.add_argument("--rate", type=float, default=200.0, help="reviews a second (200)")
    parser.add_argument("--seconds", type=float, default=30.0, help="of each load (30)")
    parser.add_argument("--rounds", type=int, default=1, help="of both loads; the one with the least p99 is shown (1)")
    asked = parser.parse_args(arguments)
    bodies = [body(pod(path.stem)) for path in sorted(PODS.glob("*.json"))]
    loads = {"bare": ([b"[]" + b" " * (len(one) - 2) for one in bodies], b"400"), "reviews": (bodies, b"200")}
    rounds: dict[str, list[Round]] = {name: [] for name in loads}
    for _ in range(asked.rounds):
        for name, (sent, status) in loads.items():
            rounds[name].append(_round(sent, status, asked.rate, asked.seconds))
    sizes = f"{len(bodies)} pods of {min(map(len, bodies)) >> 10} to {max(map(len, bodies)) >> 10} KB"
    conditions = f"{sizes}, {_CONNECTIONS} connections, {asked.seconds:g} s, best of {asked.rounds}"
    sys.stdout.write(f"{machine()}\n{conditions}\n\n{_told(rounds, asked.seconds)}\n")
    return 1 if any(one.load.failed for made in rounds.values() for one in made) else 0


def _told(rounds: dict[str, list[Round]], seconds: float) -> str:
    rows = [("load", "a second", "failed", "p50 ms", "p99 ms", "longest ms", "CPU ms each", "of bare", "MB")]
    best = {name: min(made, key=lambda one: one.load.quantile(0.99)) for name, made in rounds.items()}
    for name, one in best.items():
        load = one.load
        failed = sum(every.load.failed for every in rounds[name])
        times = (f"{load.quantile(share):.1f}" for share in (0.5, 0.99, 1))
        ratio = f"{one.cost / best['bare'].cost:.1f}x"
        rate = f"{len(load.seconds) / seconds:.0f}"
        rows.append((name, rate, str(failed), *times, f"{one.cost:.2f}", ratio, f"{one.resident:.0f}"))
    return table(rows)


def _round(bodies: Sequence[bytes], status: bytes, rate: float, seconds: float) -> Round:
    with (
        tempfile.TemporaryDirectory(prefix="bench-webhook-") as folder,
        webhook(Path(folder), trustme.CA(), SETTINGS) as process,
    ):
        load, cpu = _measured(Asking(process.port, process.trust, bodies, status, rate, seconds), process)
        return Round(load, cpu, _resident(process))


def _measured(asking: Asking, process: WebhookProcess) -> tuple[Load, float]:
    """What came of it, and the CPU seconds that the webhook took meanwhile."""
    asyncio.run(_send(Asking(asking.port, asking.trust, asking.bodies, asking.status, asking.rate, _WARM)))
    before = _cpu(process)
    load = asyncio.run(_send(asking))
    return load, _cpu(process) - before


async def _send(asking: Asking) -> Load:
    """Reviews at a steady rate, each by the first connection that is free."""
    load = Load()
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    connections = [asyncio.create_task(_connection(asking, due, load)) for _ in range(_CONNECTIONS)]
    begun = time.perf_counter()
    for number in range(int(asking.rate * asking.seconds)):
        at = begun + number / asking.rate
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        due.put_nowait((at, asking.bodies[number % len(asking.bodies)]))
    for _ in connections:
        due.put_nowait(None)
    await asyncio.gather(*connections)
    return load


async def _connection(asking: Asking, due: "asyncio.Queue[tuple[float, bytes] | None]", load: Load) -> None:
    reader, writer = await asyncio.open_connection("localhost", asking.port, ssl=asking.trust)
    while (one := await due.get()) is not None:
        at, data = one
        writer.write(f"{_HEAD}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        fine = await _answered(reader, asking.status)
        load.seconds.append(time.perf_counter() - at)
        load.failed += not fine
    writer.close()


async def _answered(reader: asyncio.StreamReader, status: bytes) -> bool:
    """Whether the answer is as it must be, once all of it is there."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    size = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
    data = await reader.readexactly(size)
    return lines[0].split()[1] == status and (status != b"200" or json.loads(data)["response"]["allowed"] is True)


def _cpu(process: WebhookProcess) -> float:
    """Seconds of user and system time of its threads."""
    words = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / _TICKS


def _resident(process: WebhookProcess) -> float:
    """Megabytes, at most so far."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    sys.exit(main())
