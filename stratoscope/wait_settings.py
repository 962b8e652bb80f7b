"""The settings file of `stratoscope wait`."""

from pathlib import Path

from probes.wait.settings import WaitSettings
from stratoscope.settings.document import Document
from stratoscope.settings.load import load, settings_of


def settings_in(document: Document, path: Path) -> WaitSettings:
    """The settings in a document that was read from `path`. Raises SettingsError with every mistake."""
    return settings_of(document, WaitSettings, path)


def settings_at(path: Path) -> WaitSettings:
    """The settings in a file. Raises SettingsError with every mistake."""
    return load(path, WaitSettings)
