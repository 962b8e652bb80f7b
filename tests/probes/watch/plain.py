"""The module of a check, as the table of checks wants it."""

from collections.abc import Iterator
from dataclasses import dataclass

from clients.model import Deadline
from probes.model import Context, Evidence, Finding


@dataclass(frozen=True, slots=True)
class Settings:
    word: str = "nothing"


class _Plain:
    def __init__(self, settings: object, context: Context) -> None:
        self._text = f"{settings} of {context.service}"

    def look(self, deadline: Deadline) -> Iterator[Evidence]:
        yield Evidence("", Finding.FINE, 0.0, self._text)

    def close(self) -> None:
        """Nothing is kept."""


def make(settings: object, context: Context) -> _Plain:
    return _Plain(settings, context)
