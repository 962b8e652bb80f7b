"""Checks that do as they are told, and time that passes when told to."""

import threading
from collections.abc import Callable, Iterable, Iterator

from clients.model import Deadline
from probes.model import Check, Evidence, Finding, Proof, Role, Use
from probes.watch.model import Task


class Clock:
    """Monotonic seconds."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def use(name: str = "ping", period: float = 10.0, timeout: float = 5.0, roles: Iterable[Role] = (Role.LIVENESS,)) -> Use:
    return Use(name, "fake", frozenset(roles), "A test.", proof=Proof.UNANSWERED, period=period, timeout=timeout)


class Fake:
    """A check whose looks do what `act` does. `made`, `looks`, `closed` count; `release` lets a look go that hangs."""

    def __init__(self, act: "Callable[[Fake, Deadline], Iterable[Evidence]] | None" = None) -> None:
        self.act = act or fine
        self.made = 0
        self.looks = 0
        self.closed = 0
        self.running = 0
        self.most = 0
        self.release = threading.Event()
        self._lock = threading.Lock()

    def task(self, use: Use) -> Task:
        def make() -> Check:
            self.made += 1
            return self

        return Task(use, make)

    def look(self, deadline: Deadline) -> Iterator[Evidence]:
        with self._lock:
            self.looks += 1
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            yield from self.act(self, deadline)
        finally:
            with self._lock:
                self.running -= 1

    def close(self) -> None:
        self.closed += 1


def said(finding: Finding, text: str = "asked, and it came back", about: str = "") -> Evidence:
    return Evidence("", finding, 0.0, text, about=about)


def fine(fake: Fake, deadline: Deadline) -> Iterable[Evidence]:
    return [said(Finding.FINE)]


def hanging(fake: Fake, deadline: Deadline) -> Iterable[Evidence]:
    """Heeds no deadline."""
    fake.release.wait()
    return [said(Finding.SILENT, "late")]


def raising(fake: Fake, deadline: Deadline) -> Iterable[Evidence]:
    yield said(Finding.FINE, "the first of two")
    raise RuntimeError("a fault of ours\nin two lines")
