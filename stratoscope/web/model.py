"""What a process tells the page of how its parts fare: the seam between the page and whatever else runs beside it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["good", "warning", "bad", "unknown"]
WORDS: dict[State, str] = {"bad": "Not well", "warning": "Look at it", "good": "Well", "unknown": "Unknown"}
_ORDER: tuple[State, ...] = ("bad", "warning", "good", "unknown")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a check rests on. `name`: what was looked at; `text`: what was seen, and `word` for it in short."""

    name: str
    text: str
    word: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Where more is told: a view of ours (`/?q=...`), or a runbook (an address that the settings say)."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is well or not: the verdict of a probe or exporter, or a part of the pipeline. `text`: a sentence.

    `word`: the name of the state where it has one of its own (`hung`). `since`: when that began, epoch seconds.
    """

    name: str
    state: State
    text: str
    word: str = ""
    since: float | None = None
    facts: Sequence[Fact] = ()
    links: Sequence[Link] = ()


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
