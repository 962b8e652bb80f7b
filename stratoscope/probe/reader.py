"""Has the settings read in a process of its own: what reading takes (YAML, the classes of all types: 5 MB) ends with it.

Secrets go through an anonymous pipe between the two, and nowhere else.
"""

import os
import pickle
import subprocess
import sys
from pathlib import Path

from stratoscope.probe.answer import unpickled
from stratoscope.probe.settings import Catalogue, Loaded
from stratoscope.settings.mistakes import SettingsError

SECONDS = 120.0
"""For the whole; on a node that has just started everything takes long."""


class UnreadableError(SettingsError):
    """The settings cannot be used. `listen`: what they say where to listen, as far as that could be read."""

    def __init__(self, lines: tuple[str, ...], listen: str | None = None, version: str = "") -> None:
        super().__init__(lines)
        self.listen = listen
        self.version = version


def read_apart(path: Path, known: Catalogue) -> Loaded:
    """The settings at `path`. Raises UnreadableError with every mistake."""
    command = [sys.executable, "-P", "-m", "stratoscope.probe.reading", str(path), known.source]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        ended = subprocess.run(  # noqa: S603  ourselves
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment, timeout=SECONDS, check=True
        )
        answer = unpickled(ended.stdout)
    except (subprocess.SubprocessError, OSError, pickle.UnpicklingError, EOFError) as error:
        raise UnreadableError((f"{path}: could not be read: {error}",)) from error
    if answer.settings is None:
        raise UnreadableError(answer.mistakes, answer.listen, answer.version)
    return Loaded(answer.settings, {plan.name: plan for plan in answer.plans}, known, answer.version)
