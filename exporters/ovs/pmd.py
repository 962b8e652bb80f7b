"""`dpif-netdev/pmd-stats-show` and `pmd-rxq-show`: the threads of a userspace datapath (DPDK), and what they are busy with.

`pmd-perf-show` says the same for less time, with histograms of 200 lines for each thread: it is not asked.
"""

import re
from dataclasses import dataclass

from exporters.ovs.daemon import blocks, integer, keyed

_THREAD = re.compile(r"^(?:pmd thread numa_id (\d{1,6}) core_id (\d{1,6})|(main) thread):$")
_QUEUE = re.compile(r"^\s+port: (\S+)\s+queue-id: +(\d{1,6})\b.*pmd usage: +(\d{1,3}) *%")
_OVERHEAD = re.compile(r"^\s+overhead: +(\d{1,3}) *%")
CACHES = {
    "phwol hits": "hardware",
    "mfex opt hits": "miniflow_extract",
    "simple match hits": "simple_match",
    "emc hits": "exact_match",
    "smc hits": "signature_match",
    "megaflow hits": "megaflow",
}
"""As printed -> value of the label `cache`."""


@dataclass(frozen=True, slots=True)
class Thread:
    """Counters since the start or the last `pmd-stats-clear`; `core` is `main` for what no PMD thread does.

    `hits` by cache. `upcalls` and `failed`: packets that no cache knew, and whether a handler had room for them.
    """

    numa: str
    core: str
    received: int | None
    recirculated: int | None
    hits: dict[str, int]
    upcalls: int | None
    failed: int | None
    idle: int | None
    processing: int | None


@dataclass(frozen=True, slots=True)
class Queue:
    """The share of a thread's cycles (0-1, over the last minute) that one receive queue takes."""

    numa: str
    core: str
    interface: str
    queue: str
    usage: float


@dataclass(frozen=True, slots=True)
class Queues:
    """All receive queues, and the share that each thread (numa, core) needs besides them."""

    queues: tuple[Queue, ...]
    overheads: dict[tuple[str, str], float]


def threads(text: str) -> list[Thread]:
    """Read `pmd-stats-show`. A datapath without PMD threads still prints `main thread`."""
    return [_thread(head, lines) for head, lines in blocks(text.splitlines(), _THREAD)]


def _thread(head: re.Match[str], lines: list[str]) -> Thread:
    found = keyed(lines)
    hits = {label: number for key, label in CACHES.items() if (number := integer(found, key)) is not None}
    return Thread(
        *_name(head),
        received=integer(found, "packets received"),
        recirculated=integer(found, "packet recirculations"),
        hits=hits,
        upcalls=integer(found, "miss with success upcall"),
        failed=integer(found, "miss with failed upcall"),
        idle=integer(found, "idle cycles"),
        processing=integer(found, "processing cycles"),
    )


def queues(text: str) -> Queues:
    """Read `pmd-rxq-show`. Usage is NOT AVAIL in the first seconds of a queue; then it is left out.

    pmd thread numa_id 0 core_id 1:
      isolated : false
      port: dpdk0             queue-id:  0 (enabled)   pmd usage: 12 %
      overhead:  1 %
    """
    found: list[Queue] = []
    overheads: dict[tuple[str, str], float] = {}
    for head, lines in blocks(text.splitlines(), _THREAD):
        name = _name(head)
        for line in lines:
            if matched := _QUEUE.match(line):
                found.append(Queue(*name, matched.group(1), matched.group(2), int(matched.group(3)) / 100))
            elif matched := _OVERHEAD.match(line):
                overheads[name] = int(matched.group(1)) / 100
    return Queues(tuple(found), overheads)


def _name(head: re.Match[str]) -> tuple[str, str]:
    numa, core, main = head.groups()
    return numa or "", core or main
