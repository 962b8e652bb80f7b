"""What a process tells the page of how its parts fare: the seam between the page and whatever else runs beside it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["good", "warning", "bad", "unknown"]
_ORDER: tuple[State, ...] = ("bad", "warning", "good", "unknown")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is well or not: the verdict of a probe or exporter, or a part of the pipeline. `text`: a sentence."""

    name: str
    state: State
    text: str


@dataclass(frozen=True, slots=True)
class Checks:
    """Checks of one kind. `empty` is said where there are none."""

    title: str
    checks: Sequence[Check]
    empty: str = ""


Health = Callable[[], Sequence[Checks]]
"""How things fare now. Called for each look at the page, from any thread; quick, as it asks nobody else."""


def worst(states: Iterable[State]) -> State:
    """The worst one; what is unknown counts only where nothing else is told."""
    told = set(states)
    return next((state for state in _ORDER if state in told), "unknown")
