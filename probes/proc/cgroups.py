"""Control groups: which pod a process belongs to, and what its container uses of memory and processor. Version 1 and 2.

Pure but for `usage_of`. Paths in `/proc/PID/cgroup` are relative to the reader's own group where that lies in a namespace of
its own (the default of version 2), so those of a neighbour begin with `/..`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from probes.proc.reading import ProcError, read

_POD = re.compile(r"pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})\b")
"""A pod's uid, with `_` for `-` by the systemd driver; of a static pod the hash of its manifest."""
_CONTAINER = re.compile(r"(?:crio-|cri-containerd-|docker-|libpod-)?[0-9a-f]{64}(?:\.scope)?")
_NO_LIMIT = 1 << 62
"""Version 1 writes the largest multiple of a page below 2^63 for `none`."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a container uses. Bytes and seconds; None where the kernel does not tell. `limit`: None where there is none.

    `throttled`: seconds for which it was not let onto a processor by its own limit. `killed`: by the out-of-memory killer.
    """

    memory: int | None = None
    limit: int | None = None
    cpu: float | None = None
    throttled: float | None = None
    killed: int | None = None


def groups(data: bytes) -> dict[str, str]:
    """`/proc/PID/cgroup`: the path of each controller; that of version 2 under ""."""
    found = {}
    for line in data.decode(errors="replace").splitlines():
        number, colon, rest = line.partition(":")
        controllers, second, path = rest.partition(":")
        if colon and second and number.isdigit() and path.startswith("/"):
            found.update(dict.fromkeys(controllers.split(","), path))
    return found


def pod_of(path: str) -> str | None:
    """The uid of the pod in the path of a group; None where it names none."""
    found = _POD.search(path)
    return found[1].replace("_", "-") if found else None


def same_pod(own: Mapping[str, str], other: Mapping[str, str]) -> bool | None:
    """Whether a process with the groups `other` is in the pod of one with the groups `own`; None where that cannot be told.

    `/../cri-containerd-<id>.scope`, as seen from a group in a namespace of its own, is a neighbour in the same pod: the way
    to another pod, or to a service of the host, leads further up and down through a slice.
    """
    for controller in ("", "pids", "memory", "cpu", "name=systemd"):
        ours, theirs = own.get(controller), other.get(controller)
        if ours is None or theirs is None:
            continue
        if (told := _same(ours, theirs)) is not None:
            return told
    return None


def _same(ours: str, theirs: str) -> bool | None:
    pod, its = pod_of(ours), pod_of(theirs)
    if pod is not None:
        return its == pod
    if not theirs.startswith("/.."):
        return True if ours == theirs == "/" and its is None else None
    steps = [step for step in theirs.split("/") if step not in {"", ".."}]
    return its is None and bool(steps) and _CONTAINER.fullmatch(steps[0]) is not None


def usage(file: Callable[[str], bytes | None]) -> Usage:
    """The figures of one group out of its files, given by their names; None for one that is not there."""
    if (memory := _number(file("memory.current"))) is not None or file("cpu.stat") is not None:
        stat = _keyed(file("cpu.stat"))
        return Usage(
            memory=memory,
            limit=_limit(file("memory.max")),
            cpu=_seconds(stat.get("usage_usec"), 1e6),
            throttled=_seconds(stat.get("throttled_usec"), 1e6),
            killed=_keyed(file("memory.events")).get("oom_kill"),
        )
    return Usage(
        memory=_number(file("memory/memory.usage_in_bytes")),
        limit=_limit(file("memory/memory.limit_in_bytes")),
        cpu=_seconds(_number(file("cpuacct/cpuacct.usage")), 1e9),
        throttled=_seconds(_keyed(file("cpu/cpu.stat")).get("throttled_time"), 1e9),
        killed=_keyed(file("memory/memory.oom_control")).get("oom_kill"),
    )


def usage_of(proc: Path, pid: int) -> Usage:
    """What the container of a process uses, seen through the process' own root: what stands there is its own group.

    Needs what /proc/PID/root needs: the same user id, or CAP_SYS_PTRACE. All None where it cannot be had.
    """

    def file(name: str) -> bytes | None:
        try:
            return read(f"{proc}/{pid}/root/sys/fs/cgroup/{name}")
        except ProcError:
            return None

    return usage(file)


def _number(data: bytes | None) -> int | None:
    word = (data or b"").strip()
    return int(word) if word.isdigit() and len(word) <= 20 else None


def _limit(data: bytes | None) -> int | None:
    number = _number(data)
    return None if number is None or number >= _NO_LIMIT else number


def _keyed(data: bytes | None) -> dict[str, int]:
    pairs = (line.split() for line in (data or b"").splitlines())
    return {
        pair[0].decode(errors="replace"): int(pair[1])
        for pair in pairs
        if len(pair) == 2 and pair[1].isdigit() and len(pair[1]) <= 20
    }


def _seconds(number: int | None, unit: float) -> float | None:
    return None if number is None else number / unit
