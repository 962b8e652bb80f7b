"""How the exporters of this process fare with their targets, and what these mean, for the view of health."""

import logging
from collections.abc import Iterator, Sequence
from itertools import islice

from exporters.frame.shown import Shown
from exporters.model import Verdict
from stratoscope.web import runbooks
from stratoscope.web.asked import address, term
from stratoscope.web.empty import EXPORTERS
from stratoscope.web.model import Check, Checks, Fact, Link, State
from stratoscope.web.rendering import counted, seconds

VERDICTS = 20
"""Of one target that are shown; of a cloud every hypervisor that is not well has one."""
EVIDENCE = 12
"""Facts of one verdict that are shown."""
_BLAMED = ("galera", "rabbitmq", "ovs", "ovn")
"""Exporters of what errors blame under the same name."""
_MILD: dict[str, State] = {
    **dict.fromkeys(("degraded", "joining", "quorum_at_risk", "behind", "saturated", "drained"), "warning"),
    "unknown": "unknown",
}
"""States of verdicts that are not healthy, and not broken either; every other one is bad."""
_log = logging.getLogger("stratoscope.web")


def exporter_checks(shown: Sequence[Shown], wall: float, books: str = "") -> Checks:
    """A check for each target, and one for each of its verdicts."""
    return Checks("Exporters", [check for one in shown for check in _checks(one, wall, books)], EXPORTERS)


def _checks(one: Shown, wall: float, books: str) -> Iterator[Check]:
    yield _target(one, wall, books)
    verdicts = _verdicts(one)
    yield from (_verdict(verdict, one.job.exporter, books) for verdict in verdicts[:VERDICTS])
    if len(verdicts) > VERDICTS:
        rest = verdicts[VERDICTS:]
        bad = sum(not verdict.healthy for verdict in rest)
        state: State = "bad" if bad else "good"
        yield Check("more", state, f"{counted(len(rest), 'more verdict')}, {bad:,} of them not healthy; /metrics has all.")


def _verdicts(one: Shown) -> list[Verdict]:
    try:
        return sorted(one.verdicts(), key=lambda verdict: verdict.healthy)
    except Exception:  # noqa: BLE001  a fault of one exporter must not take the page of all away
        _log.exception("a fault in the verdict of %s %s", one.job.exporter, one.job.target)
        return []


def _target(one: Shown, wall: float, books: str) -> Check:
    """Whether it can be asked."""
    exporter, target = one.job.exporter, one.job.target
    name = exporter if exporter == target else f"{exporter} {target}"
    last = one.state.last_success
    ago = "never" if last is None else f"{seconds(max(0, int(wall - last)))} ago"
    facts = [Fact("last good answer", ago)]
    if one.state.duration is not None:
        facts.append(Fact("the last one took", seconds(one.state.duration)))
    if one.good is not None and one.good.rendering.over_limit:
        facts.append(Fact("cut", f"{one.good.rendering.over_limit:,} series are over max_series", "lossy"))
    if one.success is None:
        return Check(name, "unknown", "Not asked yet.", "waiting", facts=facts)
    if one.success:
        return Check(name, "good", f"Answered {ago}.", "reachable", facts=facts, links=_blame(exporter))
    reachable = one.state.reachable and not one.late
    word = "failing" if reachable else "unreachable"
    links = (*_blame(exporter), *runbooks.of_exporter(books, exporter, failing=True))
    return Check(name, "bad", f"{one.reason} (last good answer: {ago})", word, facts=facts, links=links)


def _verdict(verdict: Verdict, exporter: str, books: str) -> Check:
    facts = [Fact(where, value) for where, value in islice(verdict.evidence.items(), EVIDENCE)]
    if len(verdict.evidence) > EVIDENCE:
        facts.append(Fact("more", f"{len(verdict.evidence) - EVIDENCE:,} more; `stratoscope export --once -o verdict` has all"))
    state: State = "good" if verdict.healthy else _MILD.get(verdict.state, "bad")
    text = "; ".join(_said(reason) for reason in verdict.reasons) or "Nothing speaks against it."
    links = () if verdict.healthy else runbooks.of_exporter(books, exporter, failing=False)
    return Check(verdict.subject, state, text, verdict.state.replace("_", " "), facts=facts, links=links)


def _said(reason: str) -> str:
    """Some exporters give words (`node_not_ready`), others sentences."""
    return reason if " " in reason else reason.replace("_", " ")


def _blame(exporter: str) -> tuple[Link, ...]:
    """Which errors of services blame it."""
    query = term("dependency", exporter) if exporter in _BLAMED else ""
    return (Link("Errors that blame it", address("/errors", {"q": query})),) if query else ()
