"""The settings file of `stratoscope run`: sections of `export` and of `probe`, read by their rules, and where the page is."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporters.table import EXPORTERS, Exporter
from stratoscope.export.settings import Loaded as Exporters
from stratoscope.export.settings import loaded_of as exporters_of
from stratoscope.probe.reading import loaded_of as probes_of
from stratoscope.probe.settings import Catalogue, catalogue
from stratoscope.probe.settings import Loaded as Probes
from stratoscope.serving.listen import LISTEN, ListenError, address_of
from stratoscope.settings.document import Document
from stratoscope.settings.load import document_at, lines_of
from stratoscope.settings.mistakes import Mistake, SettingsError
from stratoscope.settings.scalars import Surroundings
from stratoscope.settings.structure import MistakesFoundError, structured

_EXPORT = ("exporters",)
_PROBE = ("services", "policy", "state", "black_box")
_NOTHING = "the file names nothing to run; write exporters, as for stratoscope export, or services, as for stratoscope probe"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The file. Its sections are those of two other commands, and mean the same here."""

    listen: str = LISTEN
    """HOST:PORT of the page and of /metrics; `--listen` goes before. Beyond this machine only with users in `web_config`."""
    web_config: Path | None = None
    """Prometheus' web configuration file, for TLS and passwords on this port; `--web-config` goes before."""
    runbooks: str = ""
    """Where dashboards/runbooks can be read (https://wiki.example.org/runbooks): what is not well in the view of health links
    there."""
    exporters: Any = None
    """Targets by exporter, as in the file of `export`."""
    services: Any = None
    """What is looked at, as in the file of `probe`."""
    policy: Any = None
    """As in the file of `probe`. Nobody asks for liveness here, so `enforce` changes what is told, and kills nobody but the
    workers of services that have `kill_hung_workers`."""
    state: Any = None
    """As in the file of `probe`."""
    black_box: Any = None
    """As in the file of `probe`."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be used."""
        try:
            address_of(self.listen)
        except ListenError as error:
            yield "listen", str(error).removeprefix("--listen ")
        if self.runbooks and not self.runbooks.startswith(("http://", "https://")):
            yield "runbooks", f"{self.runbooks!r} is no address of the web; write https://..."


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that is right. `exporters` and `probes` are None where it has none of them."""

    settings: RunSettings
    exporters: Exporters | None
    probes: Probes | None

    @property
    def runbooks(self) -> str:
        """The address without a slash at its end; empty where it is not known."""
        return self.settings.runbooks.rstrip("/")


def settings_at(path: Path, table: tuple[Exporter, ...] = EXPORTERS, known: Catalogue | None = None) -> Loaded:
    """The settings in a file. Raises SettingsError with every mistake."""
    return settings_in(document_at(path), path, table, known)


def settings_in(
    document: Document,
    path: Path,
    table: tuple[Exporter, ...] = EXPORTERS,
    known: Catalogue | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Loaded:
    """The settings in a document that was read from `path`. Raises SettingsError with every mistake."""
    surroundings = Surroundings(path.parent, environment)
    mistakes = list(document.mistakes)
    if document.root is not None or not mistakes:
        try:
            loaded = _loaded(document.root, surroundings, table, known)
        except MistakesFoundError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(lines_of(mistakes, document, path))
    return loaded


def _loaded(root: Any, surroundings: Surroundings, table: tuple[Exporter, ...], known: Catalogue | None) -> Loaded:
    mistakes: list[Mistake] = []
    settings, exporters, probes = RunSettings(), None, None
    root = {} if root is None else root
    try:
        settings = structured(root, RunSettings, surroundings)
    except MistakesFoundError as error:
        mistakes += error.mistakes
    try:
        exporters = exporters_of(part, surroundings, table) if (part := _part(root, _EXPORT)) else None
    except MistakesFoundError as error:
        mistakes += error.mistakes
    try:
        probes = probes_of(part, surroundings, known or catalogue()) if (part := _part(root, _PROBE)) else None
    except MistakesFoundError as error:
        mistakes += error.mistakes
    if not mistakes and exporters is None and probes is None:
        mistakes.append(Mistake((), _NOTHING))
    if mistakes:
        raise MistakesFoundError(mistakes)
    return Loaded(settings, exporters, probes)


def _part(root: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    """What of the file belongs to another command."""
    return {key: root[key] for key in keys if key in root} if isinstance(root, dict) else {}
