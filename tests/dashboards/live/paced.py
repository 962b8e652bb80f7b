"""The alert rules at a pace for tests: a minute of theirs takes a second.

Divided by 60 are `for` and `keep_firing_for`, the ranges and offsets in brackets, and bounds of figures in seconds
(`..._seconds > 600`); a range is never shorter than `LEAST`, as a rate needs two scrapes. Nothing else is changed.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.dashboards.series import ROOT

PROMETHEUS = ROOT / "dashboards" / "prometheus"
FACTOR = 60
LEAST = 10
"""Seconds of the shortest range: five scrapes."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+)([smhdw])")
_RANGE = re.compile(r"\[(\w+)\]")
_OFFSET = re.compile(r"\boffset (\w+)")
_BOUND = re.compile(r"(_seconds\b(?:\{[^}]*\})?\)* (?:>=|<=|>|<|==) )(\d+)")


def files() -> list[Path]:
    """All rule files."""
    return sorted(PROMETHEUS.glob("*/*.yaml"))


def paced(folder: Path) -> list[Path]:
    """The rule files, at the pace of the tests, in a folder."""
    folder.mkdir(parents=True)
    made = []
    for path in files():
        groups = yaml.safe_load(path.read_text())
        for group in groups["groups"]:
            group["rules"] = [_paced(rule) for rule in group["rules"]]
        made.append(folder / f"{path.parent.name}-{path.name}")
        made[-1].write_text(yaml.safe_dump(groups))
    return made


def _paced(rule: dict[str, Any]) -> dict[str, Any]:
    times = {key: f"{seconds(rule[key]) // FACTOR}s" for key in ("for", "keep_firing_for") if key in rule}
    return rule | times | {"expr": expression(rule["expr"])}


def expression(text: str) -> str:
    """An expression at that pace."""
    text = _RANGE.sub(lambda found: f"[{max(LEAST, seconds(found[1]) // FACTOR)}s]", text)
    text = _OFFSET.sub(lambda found: f"offset {max(LEAST, seconds(found[1]) // FACTOR)}s", text)
    return _BOUND.sub(lambda found: f"{found[1]}{int(found[2]) / FACTOR:g}", text)


def seconds(duration: str) -> int:
    """Of `5m` or `1h30m`."""
    return sum(int(number) * _UNITS[unit] for number, unit in _DURATION.findall(duration))


def durations() -> Iterator[int]:
    """Every `for`, in seconds."""
    for path in files():
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from (seconds(rule["for"]) for rule in group["rules"] if "for" in rule)
