"""A service with three workers, its broker, its node and its sidecar, with a ground truth; and what the checks see of it.

The checks are modelled as the real ones are: sockets need three looks at bytes that do not move, threads some time without
running, a ping finds nothing where a worker does not read, and all of it is late, lost or void when the sidecar is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from probes.model import Evidence, Finding, Profile
from probes.verdict import PULSE

START = 40.0
"""Seconds until a new process consumes its queue."""
WORKERS = ("101", "102", "103")

OF_THE_SURROUNDINGS = ("broker down", "broker hangs", "node slow", "sidecar frozen", "check stuck", "broker restart")
"""While one of these lasts nobody can tell a hang: the time in which it must be called begins anew after it."""
OF_THE_SERVICE = ("collects garbage", "pool exhausted", "binding lost", "worker dies", "worker hangs", "crash", "rolls out")
HANGS = ("hub blocked", "stopped", "blocked for a while")
LASTS = {
    "broker down": (20, 900),
    "broker hangs": (20, 900),
    "broker restart": (5, 40),
    "node slow": (10, 600),
    "sidecar frozen": (5, 600),
    "check stuck": (30, 600),
    "collects garbage": (2, 400),
    "pool exhausted": (30, 1800),
    "binding lost": (60, 1800),
    "worker dies": (5, 20),
    "worker hangs": (100, 900),
    "crash": (1, 2),
    "rolls out": (1, 2),
    "hub blocked": (2000, 2000),
    "stopped": (2000, 2000),
    "blocked for a while": (15, 300),
}


@dataclass(frozen=True)
class Fault:
    """Of a kind, from `start` to `end`."""

    kind: str
    start: float
    end: float


def faults(random: Random, seconds: float, mean: float) -> list[Fault]:
    """Faults of every kind, one each `mean` seconds or so; they overlap."""
    found, now = [], 600.0
    kinds = (*OF_THE_SURROUNDINGS, *OF_THE_SERVICE, *HANGS)
    while now < seconds:
        kind = random.choice(kinds)
        found.append(Fault(kind, now, now + random.uniform(*LASTS[kind])))
        now += random.expovariate(1 / mean)
    return found


@dataclass
class World:
    """The truth at `now`. `hung_since`: since when it truly hangs; `clear_since`: since when nothing hides it."""

    profile: Profile
    random: Random
    faults: list[Fault]
    now: float = 0.0
    main: tuple[int, int] = (100, 1000)
    up_at: float = 0.0
    hung_since: float | None = None
    clear_since: float = 0.0
    blocked_since: float | None = None
    stopped_since: float | None = None
    backlog: int = 0
    kinds: frozenset[str] = frozenset()
    ended: set[Fault] = field(default_factory=set)
    stuck_check: str = "rpc"

    def move(self, now: float) -> None:
        """Time goes by."""
        before, self.now = self.kinds, now
        self.kinds = frozenset(one.kind for one in self.faults if one.start <= now < one.end and one not in self.ended)
        for kind in self.kinds - before:
            if kind in {"crash", "rolls out"}:
                self.restart()
            if kind == "check stuck":
                self.stuck_check = self.random.choice([use.name for use in self.profile.uses])
        if self.kinds & {*OF_THE_SURROUNDINGS, "binding lost"} or self.starting:
            self.clear_since = now
        self._hang()

    def _hang(self) -> None:
        blocked = bool(self.kinds & {*HANGS, "collects garbage"}) and not self.starting
        self.blocked_since = (self.blocked_since or self.now) if blocked else None
        self.stopped_since = (self.stopped_since or self.now) if blocked and "stopped" in self.kinds else None
        hung = bool(self.kinds & set(HANGS)) and not self.starting
        self.hung_since = (self.hung_since or self.now) if hung else None

    def restart(self) -> None:
        """The kubelet or the service itself starts it anew: what was wrong inside is gone."""
        self.main = (self.main[0] + 1, self.main[1] + int(self.now * 100))
        self.up_at = self.now + START
        self.ended |= {one for one in self.faults if one.start <= self.now < one.end and one.kind not in OF_THE_SURROUNDINGS}
        self.kinds = frozenset(self.kinds & set(OF_THE_SURROUNDINGS))
        self.backlog = 0
        self._hang()

    @property
    def starting(self) -> bool:
        """Whether it does not consume yet."""
        return self.now < self.up_at

    @property
    def given_up(self) -> bool:
        """Whether the broker has given up its connection: it does not answer heartbeats, or the broker was restarted."""
        return self.blocked_since is not None and self.now - self.blocked_since > 180

    # -- what is seen ---------------------------------------------------------------------------------------------------

    def pulse(self, late: bool) -> Evidence:
        """The sidecar's own loop."""
        fine = not late and not ("node slow" in self.kinds and self.random.random() < 0.5)
        return Evidence(PULSE, Finding.FINE if fine else Finding.UNKNOWN, self.now, "on time" if fine else "late")

    def look(self, name: str) -> Iterator[Evidence]:
        """What a check sees."""
        stuck = "check stuck" in self.kinds and name == self.stuck_check
        if stuck or self.random.random() < 0.002:
            yield self._seen(name, Finding.UNKNOWN)
        else:
            yield from getattr(self, f"_{name}")()

    def _seen(self, name: str, finding: Finding, about: str = "", **figures: float) -> Evidence:
        return Evidence(name, finding, self.now, f"{name} {finding.value}", 0.1, about, figures)

    def _rpc(self) -> Iterator[Evidence]:
        if self.kinds & {"broker down", "broker restart", "broker hangs"}:
            yield from (self._seen(name, Finding.DEPENDENCY, "broker") for name in ("rpc", "rpc_control"))
            return
        finding, answering = self._answers()
        yield self._seen("rpc", finding, workers=3, answering=answering)
        slow = "node slow" in self.kinds and self.random.random() < 0.3
        yield self._seen("rpc_control", Finding.DEPENDENCY if slow else Finding.FINE)

    def _answers(self) -> tuple[Finding, int]:
        if self.starting:
            return Finding.NOT_YET, 0
        if "binding lost" in self.kinds:
            return Finding.LOST_ROUTE, 0
        if self.blocked_since is not None:
            return (Finding.GONE if self.given_up else Finding.SILENT), 0
        return self._answers_of_workers()

    def _answers_of_workers(self) -> tuple[Finding, int]:
        if "pool exhausted" in self.kinds:
            return self.random.choice((Finding.SILENT, Finding.SILENT, Finding.DRAINED)), 0
        if "node slow" in self.kinds:
            return self.random.choice((Finding.SILENT, Finding.PARTIAL, Finding.FINE)), 1
        if self.kinds & {"worker hangs", "worker dies"}:
            return Finding.PARTIAL, 2
        return (Finding.SILENT, 0) if self.random.random() < 0.01 else (Finding.FINE, 3)

    def _sockets(self) -> Iterator[Evidence]:
        waits = self.blocked_since is not None or ("node slow" in self.kinds and self.random.random() < 0.5)
        self.backlog = self.backlog + 1 if waits else 0
        if self.kinds & {"broker down", "broker restart"} or self.starting or self.given_up:
            yield self._seen("sockets", Finding.GONE)
        elif "worker hangs" in self.kinds and not waits:
            yield self._seen("sockets", Finding.PARTIAL)
            for pid in WORKERS:
                yield self._seen("sockets", Finding.STUCK if pid == WORKERS[0] else Finding.FINE, pid)
        else:
            yield self._seen("sockets", Finding.STUCK if self.backlog >= 3 else Finding.FINE)

    def _threads(self) -> Iterator[Evidence]:
        still = "stopped" in self.kinds and self._hung_for(30)
        yield self._seen("threads", Finding.STUCK if still else Finding.FINE)

    def _main_thread(self) -> Iterator[Evidence]:
        still = self._hung_for(10)
        unscheduled = "node slow" in self.kinds and self.random.random() < 0.3
        yield self._seen("main_thread", Finding.STUCK if still or unscheduled else Finding.FINE)

    def _process(self) -> Iterator[Evidence]:
        pid, started = self.main
        if self.starting and self.up_at - self.now > START - 4:
            yield self._seen("process", Finding.GONE)
            return
        finding = Finding.STUCK if "stopped" in self.kinds and not self.starting else Finding.FINE
        yield self._seen("process", finding, main_pid=pid, main_started=started)

    def _hung_for(self, seconds: float) -> bool:
        return self.hung_since is not None and self.now - self.hung_since >= seconds
