"""The whole way of one pod: decided, built, and told as a patch."""

from dataclasses import dataclass
from typing import Any

from stratoscope.inject.annotated import wanted
from stratoscope.inject.building import build
from stratoscope.inject.deciding import decide
from stratoscope.inject.difference import Operation, difference
from stratoscope.inject.model import Decision, Refusal, Subject
from stratoscope.inject.reading import mapping
from stratoscope.inject.settings import InjectSettings


@dataclass(frozen=True, slots=True)
class Admission:
    """What becomes of a pod: a JSON Patch, none where it was refused."""

    outcome: Decision | Refusal
    patch: tuple[Operation, ...] = ()


def admit(subject: Subject, settings: InjectSettings) -> Admission:
    """What becomes of a pod, as the settings and its annotations want it."""
    outcome, pod = injected(subject, settings)
    return Admission(outcome) if pod is None else Admission(outcome, tuple(difference(subject.pod, pod)))


def injected(subject: Subject, settings: InjectSettings) -> tuple[Decision | Refusal, dict[str, Any] | None]:
    """What was decided, and the pod with its sidecars; None where it stays as it is."""
    outcome = decide(subject, settings)
    asked = wanted(mapping(subject.pod, "metadata", "annotations"), settings)
    if isinstance(outcome, Refusal) or isinstance(asked, Refusal):
        return outcome, None
    return outcome, build(subject, outcome, asked)
