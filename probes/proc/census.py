"""Puts what was seen of several processes (or ports) together: the service as a whole, and each worker by its pid. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probes.model import Evidence, Finding, Process


@dataclass(frozen=True, slots=True)
class Part:
    """What one look has found of one process. `pid`: None where it cannot be told. `text` says it without the process."""

    pid: int | None
    finding: Finding
    text: str

    def __str__(self) -> str:
        return self.text if self.pid is None else f"pid {self.pid} {self.text}"


def workers_of(processes: Sequence[Process]) -> Sequence[Process]:
    """Those that do the work: the workers where there are any. What starts and watches them does none itself, and may sleep."""
    return processes[1:] or processes


def whole(parts: Sequence[Part]) -> Part:
    """The service as a whole: STUCK only when all are, PARTIAL with some of them; FINE when any is and none is stuck."""
    stuck = [part for part in parts if part.finding is Finding.STUCK]
    if len(parts) == 1:
        return Part(None, parts[0].finding, str(parts[0]))
    noun = " processes" if parts[0].pid is not None else ""
    if not stuck:
        fine = next((part.finding for part in parts if part.finding is Finding.FINE), parts[0].finding)
        return Part(None, fine, f"{len(parts)}{noun}: {_few(parts)}")
    finding = Finding.STUCK if len(stuck) == len(parts) else Finding.PARTIAL
    return Part(None, finding, f"{len(stuck)} of {len(parts)}{noun}: {_few(stuck)}")


def census(check: str, at: float, parts: Sequence[Part], figures: Mapping[str, float]) -> list[Evidence]:
    """The whole first (`about` is empty), then each process where there are several."""
    service = whole(parts)
    return [Evidence(check, service.finding, at, service.text, figures=figures), *each(check, at, parts)]


def each(check: str, at: float, parts: Sequence[Part]) -> list[Evidence]:
    """Each process by its pid, where there are several."""
    if len(parts) == 1:
        return []
    return [
        Evidence(check, part.finding, at, str(part), about="" if part.pid is None else str(part.pid))
        for part in parts
        if part.pid is not None
    ]


def _few(parts: Sequence[Part], most: int = 3) -> str:
    told = [str(part) for part in parts[:most]]
    more = len(parts) - most
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")
