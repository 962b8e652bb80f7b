"""What was done with each workload, for a person, and for programs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stratoscope.inject.manifests.stream import Told
from stratoscope.inject.model import Decision, Part, Refusal, Why

_QUIET = frozenset({Why.JOB, Why.INJECTED, Why.OWN, Why.MIRROR})
"""As it should be, and often: counted, not listed."""


def report(told: Sequence[Told]) -> Iterator[str]:
    """Lines, the last one the sum."""
    for one in told:
        place = f"{one.kind}/{one.name}"
        if isinstance(one.outcome, Decision):
            yield f"+ {place}: {in_one_line(one.outcome)}"
            yield from (f"    {note}" for note in one.outcome.notes)
        elif one.outcome.why not in _QUIET:
            yield f"- {place}: {one.outcome.why}: {one.outcome.told}"
    done = sum(isinstance(one.outcome, Decision) for one in told)
    quiet = [one.outcome.why for one in told if isinstance(one.outcome, Refusal) and one.outcome.why in _QUIET]
    more = "".join(f", {quiet.count(why)} {why.value}" for why in Why if why in quiet)
    yield f"{done} of {len(told)} workloads have sidecars put in{more}"


def in_one_line(decision: Decision) -> str:
    """What is put in."""
    served = ", ".join(f"{one.container} as {one.profile}" for one in decision.services)
    parts = [part for part in Part if part in decision.parts]
    probes = sorted({key.removesuffix("Probe") for keys in decision.probes.values() for key in keys})
    where = f" on {'127.0.0.1' if decision.loopback else ''}:{decision.port}" if decision.services else ""
    logs = f"; log files {', '.join(decision.log_files)}" if decision.log_files else ""
    return f"{' and '.join(parts)}: {served or decision.logging}{where}; probes set: {', '.join(probes) or 'none'}{logs}"


def as_mapping(told: Told) -> Mapping[str, Any]:
    """The same as JSON."""
    made: dict[str, Any] = {"document": told.document, "kind": told.kind, "namespace": told.namespace, "name": told.name}
    if isinstance(told.outcome, Refusal):
        return made | {"injected": False, "why": told.outcome.why.value, "told": told.outcome.told}
    return made | {
        "injected": True,
        "parts": [part.value for part in Part if part in told.outcome.parts],
        "services": {one.container: one.profile for one in told.outcome.services},
        "port": told.outcome.port,
        "probes": {container: list(keys) for container, keys in told.outcome.probes.items()},
        "drained": list(told.outcome.drained),
        "log_files": list(told.outcome.log_files),
        "notes": list(told.outcome.notes),
    }
