"""What goes through the pipe from the process that reads the settings to the sidecar. Pickled, as both are the same program."""

import io
import pickle
from dataclasses import dataclass
from typing import Any

from parsers.secret import Secret
from stratoscope.probe.plan import Plan
from stratoscope.probe.settings import ProbeSettings


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read: settings and plans, or lines of mistakes; and `listen`, where that much could be read.

    `version`: that of stratoscope, which takes a megabyte to look up.
    """

    settings: ProbeSettings | None = None
    plans: tuple[Plan, ...] = ()
    mistakes: tuple[str, ...] = ()
    listen: str | None = None
    version: str = ""


class _Pickler(pickle.Pickler):
    """Takes secrets, too, which refuse to be written anywhere else."""

    def reducer_override(self, value: Any) -> Any:
        return (Secret, (value.reveal(),)) if isinstance(value, Secret) else NotImplemented


def pickled(answer: Answer) -> bytes:
    """What the child writes."""
    buffer = io.BytesIO()
    _Pickler(buffer).dump(answer)
    return buffer.getvalue()


def unpickled(data: bytes) -> Answer:
    """What the parent reads. Raises pickle.UnpicklingError or EOFError where the child has not come to its end."""
    answer: Answer = pickle.loads(data)  # noqa: S301  our own child has written it
    return answer
