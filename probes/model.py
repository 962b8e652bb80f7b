"""What a probe is made of. A check looks and returns evidence; all that follows is pure, and time is an argument.

    target -> Check.look(deadline) -> Evidence      I/O, with a deadline
    evidence over time + profile   -> Verdict       pure (probes.verdict)
    verdict + mode, budget, fleet  -> what /livez, /readyz and /startupz answer (pure)

One question decides liveness: would killing this process help? So only HUNG may fail it, on two independent proofs that have
held for a while, with every control passing. Everything else is told, and counts for readiness at most.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from clients.model import Deadline


class State(StrEnum):
    """What is known of a service, from the best to the worst that killing would not mend; and HUNG, that it may."""

    STARTING = "starting"
    """Not serving yet, and nothing says that it never will."""
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    """It serves, with less than it should: one of its workers is silent, a child is missing."""
    DEPENDENCY_DOWN = "dependency_down"
    """What it needs (broker, database, peers, ovsdb) refuses, blocks or hangs. A restart would make it worse."""
    UNROUTABLE = "unroutable"
    """It runs, and requests cannot get to it: its binding, its queue or its consumer is lost."""
    SATURATED = "saturated"
    """It takes requests in and does not get round to them: busy, not hung."""
    HUNG = "hung"
    """It takes nothing in and does not move, and what it depends on is well."""


class Finding(StrEnum):
    """What one look has found. A closed list: the verdict is a table over it."""

    FINE = "fine"
    """Asked, and it is as it should be. Of a proof: it moves."""
    NOT_YET = "not_yet"
    """Not there yet, as while it starts: no process, no socket, no consumer so far."""
    PARTIAL = "partial"
    """Some of several are as they should be; `about` names the others."""
    SILENT = "silent"
    """It should have answered in time, and did not."""
    DRAINED = "drained"
    """Silent, yet the request was taken from the wire: busy. Told by looks that can tell."""
    STUCK = "stuck"
    """Positive evidence that it does not move: bytes wait unread and get no fewer, no thread runs or one spins in place, it is
    stopped or a zombie, its log stands still. Which of them: the check's `proof`."""
    GONE = "gone"
    """It was there and is not any more: the process, the consumer, the socket."""
    LOST_ROUTE = "lost_route"
    """Requests cannot reach it: no binding, no queue."""
    DEPENDENCY = "dependency"
    """What it depends on is down, blocked or hung; `about` names it."""
    UNFIT = "unfit"
    """It answers, and should get no work: not synced, desynced for maintenance, full."""
    UNKNOWN = "unknown"
    """We could not look (a permission, a fault of ours). Counts for nothing; `text` says what to do about it."""


class Proof(StrEnum):
    """Families of evidence for a hang. Two of one family are not independent."""

    UNANSWERED = "unanswered"
    """A ping, a request, a control command got no answer."""
    BACKLOG = "backlog"
    """Its socket holds bytes or connections that it does not take."""
    STILL = "still"
    """Its threads use no processor and are never switched, or one of them spins in one place."""
    STOPPED = "stopped"
    """The kernel says so: state T or D, a zombie."""
    QUIET = "quiet"
    """A line that it logs again and again has not come for long."""


