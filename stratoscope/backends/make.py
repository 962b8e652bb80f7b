"""The backend that arguments and a settings file ask for. Only the one that is asked for is imported."""

from dataclasses import replace
from pathlib import Path

from stratoscope.backends.model import Backend, BackendError
from stratoscope.backends.settings import LokiSearch, OpenSearchSearch, SearchSettings
from stratoscope.settings.document import Document
from stratoscope.settings.load import document_at, settings_of

_KINDS: dict[str, type[LokiSearch] | type[OpenSearchSearch]] = {"loki": LokiSearch, "opensearch": OpenSearchSearch}


def backend_of(kind: str | None, url: str | None, path: Path | None) -> Backend:
    """The backend, by its kind or the settings file, or both. `url` goes before that of the file. Raises StratoscopeError."""
    settings = _settings(kind, url, path)
    if isinstance(settings, LokiSearch):
        from stratoscope.backends.loki import LokiBackend  # noqa: PLC0415

        return LokiBackend(settings)
    from stratoscope.backends.opensearch import OpenSearchBackend  # noqa: PLC0415

    return OpenSearchBackend(settings)


def settings_in(document: Document, path: Path) -> SearchSettings:
    """The settings in a document that was read from `path`. Raises SettingsError with every mistake."""
    return settings_of(document, SearchSettings, path)


def _settings(kind: str | None, url: str | None, path: Path | None) -> LokiSearch | OpenSearchSearch:
    if path is not None:
        settings = settings_in(document_at(path), path).backend
        if kind is not None and settings.kind != kind:
            raise BackendError(f"--backend {kind}: {path} is about {settings.kind}; leave out one of them")
        return _checked(settings if url is None else replace(settings, url=url))
    if url is None:
        raise BackendError(f"--backend {kind} needs --url, or a settings file with -c")
    return _checked(_KINDS[str(kind)](url=url))


def _checked(settings: LokiSearch | OpenSearchSearch) -> LokiSearch | OpenSearchSearch:
    for key, text in settings.mistakes():
        raise BackendError(f"--{key} {text}")
    return settings
