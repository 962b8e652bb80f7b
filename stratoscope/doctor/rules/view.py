"""What a rule gets: the cluster, and what was made of it once for all rules."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stratoscope.doctor.inventory import Seen
from stratoscope.doctor.model import Cluster, Finding, Severity
from stratoscope.inject.settings import InjectSettings


@dataclass(frozen=True, slots=True)
class View:
    """`settings`: those that the cluster's injector decides by. `pods`: all but ours."""

    cluster: Cluster
    settings: InjectSettings
    pods: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, but for the rule's name, which the table knows."""

    severity: Severity
    what: str
    where: str
    do: str


Rule = Callable[[View], Iterable[Told]]


def error(what: str, where: str, do: str) -> Told:
    """Something that was asked for does not work."""
    return Told(Severity.ERROR, what, where, do)


def warning(what: str, where: str, do: str) -> Told:
    """It works for a part."""
    return Told(Severity.WARNING, what, where, do)


def note(what: str, where: str, do: str) -> Told:
    """Good to know."""
    return Told(Severity.NOTE, what, where, do)


def named(rule: str, told: Iterable[Told]) -> Iterator[Finding]:
    """With the rule's name."""
    for one in told:
        yield Finding(one.severity, rule, one.what, one.where, one.do)


def counted(number: int, noun: str) -> str:
    """`1 pod`, `2 pods`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def some(names: Iterable[str], most: int = 5) -> str:
    """Names in one line, the first few of many."""
    ordered = sorted(set(names))
    more = len(ordered) - most
    return ", ".join(ordered[:most]) + (f" and {more} more" if more > 0 else "")
