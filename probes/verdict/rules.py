"""What leads to which state: a literal table. The first row that matches wins.

Only one row says HUNG. Those that tell of a dependency stand above it: what it depends on must be well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from probes.model import Finding, Proof, Role, State, Use


class Of(StrEnum):
    """Whose findings a row looks at."""

    NOBODY = "none"
    ANY = "any check, a control too,"
    MAIN = "the check that sees the main process (proof `stopped`)"
    OTHER = "a check about what it needs (readiness alone, no proof)"
    ASKING = "a check that asks (proof `unanswered`)"
    SERVING = "a check that asks or counts for readiness"
    BACKLOG = "a check of its sockets (proof `backlog`)"
    MOVING = "a check with proof `stopped` or `quiet`"


class When(StrEnum):
    """What must hold besides."""

    ALWAYS = ""
    NOT_STARTED = "its start has not been seen to end"
    CONTROL_FAILS = "a control fails"
    HANG = "two proofs have held for `hang_after`, all controls were fine, nothing was a sign of life"
    WORKER_HANG = "the same holds of a worker, and others are well"
    BLIND = "no check could look"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `looks`: how many in a row must have found it. `sentence`: what it means, for the page and for `/debug`."""

    name: str
    state: State
    sentence: str
    of: Of = Of.NOBODY
    findings: frozenset[Finding] = field(default_factory=frozenset)
    when: When = When.ALWAYS
    looks: int = 2


def _any(*findings: Finding) -> frozenset[Finding]:
    return frozenset(findings)


RULES = (
    Rule(
        "main_process_gone",
        State.STARTING,
        "Its main process has ended. The kubelet sees that itself and restarts the container; liveness has nothing to add.",
        Of.MAIN,
        _any(Finding.GONE),
        looks=1,
    ),
    Rule(
        "not_started",
        State.STARTING,
        "Its startup checks were not all fine yet. The main process is the same until its pid or start time is another.",
        when=When.NOT_STARTED,
    ),
    Rule(
        "dependency",
        State.DEPENDENCY_DOWN,
        "What it needs is down, blocked or hangs. A restart would make it worse.",
        Of.ANY,
        _any(Finding.DEPENDENCY),
    ),
    Rule(
        "other_not_there",
        State.DEPENDENCY_DOWN,
        "Something that it needs and that is looked at by itself does not answer.",
        Of.OTHER,
        _any(Finding.SILENT, Finding.STUCK, Finding.GONE, Finding.LOST_ROUTE, Finding.NOT_YET),
    ),
    Rule(
        "silent_and_control_fails",
        State.DEPENDENCY_DOWN,
        "It is silent, and so is the way to it or this node: no silence counts while a control fails.",
        Of.ASKING,
        _any(Finding.SILENT, Finding.DRAINED),
        When.CONTROL_FAILS,
    ),
    Rule(
        "hang",
        State.HUNG,
        "It takes nothing in and does not move, told by two independent proofs over time, and what it depends on is well.",
        when=When.HANG,
    ),
    Rule(
        "unroutable",
        State.UNROUTABLE,
        "It runs, and requests cannot get to it: its binding, its queue, its consumer or its socket is lost.",
        Of.SERVING,
        _any(Finding.LOST_ROUTE, Finding.GONE),
    ),
    Rule(
        "silent",
        State.SATURATED,
        "It does not answer, and there is no second proof that it hangs: it is busy, or not silent for long enough.",
        Of.ASKING,
        _any(Finding.SILENT, Finding.DRAINED),
    ),
    Rule(
        "backlog",
        State.SATURATED,
        "It answers, and does not get round to what waits in its sockets.",
        Of.BACKLOG,
        _any(Finding.STUCK),
    ),
    Rule(
        "worker_hung",
        State.DEGRADED,
        "One of its workers hangs by the same two proofs, the others serve. That worker alone may be killed.",
        when=When.WORKER_HANG,
    ),
    Rule(
        "unfit",
        State.DEGRADED,
        "It answers, and should get no work: not synced, in maintenance, full. It is not ready.",
        Of.ANY,
        _any(Finding.UNFIT),
    ),
    Rule(
        "partial",
        State.DEGRADED,
        "Some of its workers, children or backends are not as they should be.",
        Of.ANY,
        _any(Finding.PARTIAL),
    ),
    Rule(
        "not_moving",
        State.DEGRADED,
        "It answers, and another sign of life is missing: its process is stopped, or a line that it logs again and again is.",
        Of.MOVING,
        _any(Finding.STUCK),
    ),
    Rule(
        "not_there_again",
        State.DEGRADED,
        "It had started, and something that belongs to it is not there.",
        Of.SERVING,
        _any(Finding.NOT_YET),
    ),
    Rule(
        "blind",
        State.DEGRADED,
        "No check could look, so nothing is known. That is a fault of the probe, and never fails liveness.",
        when=When.BLIND,
    ),
    Rule("well", State.HEALTHY, "Nothing of the above."),
)


def is_other(use: Use) -> bool:
    """Whether a check is about something that the service needs, and not about the service."""
    return use.proof is None and use.roles == frozenset({Role.READINESS})


def _serves(use: Use) -> bool:
    own = use.proof is not Proof.STOPPED and not is_other(use)
    return own and (use.proof is Proof.UNANSWERED or Role.READINESS in use.roles)


_CONCERNS: Mapping[Of, Callable[[Use], bool]] = {
    Of.NOBODY: lambda _: False,
    Of.ANY: lambda _: True,
    Of.MAIN: lambda use: use.proof is Proof.STOPPED,
    Of.OTHER: is_other,
    Of.ASKING: lambda use: use.proof is Proof.UNANSWERED,
    Of.SERVING: _serves,
    Of.BACKLOG: lambda use: use.proof is Proof.BACKLOG,
    Of.MOVING: lambda use: use.proof in {Proof.STOPPED, Proof.QUIET},
}


def concerns(of: Of, use: Use) -> bool:
    """Whether a row that looks at `of` looks at this check."""
    return _CONCERNS[of](use)


ILL = frozenset({Finding.SILENT, Finding.STUCK, Finding.GONE, Finding.LOST_ROUTE, Finding.NOT_YET, Finding.DEPENDENCY})
"""Of what the service needs: findings while which, and after which for as long as a hang takes, it is not called hung."""

SIGNS_OF_LIFE = frozenset({Proof.UNANSWERED, Proof.BACKLOG, Proof.QUIET, None})
"""Families whose FINE says that it lives: it answers, takes what waits in its sockets, logs what it always logs. None: a check
without a proof that counts for liveness is there for its FINE alone (the main thread runs).

Sockets say so only where our own questions come in by them (a ping through the broker): that nothing waits where nobody
comes is no sign of life, and a profile gives such sockets no role in liveness.

FINE of STILL says nothing, as the thread that sends the broker's heartbeats runs on beside a blocked main thread; nor does that
of STOPPED, that the kernel has not stopped it.
"""

INERT = frozenset({Proof.STILL, Proof.STOPPED})
"""Of two proofs without a question, one must be of these: that it does not move at all."""