class Role(StrEnum):
    """What a check in a profile counts for."""

    LIVENESS = "liveness"
    READINESS = "readiness"
    STARTUP = "startup"
    CONTROL = "control"
    """Not about the service: whether the way to it is well (our own message through the same broker). Unless it is FINE in the
    same window, no silence counts."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing seen by one look.

    `check`: its name in the profile (`rpc`). `at`: monotonic seconds at which the look began, the same in all evidence of one
    look; `seconds`: how long it took.
    `text`: one line for a person, which says what was asked and what came back. `about`: which of several (a worker's pid, a
    bridge), or the name of the dependency. `figures`: numbers for metrics and `/debug`, each named with its unit
    (`ping_seconds`, `backlog_bytes`, `workers`, `answering`). `main_pid` and `main_started` (clock ticks after boot) tell which
    main process it is about: with another one everything begins anew. `progress`: a start that gets on, as long as it changes.
    """

    check: str
    finding: Finding
    at: float
    text: str
    seconds: float = 0.0
    about: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence says of one service at `at` (monotonic seconds). `reason`: one line. `since`: when the state began.

    `proofs`: the families that hold, and since when. `evidence`: the latest of each check and subject, all of it.
    """

    service: str
    state: State
    at: float
    since: float
    reason: str
    ready: bool
    started: bool
    proofs: Mapping[Proof, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    rule: str = ""
    """The row of `probes.verdict.rules` that led to the state."""
    hung_workers: tuple[str, ...] = ()
    """Subjects (`Evidence.about`: pids) that are hung by the same two proofs as a whole service, while the others are not."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the service as /proc tells. `started`: clock ticks after boot; with the pid it is the identity."""

    pid: int
    parent: int
    name: str
    """`comm`, at most 15 characters."""
    command: tuple[str, ...]
    uid: int
    state: str
    """One letter: R, S, D, T, t, Z, X, I."""
    started: int
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may know of the service it looks at, and of the place where it looks."""

    service: str
    """Its name: of the container, in /livez/NAME."""
    processes: Callable[[], Sequence[Process]] = tuple
    """Its processes now, the main one first; empty where they cannot be seen (no shared pid namespace)."""
    config_files: tuple[Path, ...] = ()
    """Its own configuration files (nova.conf, nova.conf.d/), in the order in which it reads them."""
    host: str = ""
    """Its host name as the operating system tells; the service's own setting goes before."""
    proc: Path = Path("/proc")
    """Where /proc is."""
    top_frame: Callable[[int], str | None] = lambda _: None
    """Of a process, by its pid: the function in which its main thread is, and its file; None where that cannot be told."""


class Check(Protocol):
    """Looks at one thing, again and again; one at a time, from a thread of its own. Keeps connections between the looks."""

    def look(self, deadline: Deadline) -> Iterable[Evidence]:
        """Look now; ends before the deadline. What the target does wrong is evidence, never an exception.

        `Evidence.check` is filled in by whoever runs the check, as is an UNKNOWN for an exception, which is a fault of ours.
        """

    def close(self) -> None:
        """Let go of connections, after finishing what would leave something behind at the target. Ends in a few seconds."""


@dataclass(frozen=True, slots=True)
class Use:
    """A check as one profile uses it.

    `check`: a row of `probes.table.CHECKS`. `options`: its settings, where they differ from the defaults. `roles`: what it
    counts for. `proof`: the family of its SILENT or STUCK. `period`, `timeout`: seconds. `why`: one sentence for the page of
    the profile: what this tells, and what it must not be used for. `brings_control`: its looks bring a control besides,
    as evidence `NAME_control`, and its silence counts only while that is FINE.

    A use without a proof that counts for readiness alone is about another: what the service needs (libvirt, ovsdb). One that
    counts for liveness is there for its FINE, a sign of life.
    """

    name: str
    check: str
    roles: frozenset[Role]
    why: str
    options: Mapping[str, object] = field(default_factory=dict)
    proof: Proof | None = None
    period: float = 10.0
    timeout: float = 5.0
    brings_control: bool = False


@dataclass(frozen=True, slots=True)
class Privilege:
    """What a profile needs of the pod: `name` (`shareProcessNamespace`, `SYS_PTRACE`, `same uid`, a mount), and why.

    `needed`: False where the profile works without, with less evidence.
    """

    name: str
    why: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class DrainStep:
    """What is done, in this order, before the service is told to end. `action`: a row of `probes.table.ACTIONS`."""

    action: str
    why: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """How a service is looked at. Data only: a row for each service that the product knows.

    `processes`: regular expressions on the joined command line, by which it is found. `hang_after`: seconds that two proofs
    must have held. `start_seconds`: how long a start may take. `grace_seconds`: what its end may need. `never`: what must
    not count for liveness here, and why.
    """

    name: str
    title: str
    processes: tuple[str, ...]
    uses: tuple[Use, ...]
    start_seconds: float
    grace_seconds: float
    hang_after: float = 60.0
    never: tuple[str, ...] = ()
    privileges: tuple[Privilege, ...] = ()
    drain: tuple[DrainStep, ...] = ()
    report_signal: str = ""
    """The signal on which it writes a Guru Meditation Report; none where there is none or it means something else."""
