"""What values the chart takes, read out of values.yaml: each key that one may set has a comment `# -- what it is` above it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.documents.text import cell, code, table

CHART = Path(__file__).parents[2] / "helm" / "stratoscope"
_KEY = re.compile(r"(?P<indent> *)(?P<name>[A-Za-z]+):(?: (?P<value>.*))?")


@dataclass(frozen=True, slots=True)
class Value:
    """A key that one may set. `group`: what is set are keys below it. `meaning` is empty where there is no comment."""

    key: tuple[str, ...]
    default: Any
    meaning: str
    group: bool = False

    @property
    def dotted(self) -> str:
        return ".".join(self.key)


def documented(text: str) -> list[Value]:
    """All keys of a values file, in its order. What stands below a key that is a value as a whole is no key of ours."""
    return list(_documented(text.splitlines(), yaml.safe_load(text)))


def _documented(lines: list[str], values: dict[str, Any]) -> Iterator[Value]:
    path: list[str] = []
    meaning = ""
    whole = -1  # indentation of the value whose lines are not looked at
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith("# -- "):
            meaning = stripped.removeprefix("# -- ")
        elif stripped.startswith("#"):
            meaning += f" {stripped.removeprefix('#').strip()}" if meaning else ""
        elif not stripped:
            meaning = ""
        elif (found := _KEY.fullmatch(line)) is None or (whole >= 0 and len(found["indent"]) > whole):
            continue
        else:
            depth = len(found["indent"]) // 2
            path[depth:] = [found["name"]]
            group = found["value"] is None and _has_keys(lines[number + 1 :], len(found["indent"]))
            whole = -1 if group else len(found["indent"])
            yield Value(tuple(path), _at(values, path), meaning, group)
            meaning = ""


def _has_keys(lines: list[str], indent: int) -> bool:
    """Whether a key with a comment of its own stands below."""
    for line in lines:
        if line.strip():
            if len(line) - len(line.lstrip()) <= indent:
                return False
            if line.strip().startswith("# -- "):
                return True
    return False


def _at(values: Any, path: list[str]) -> Any:
    for name in path:
        values = values[name]
    return values


def chart_values() -> str:
    """A table of all values."""
    values = documented((CHART / "values.yaml").read_text())
    rows = ((code(one.dotted), code(_written(one.default)), cell(one.meaning)) for one in values if not one.group)
    return table(("key", "default", "meaning"), rows)


def _written(default: Any) -> str:
    return json.dumps(default, ensure_ascii=False)
