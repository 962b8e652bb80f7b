"""What the checks of protocols have in common: evidence with its time, and what it means when there is no answer."""

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from clients.model import Deadline, MalformedError, RefusedError, TargetError, TimedOutError
from clients.sockets import Endpoint
from probes.model import Evidence, Finding


class Closing(Protocol):
    """A connection, as far as it is known here."""

    def close(self) -> None:
        """Hang up."""


Held = TypeVar("Held", bound=Closing)
Answer = TypeVar("Answer")


class Kept(Generic[Held]):
    """A connection that is kept between the looks: no socket is left in TIME_WAIT, and no login is made anew.

    It stays when there is no answer in time: a target that is frozen finds one connection when it wakes up, not one of each
    look. When it turns out to have ended, as the target was restarted, the question is asked once more on a new one.
    """

    def __init__(self, opened: Callable[[Deadline], Held], stays: tuple[type[TargetError], ...] = (TimedOutError,)) -> None:
        """`stays`: failures after which the connection still is good."""
        self._opened = opened
        self._stays = stays
        self.held: Held | None = None

    def ask(self, question: Callable[[Held], Answer], deadline: Deadline) -> Answer:
        """The answer to it. Raises TargetError."""
        kept = self.held is not None
        try:
            return self._asked(question, deadline)
        except self._stays:
            raise
        except TargetError:
            self.close()
            if not kept:
                raise
        return self._asked(question, deadline)

    def close(self) -> None:
        """Hang up."""
        held, self.held = self.held, None
        if held is not None:
            held.close()

    def _asked(self, question: Callable[[Held], Answer], deadline: Deadline) -> Answer:
        if self.held is None:
            self.held = self._opened(deadline)
        return question(self.held)


@dataclass(slots=True)
class Look:
    """One look: it began `at`, and all that it saw has that time."""

    deadline: Deadline
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.at = self.deadline.clock()

    def saw(self, finding: Finding, text: str, about: str = "", /, **figures: float) -> Evidence:
        """Evidence of this look; `seconds` is what it has taken so far."""
        return Evidence("", finding, self.at, text, self.deadline.clock() - self.at, about, figures)


@dataclass(slots=True)
class Past:
    """Whether the target was ever as it should be: what is missing before that is not there yet, and afterwards it is gone."""

    fine: bool = False

    def missing(self) -> Finding:
        """Nobody is there."""
        return Finding.GONE if self.fine else Finding.NOT_YET

    def lacking(self) -> Finding:
        """It answers, and what should be there is not."""
        return Finding.UNFIT if self.fine else Finding.NOT_YET

    def without_answer(self, failed: TargetError) -> Finding:
        """What it means that there is no answer.

        What refuses *us*, or speaks another protocol than it should, is UNKNOWN: a password, a permission, a port is wrong, and
        that says nothing of the service.
        """
        if isinstance(failed, RefusedError | MalformedError):
            return Finding.UNKNOWN
        if isinstance(failed, TimedOutError) or crowded(failed):
            return Finding.SILENT
        return self.missing()


def crowded(failed: TargetError) -> bool:
    """Whether a unix socket took no connection as its backlog is full: somebody listens, and does not accept."""
    return isinstance(cause := failed.__cause__, OSError) and cause.errno == errno.EAGAIN


def shown(text: str, length: int = 120) -> str:
    """What a target said, fit for one line of ours."""
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
    return line if len(line) <= length else line[: length - 3] + "..."


def address_mistakes(key: str, text: str, *kinds: str) -> Iterator[tuple[str, str]]:
    """What is wrong with an address in a setting that takes these kinds of addresses."""
    try:
        kind = Endpoint.parse(text).kind
    except ValueError as error:
        yield key, f"{error}"
    else:
        if kind not in kinds:
            yield key, f"{text!r} is of a kind that is not known here; give one of {', '.join(kinds)}"
