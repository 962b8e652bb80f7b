"""Fluent Bit's configuration as YAML text, each odd value with its reason above it, the first time it stands there."""

import json
import re
from collections.abc import Iterator, Mapping

Value = str | int | bool
Section = dict[str, Value]

_PLAIN = re.compile(r"[A-Za-z/][-\w./]*|[1-9]\d*[smkMG]?", re.ASCII)
_WORDS = frozenset({"on", "off", "yes", "no", "true", "false", "null"})


class Document:
    """Text that grows. `reasons`: key, or `key=value`, -> why it is so."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self._reasons = dict(reasons)
        self._lines: list[str] = []

    def comment(self, text: str) -> None:
        """Lines of comment."""
        self._lines += [f"# {line}".rstrip() for line in text.splitlines()]

    def mapping(self, name: str, section: Section) -> None:
        """A section of keys."""
        self._lines += [f"{name}:", *self._entries(section, "  ")]

    def begin(self, name: str, indent: int = 0) -> None:
        """A key with something below it."""
        self._lines.append(f"{' ' * indent}{name}:")

    def listed(self, section: Section) -> None:
        """An input or an output."""
        lines = list(self._entries(section, "      "))
        first = next(number for number, line in enumerate(lines) if not line.lstrip().startswith("#"))
        lines[first] = f"    - {lines[first].lstrip()}"
        self._lines += lines

    def text(self) -> str:
        """All of it."""
        return "\n".join(self._lines) + "\n"

    def _entries(self, section: Section, indent: str) -> Iterator[str]:
        for key, value in section.items():
            for name in (key, f"{key}={value}"):
                for line in self._reasons.pop(name, "").splitlines():
                    yield f"{indent}# {line}"
            yield f"{indent}{key}: {_written(value)}"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return str(value)
    return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else json.dumps(value, ensure_ascii=False)
