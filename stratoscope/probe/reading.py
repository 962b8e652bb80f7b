"""Reads the settings file of `stratoscope probe`, with every mistake of it at once.

    python -m stratoscope.probe.reading FILE MODULE:NAME     writes a pickled Answer to standard output, for the sidecar

MODULE:NAME gives the catalogue.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from stratoscope.own_logging import own_version
from stratoscope.probe.answer import Answer, pickled
from stratoscope.probe.plan import Plan
from stratoscope.probe.planning import planned
from stratoscope.probe.settings import (
    AUTO,
    EMPTY,
    NONE,
    Catalogue,
    CheckSettings,
    Loaded,
    ProbeSettings,
    ServiceSettings,
    catalogue,
)
from stratoscope.settings.document import Document
from stratoscope.settings.load import document_at, lines_of
from stratoscope.settings.mistakes import Mistake, SettingsError, suggestion
from stratoscope.settings.scalars import Surroundings
from stratoscope.settings.structure import MistakesFoundError, structured

T = TypeVar("T")


def settings_in(
    document: Document, path: Path, known: Catalogue | None = None, environment: Mapping[str, str] = os.environ
) -> Loaded:
    """The settings in a document that was read from `path`. Raises SettingsError with every mistake."""
    mistakes = list(document.mistakes)
    if document.root is not None or not mistakes:
        root = {} if document.root is None else document.root
        try:
            loaded = loaded_of(root, Surroundings(path.parent, environment), known or catalogue())
        except MistakesFoundError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(lines_of(mistakes, document, path))
    return loaded


def loaded_of(root: Any, surroundings: Surroundings, known: Catalogue) -> Loaded:
    """The settings in the root of a document, or in a part of one. Raises MistakesFoundError with every mistake."""
    mistakes: list[Mistake] = []
    plans: dict[str, Plan] = {}
    settings: ProbeSettings | None = None
    try:
        settings = structured(root, ProbeSettings, surroundings)
    except MistakesFoundError as error:
        mistakes += error.mistakes
    for name, service in _services(root, settings, surroundings):
        try:
            plans |= _plan(name, service, known, surroundings)
        except MistakesFoundError as error:
            mistakes += (Mistake(("services", name, *one.path), one.text) for one in error.mistakes)
    if mistakes or settings is None:
        raise MistakesFoundError(mistakes)
    return Loaded(settings, plans, known)


def _services(root: Any, settings: ProbeSettings | None, surroundings: Surroundings) -> Iterator[tuple[str, ServiceSettings]]:
    """All of them; of one that is wrong, what could be read: the mistakes in its checks are told together with the others."""
    if settings is not None:
        yield from settings.services.items()
        return
    for name, one in _mapping(_mapping(root).get("services")).items():
        profile = _mapping(one).get("profile", AUTO)
        raw = _mapping(_mapping(one).get("checks"))
        read = {check: _read(told, CheckSettings, surroundings) for check, told in raw.items()}
        yield (
            name,
            ServiceSettings(profile=str(profile), checks={check: told for check, told in read.items() if told is not None}),
        )


def _read(value: Any, cls: type[T], surroundings: Surroundings) -> T | None:
    """None where it is wrong, which is told with the whole file."""
    try:
        return structured(value, cls, surroundings)
    except MistakesFoundError:
        return None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _plan(name: str, service: ServiceSettings, known: Catalogue, surroundings: Surroundings) -> dict[str, Plan]:
    """The plan under its name; none while the profile is to be found. Raises MistakesFoundError."""
    if service.profile == AUTO:
        return {}
    names = [profile.name for profile in known.profiles]
    if service.profile not in (*names, NONE):
        text = f"there is no profile {service.profile!r}; {suggestion(service.profile, [*names, AUTO, NONE])}"
        raise MistakesFoundError([Mistake(("profile",), text)])
    profile = EMPTY if service.profile == NONE else known.profile(service.profile)
    return {name: planned(name, service, profile, known.checks, surroundings)}


def answer_for(path: Path, known: Catalogue) -> Answer:
    """What the sidecar is told."""
    listen = None
    try:
        document = document_at(path)
        said = document.root.get("listen") if isinstance(document.root, dict) else None
        listen = said if isinstance(said, str) else None
        loaded = settings_in(document, path, known)
    except SettingsError as error:
        return Answer(mistakes=error.lines, listen=listen, version=own_version())
    return Answer(loaded.settings, tuple(loaded.plans.values()), listen=listen, version=own_version())


def main(path: str, source: str) -> None:
    """The process that only reads."""
    module, _, name = source.partition(":")
    sys.stdout.buffer.write(pickled(answer_for(Path(path), getattr(import_module(module), name)())))


if __name__ == "__main__":
    main(*sys.argv[1:])
