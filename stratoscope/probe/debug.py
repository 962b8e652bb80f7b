"""`/debug`: for each service the verdict, what led to it, what was asked and came back, and the settings in force."""

from collections.abc import Iterator

from probes.model import Evidence
from probes.watch.model import Shown
from stratoscope.probe.snapshot import Snapshot, View
from stratoscope.text import visible_line


def debug_text(snapshot: Snapshot, now: float, only: str = "") -> str:
    """All services, or one."""
    lines = [f"as of {snapshot.age(now):.1f} s ago", *([snapshot.trouble] if snapshot.trouble else [])]
    for name, view in snapshot.views.items():
        if not only or name == only:
            lines += ["", *_service(view, now)]
    return "".join(f"{visible_line(line)}\n" for line in lines)


def _service(view: View, now: float) -> Iterator[str]:
    verdict = view.verdict
    profile = view.profile.name if view.profile else "not found yet"
    yield f"== {verdict.service} (profile {profile}, {'enforce' if view.enforcing else 'observe'})"
    old = f", which is {view.age(now):.0f} s old: too old to be used" if view.stale(now) else ""
    yield f"verdict    {verdict.state} for {verdict.at - verdict.since:.0f} s{old}: {verdict.reason}"
    yield f"rule       {verdict.rule or 'none'}"
    for what, answer in (("liveness", view.live), ("readiness", view.ready), ("startup", view.started)):
        yield f"{what:10} {200 if answer.ok else 503} ({answer.outcome}): {answer.reason}"
    for proof, since in verdict.proofs.items():
        yield f"proof      {proof} holds for {now - since:.0f} s"
    if verdict.hung_workers:
        yield f"hung       workers {', '.join(verdict.hung_workers)}"
    if view.drained is not None:
        yield f"drain      {'over' if view.drained.over else 'under way'} for {view.drained.seconds:.0f} s: {view.drained.told}"
    for shown in view.checks:
        yield from _check(shown, now)
    shown_above = {evidence.check for shown in view.checks for evidence in shown.evidence}
    for evidence in verdict.evidence:
        if evidence.check not in shown_above:
            yield f"-- {evidence.check}"
            yield from _evidence(evidence, now)
    for rule, text in view.doubts:
        yield f"doubtful   {rule}: {text}"
    for line in view.settings:
        yield f"setting    {line}"


def _check(shown: Shown, now: float) -> Iterator[str]:
    use = shown.use
    roles = ", ".join(sorted(use.roles))
    proof = f", proof {use.proof}" if use.proof else ""
    yield f"-- {use.name}: check {use.check} for {roles}{proof}; every {use.period:g} s, within {use.timeout:g} s"
    when = "not yet" if shown.begun is None else f"{now - shown.begun:.1f} s ago, took {shown.seconds * 1000:.1f} ms"
    yield f"   {shown.looks} looks, {shown.faults} faults; the last one {when}"
    if shown.overdue:
        yield f"   the look under way is {shown.overdue:.0f} s past its time-out; threads given up: {shown.stuck}"
    for evidence in shown.evidence:
        yield from _evidence(evidence, now)


def _evidence(evidence: Evidence, now: float) -> Iterator[str]:
    about = f" ({evidence.about})" if evidence.about else ""
    yield f"   {evidence.finding:12}{evidence.check}{about}: {evidence.text} [{now - evidence.at:.1f} s ago]"
    if evidence.figures:
        yield f"   {'':12}{', '.join(f'{name} {value:g}' for name, value in evidence.figures.items())}"
