"""Somebody to ask each kind of target."""

from collections.abc import Callable

from clients.model import Deadline
from probes.model import Check, Context, Evidence, Finding
from probes.wait.model import Answer, Asking, Checked, File, Kube, Rabbit, Target, Tell
from probes.watch.making import module_of

_THERE = frozenset({Finding.FINE, Finding.PARTIAL})


class CheckAsking:
    """By a check of the sidecar.

    Its connection is kept while it gets no answer: a server that is frozen finds one of ours when it wakes up, not one of each
    attempt. After a refusal the check is made anew: it would spare the server for minutes, and whoever makes the account may
    have done so meanwhile.
    """

    def __init__(self, make: Callable[[], Check]) -> None:
        self._make = make
        self._check: Check | None = None

    def ask(self, deadline: Deadline, tell: Tell) -> Answer:  # noqa: ARG002  nothing to tell before it has ended
        """One look."""
        self._check = self._check or self._make()
        seen = tuple(self._check.look(deadline))
        telling = next((one for one in seen if one.finding not in _THERE), seen[0])
        if telling.finding is Finding.UNKNOWN:
            self.close()
        return _answer(telling)

    def interrupt(self) -> None:
        """It ends by its deadline."""

    def close(self) -> None:
        """Hang up."""
        check, self._check = self._check, None
        if check is not None:
            check.close()


def _answer(evidence: Evidence) -> Answer:
    return Answer(evidence.finding in _THERE, evidence.text)


class FileAsking:
    """A file. One on a mount that hangs hangs only its own thread."""

    def __init__(self, target: File) -> None:
        self._path = target.path

    def ask(self, deadline: Deadline, tell: Tell) -> Answer:  # noqa: ARG002  a file is there or not
        """Look for it."""
        try:
            self._path.stat()
        except OSError as error:
            return Answer(there=False, text=f"{self._path}: {(error.strerror or str(error)).lower()}")
        return Answer(there=True, text=f"{self._path}: is there")

    def interrupt(self) -> None:
        """Nothing can be done about it."""

    def close(self) -> None:
        """Nothing is kept."""


def asking(target: Target, kubernetes: Callable[[Kube], Asking]) -> Asking:
    """Somebody to ask this one; `kubernetes` makes one for an object."""
    match target:
        case Rabbit():
            from probes.wait.rabbit import RabbitAsking  # noqa: PLC0415  the library of AMQP takes 4 MB

            return RabbitAsking(target)
        case File():
            return FileAsking(target)
        case Kube():
            return kubernetes(target)
        case Checked(_, check, options):
            module = module_of(check)
            return CheckAsking(lambda: module.make(module.Settings(**options), Context("wait")))
