"""Reasons: one line each, for somebody who was woken up by it."""

from collections.abc import Iterable, Sequence

from probes.model import Finding, State
from probes.verdict.rules import Rule
from probes.verdict.timeline import SAMPLES, Timeline

LIMIT = 500
"""Characters of a reason: the kubelet puts it into an Event, which ends at 1,024."""

_HEADS = {
    "main_process_gone": "its main process has ended, and the kubelet restarts the container",
    "dependency": "a dependency is down",
    "other_not_there": "something that it needs does not answer",
    "silent_and_control_fails": "silent, and so is a control, so that the silence tells nothing",
    "unroutable": "requests cannot reach it",
    "silent": "saturated",
    "backlog": "saturated: more waits in its sockets than it takes",
    "worker_hung": "degraded: a worker hangs",
    "unfit": "should get no work",
    "partial": "degraded",
    "not_moving": "degraded",
    "not_there_again": "degraded: something is not there any more",
    "blind": "not known, as no check could look",
    "well": "healthy",
}


def line(head: str, parts: Iterable[str]) -> str:
    """Head and parts in one line of bounded length."""
    body = "; ".join(part for part in parts if part)
    text = " ".join(f"{head}: {body}".split()) if body else head
    return text if len(text) <= LIMIT else f"{text[: LIMIT - 3]}..."


def texts(timelines: Iterable[Timeline]) -> list[str]:
    """What checks have said last, each with its name."""
    return [f"{one.use.name}: {one.text}" for one in timelines if one.evidence]


def starting(waited: float, allowed: float, missing: Sequence[Timeline]) -> str:
    """It has not started yet."""
    late = waited - allowed
    head = f"start overdue by {late:.0f} s" if late > 0 else f"starting for {waited:.0f} s"
    return line(head, texts(missing) or ["nothing seen yet"])


def hung(proofs: Sequence[Timeline], controls: Iterable[Timeline], now: float) -> str:
    """It hangs: the proofs and since when, and that all is well around it."""
    held = min(now - one.whole.accused.since for one in proofs if one.whole.accused)
    well = [one.text for one in controls]
    return line(f"hung for {held:.0f} s", [*(one.text for one in proofs), f"while {', '.join(well)}"])


def suspected(silent: Iterable[Timeline], others: Sequence[Timeline], hang_after: float, now: float) -> str:
    """It is silent, and that is not enough to call it hung."""
    parts = [
        f"{one.text} (for {now - (one.whole.accused.since if one.whole.accused else one.whole.since):.0f} s)" for one in silent
    ]
    if others:
        second = f"suspected to hang: {', '.join(one.text for one in others)}; called hung after {hang_after:g} s of both"
    else:
        second = "no second proof that it hangs, so it is taken to be busy"
    return line(_HEADS["silent"], [*parts, second])


def plain(rule: Rule, culprits: Sequence[Timeline], workers: Sequence[str] = ()) -> str:
    """Any other row: its head, and what the checks said."""
    head = f"{_HEADS[rule.name]} ({', '.join(workers[:SAMPLES])})" if workers else _HEADS[rule.name]
    return line(head, texts(culprits))


def healthy(timelines: Iterable[Timeline]) -> str:
    """All is well: what the checks said that are fine."""
    seen = [one for one in timelines if one.evidence]
    fine = [one.text for one in seen if one.whole.finding is Finding.FINE]
    once = [f"seen once, so it does not count yet: {one.text}" for one in seen if one.whole.odd == 1 and one.use.proof]
    return line(State.HEALTHY.value, [*fine[:SAMPLES], *once[:1]])
