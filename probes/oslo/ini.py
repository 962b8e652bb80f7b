"""The text of one configuration file, as `oslo_config.iniparser` takes it. Pure.

It is not the format of `configparser`: a value goes on in indented lines until an empty one, the first `:` or `=` ends the key,
one pair of quotes around a value is dropped, a comment begins at the left edge only, and an option may stand several times.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


class ConfigurationError(Exception):
    """A configuration file cannot be used. `str()`: which file and line, what is wrong and what to do; never a value of it."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`key = value` in a section. The value is not shown: half of a nova.conf is passwords."""

    section: str
    key: str
    value: str = field(repr=False)
    file: Path
    line: int

    @property
    def where(self) -> str:
        """`FILE:LINE`, as errors name it."""
        return f"{self.file}:{self.line}"


def assignments(text: str, file: Path) -> Iterator[Assignment]:
    """All assignments of `text`, in its order. Raises ConfigurationError where the service itself could not read it."""
    section, key, first, value = "", "", 0, [""]
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip()
        if line.startswith((" ", "\t")):
            if not key:
                raise ConfigurationError(
                    f"{file}:{number}: an indented line that goes on with nothing; move it to the left edge"
                )
            value.append(line.lstrip())
            continue
        if key:
            yield Assignment(section, key, "\n".join(value), file, first)
            key = ""
        if line.startswith("["):
            section = _section(line, f"{file}:{number}")
        elif line and not line.startswith(("#", ";")):
            key, only = _split(line, f"{file}:{number}")
            if not section:
                raise ConfigurationError(f"{file}:{number}: {key} stands above all sections; put [DEFAULT] above it")
            first, value = number, [only]
    if key:
        yield Assignment(section, key, "\n".join(value), file, first)


def _section(line: str, where: str) -> str:
    if not line.endswith("]") or len(line) <= 2:
        raise ConfigurationError(f"{where}: a section that is not [NAME]; mend it, as the service cannot read it either")
    return line[1:-1]


def _split(line: str, where: str) -> tuple[str, str]:
    ends = [place for place in (line.find(":"), line.find("=")) if place >= 0]
    key = line[: min(ends)].strip() if ends else ""
    if not key:
        raise ConfigurationError(
            f"{where}: neither a section, a comment nor KEY = VALUE; mend it, as the service cannot read it either"
        )
    value = line[min(ends) + 1 :].strip()
    if value and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return key, value
