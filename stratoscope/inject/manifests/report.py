"""What was done with each workload, for a person."""

from collections.abc import Iterator, Sequence

from stratoscope.inject.manifests.injecting import Outcome
from stratoscope.inject.model import Decision, Part, Refusal, Why

_QUIET = frozenset({Why.JOB, Why.INJECTED, Why.OWN, Why.MIRROR})
"""As it should be, and often: counted, not listed."""


def report(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Lines, the last one the sum."""
    for one in outcomes:
        if isinstance(one.decided, Decision):
            yield f"+ {one.workload}: {told(one.decided)}"
            yield from (f"    {note}" for note in one.decided.notes)
        elif one.decided.why not in _QUIET:
            yield f"- {one.workload}: {one.decided.why}: {one.decided.told}"
    done = sum(isinstance(one.decided, Decision) for one in outcomes)
    quiet = [one.decided.why for one in outcomes if isinstance(one.decided, Refusal) and one.decided.why in _QUIET]
    more = "".join(f", {quiet.count(why)} {why.value}" for why in Why if why in quiet)
    yield f"{done} of {len(outcomes)} workloads have sidecars put in{more}"


def told(decision: Decision) -> str:
    """What is put in, in one line."""
    served = ", ".join(f"{one.container} as {one.profile}" for one in decision.services)
    parts = [part for part in Part if part in decision.parts]
    probes = sorted({key.removesuffix("Probe") for keys in decision.probes.values() for key in keys})
    where = f" on {'127.0.0.1' if decision.host_network else ''}:{decision.port}" if decision.services else ""
    logs = f"; log files {', '.join(decision.log_files)}" if decision.log_files else ""
    return f"{' and '.join(parts)}: {served or decision.logging}{where}; probes set: {', '.join(probes) or 'none'}{logs}"
