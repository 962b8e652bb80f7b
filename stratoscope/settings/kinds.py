"""What settings files there are, known by their top-level keys: a literal table. For `stratoscope check`."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from stratoscope.settings.load import document_at, lines_of
from stratoscope.settings.mistakes import Mistake, SettingsError


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of settings file: of which command, and the top-level keys of which a file of this kind has one, or `every` one.

    `module` is imported when a file is of this kind. It has `settings_in(document, path)`, which raises SettingsError.
    """

    command: str
    keys: frozenset[str]
    module: str
    every: bool = False

    def has(self, keys: set[str]) -> bool:
        """Whether a file with these keys is of this kind."""
        return self.keys <= keys if self.every else bool(self.keys & keys)


KINDS = (
    Kind("run", frozenset({"exporters", "services"}), "stratoscope.run.settings", every=True),
    Kind("export", frozenset({"exporters", "modules"}), "stratoscope.export.settings"),
    Kind("collect", frozenset({"sources", "sinks"}), "stratoscope.collect.settings"),
    Kind("wait", frozenset({"targets", "oslo_config", "service"}), "stratoscope.wait_settings"),
    Kind("probe", frozenset({"services"}), "stratoscope.probe.reading"),
    Kind("webhook", frozenset({"inject"}), "stratoscope.webhook.settings"),
    Kind("inject", frozenset({"image"}), "stratoscope.inject.loading"),
    Kind("search", frozenset({"backend"}), "stratoscope.backends.make"),
)


def checked(path: Path, kinds: Sequence[Kind] = KINDS) -> str:
    """The command that the settings file at `path` is for, once all of it was found to be right. Raises SettingsError."""
    document = document_at(path)
    keys = set(document.root) if isinstance(document.root, dict) else set()
    kind = next((kind for kind in kinds if kind.has(keys)), None)
    if kind is None:
        raise SettingsError(lines_of(document.mistakes or [Mistake((), _unknown(kinds))], document, path))
    import_module(kind.module).settings_in(document, path)
    return kind.command


def _unknown(kinds: Sequence[Kind]) -> str:
    needed = (
        f"{(' and ' if kind.every else ' or ').join(sorted(kind.keys))} (stratoscope {kind.command})"
        for kind in sorted(kinds, key=lambda kind: kind.every)
    )
    return f"not known what this file is for; it needs the key {', or '.join(needed)}"
