"""The alert rules at a pace for tests: two minutes of theirs take a second.

Divided by 120 are `for` and `keep_firing_for`, ranges and offsets, and bounds of a minute or more of figures in seconds
(`..._seconds > 600`). A range or offset is never shorter than `LEAST`, as a rate needs two scrapes. Nothing else is changed.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.dashboards.alerts.rules import ALERTS

FACTOR = 120
LEFT_OUT = {
    "RabbitmqDiskWatermarkPredicted": "it is about the disk of the machine that the tests run on, and what else is done there",
    "GaleraReplicationLatencyHigh": "Galera averages over a minute of its own, which is two hours at this pace",
}
"""Alerts that are not loaded, and why."""
LEAST = 10
"""Seconds of the shortest range: five scrapes."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+)([smhdw])")
_RANGE = re.compile(r"\[(\w+)\]")
_OFFSET = re.compile(r"\boffset (\w+)")
_BOUND = re.compile(r"(_seconds\b(?:\{[^}]*\})?\)* (?:>=|<=|>|<) )(\d{2,})\b")


def paced(folder: Path) -> list[Path]:
    """The rule files, at the pace of the tests, in a folder."""
    folder.mkdir(parents=True)
    made = []
    for path in sorted(ALERTS.glob("*.yaml")):
        groups = yaml.safe_load(path.read_text())
        for group in groups["groups"]:
            group["rules"] = [_paced(rule) for rule in group["rules"] if rule.get("alert") not in LEFT_OUT]
        made.append(folder / path.name)
        made[-1].write_text(yaml.safe_dump(groups))
    return made


def _paced(rule: dict[str, Any]) -> dict[str, Any]:
    times = {key: f"{1000 * seconds(rule[key]) // FACTOR}ms" for key in ("for", "keep_firing_for") if key in rule}
    return rule | times | {"expr": expression(rule["expr"])}


def expression(text: str) -> str:
    """An expression at that pace."""
    text = _RANGE.sub(lambda found: f"[{max(LEAST, seconds(found[1]) // FACTOR)}s]", text)
    text = _OFFSET.sub(lambda found: f"offset {max(LEAST, seconds(found[1]) // FACTOR)}s", text)
    return _BOUND.sub(lambda found: f"{found[1]}{int(found[2]) / FACTOR:g}" if int(found[2]) >= 60 else found[0], text)


def seconds(duration: str) -> int:
    """Of `5m` or `1h30m`."""
    return sum(int(number) * _UNITS[unit] for number, unit in _DURATION.findall(duration))
