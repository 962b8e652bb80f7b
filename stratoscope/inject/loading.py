"""Reads the settings of the injector, with every mistake at once."""

from pathlib import Path

from stratoscope.inject.settings import InjectSettings
from stratoscope.settings.document import Document
from stratoscope.settings.load import load, settings_of


def settings_in(document: Document, path: Path) -> InjectSettings:
    """The settings in a document that was read from `path`. Raises SettingsError."""
    return settings_of(document, InjectSettings, path)


def loaded(path: Path) -> InjectSettings:
    """The settings in a file. Raises SettingsError."""
    return load(path, InjectSettings)
