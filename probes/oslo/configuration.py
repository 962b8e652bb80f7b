"""The options of a service from all its configuration files together, looked up as oslo.config looks them up.

Of an option that stands several times the last one counts, and of several files the last one that has it. The names of sections
are the same in capitals and small letters, but for [DEFAULT]. `$name` and `${section.name}` stand for other options. Which
options there are, and their defaults, only the service knows: who asks gives the default.
"""

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from probes.oslo.ini import Assignment, ConfigurationError, assignments

DEFAULT = "DEFAULT"
_SIZE = 4 << 20
"""Bytes of a file at most: a nova.conf with all its comments has 0.5 MB."""
_DEPTH = 16
"""How deep an option may refer to others."""
_TRUE = frozenset({"true", "1", "on", "yes"})
_FALSE = frozenset({"false", "0", "off", "no"})

Name = tuple[str, str]
"""Section and key."""


class _Template(string.Template):
    idpattern = r"[_a-z][\._a-z0-9]*"


class Configuration:
    """Options of all files. `known`: options that stand in no file and yet have a value, for `$` (`("DEFAULT", "host")`)."""

    def __init__(self, files: Iterable[Iterable[Assignment]], known: Mapping[Name, str] | None = None) -> None:
        self._files: list[dict[Name, list[Assignment]]] = []
        for file in files:
            options: dict[Name, list[Assignment]] = {}
            for one in file:
                options.setdefault((_normal(one.section), one.key), []).append(one)
            self._files.append(options)
        self._known = {(_normal(section), key): value for (section, key), value in (known or {}).items()}

    def text(self, section: str, key: str, *older: Name) -> str | None:
        """The value with all `$` replaced, None where no file has it. `older`: deprecated names, the newest first.

        Raises ConfigurationError, as do all others.
        """
        found = self.assignment(section, key, *older)
        return self._substituted(found.value, found, _DEPTH) if found else None

    def flag(self, section: str, key: str, *older: Name, default: bool = False) -> bool:
        """A boolean option."""
        value = (self.text(section, key, *older) or "").strip().lower()
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        if value:
            found = self.assignment(section, key, *older)
            where = found.where if found else ""
            raise ConfigurationError(f"{where}: [{section}] {key} is not true or false; the service cannot use it either")
        return default

    def words(self, section: str, key: str, *older: Name) -> tuple[str, ...]:
        """A list, separated by commas."""
        value = self.text(section, key, *older) or ""
        return tuple(word.strip().strip("\"'") for word in value.split(",") if word.strip())

    def assignment(self, section: str, key: str, *older: Name) -> Assignment | None:
        """Where the value stands that counts. A later file goes before a newer name."""
        names = [(_normal(name), word) for name, word in ((section, key), *older)]
        for file in reversed(self._files):
            for name in names:
                if name in file:
                    return file[name][-1]
        return None

    def _substituted(self, value: str, of: Assignment, depth: int) -> str:
        if "$" not in value:
            return value
        return _Template(value.replace(r"\$", "$$")).safe_substitute(_References(self, of, depth))

    def refer(self, name: str, of: Assignment, depth: int) -> str:
        """What `$name` stands for in `of`: an option of the same section, else of [DEFAULT], else `section.option`."""
        if depth == 0:
            raise ConfigurationError(f"{of.where}: [{of.section}] {of.key} refers to itself by ${name}")
        section, dot, key = name.partition(".")
        names = [(section, key)] if dot else [(of.section, name), (DEFAULT, name)]
        for one in names:
            found = self.assignment(*one)
            if found is not None:
                return self._substituted(found.value, found, depth - 1)
            if (_normal(one[0]), one[1]) in self._known:
                return self._known[_normal(one[0]), one[1]]
        raise ConfigurationError(
            f"{of.where}: [{of.section}] {of.key} refers to ${name}, which stands in none of the files; "
            "give the value in the settings of the probe"
        )


class _References(Mapping[str, str]):
    """What string.Template looks `$name` up in."""

    def __init__(self, configuration: Configuration, of: Assignment, depth: int) -> None:
        self._asked = configuration, of, depth

    def __getitem__(self, name: str) -> str:
        configuration, of, depth = self._asked
        return configuration.refer(name, of, depth)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def read(paths: Sequence[Path], known: Mapping[Name, str] | None = None) -> Configuration:
    """Read files and folders in this order; of a folder all `*.conf`, by name. Raises ConfigurationError.

    A folder may be missing, a file not: a probe that looks at half of a configuration pings the wrong place.
    """
    return Configuration([tuple(assignments(_content(path), path)) for path in _expanded(paths)], known)


def stamp(paths: Sequence[Path]) -> object:
    """Something that differs when a file was changed, came or went."""
    seen: list[object] = []
    for path in _expanded(paths):
        try:
            about = path.stat()
        except OSError:
            seen.append((path, None))
        else:
            seen.append((path, (about.st_mtime_ns, about.st_size, about.st_ino)))
    return seen


def _expanded(paths: Sequence[Path]) -> list[Path]:
    return [
        file for path in paths for file in (sorted(path.glob("*.conf")) if path.is_dir() or path.suffix == ".d" else [path])
    ]


def _content(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_SIZE + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(
            f"{path}: {reason}; mount the service's configuration into the probe's container, readable for it"
        ) from error
    if len(text) > _SIZE:
        raise ConfigurationError(f"{path}: more than {_SIZE >> 20} MB; is this a configuration file?")
    return text


def _normal(section: str) -> str:
    return section if section == DEFAULT else section.lower()
