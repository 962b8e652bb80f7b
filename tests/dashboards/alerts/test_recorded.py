"""What real Galera clusters went through, recorded, rendered by the real exporter, and held against the rules.

Each reading is held for twenty minutes, so that what lasts in life lasts here; what fires at the end of each is listed.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import yaml

from exporters.galera.families import families
from exporters.galera.history import History
from exporters.galera.settings import GaleraThresholds
from tests.dashboards.alerts.promtool import promtool
from tests.dashboards.alerts.rules import ALERTS
from tests.dashboards.series import ROOT
from tests.exporters.galera.recorded import DATA, answers, snapshot_of

pytestmark = pytest.mark.servers
Key = tuple[str, tuple[tuple[str, str], ...]]
SEQUENCES = sorted((DATA / "sequences").glob("*.txt"))
LASTS = 20
"""Minutes for which each reading is held."""

EXPECTED = ROOT / "tests" / "data" / "dashboards" / "galera-sequences.txt"
"""Lines `sequence recording/step: alerts`."""


def test_what_fires_at_the_end_of_each_reading(tmp_path: Path) -> None:
    lines = [line for line in EXPECTED.read_text().splitlines() if not line.startswith("#")]
    assert [line.rstrip() for path in SEQUENCES for line in fired(path, tmp_path)] == lines


def fired(path: Path, folder: Path) -> Iterator[str]:
    """The lines of one sequence. promtool is made to expect what never is, and tells what it got instead."""
    steps = [line.split()[1].rstrip(":") for line in path.read_text().splitlines() if not line.startswith("#")]
    asked = [
        {
            "expr": 'ALERTS{alertstate="firing"}',
            "eval_time": f"{(number + 1) * LASTS - 1}m",
            "exp_samples": [{"labels": "nothing", "value": number}],
        }
        for number in range(len(steps))
    ]
    case = {"interval": "1m", "input_series": list(_series(steps)), "promql_expr_test": asked}
    test = folder / f"{path.stem}.yaml"
    document = {"rule_files": [str(ALERTS / "galera.yaml")], "evaluation_interval": "1m", "tests": [case]}
    test.write_text(yaml.safe_dump(document))
    said = promtool("test", "rules", test).failed
    for step, part in zip(steps, said.split("expr: ")[1:], strict=True):
        alerts = sorted(set(re.findall(r'alertname="(\w+)"', part)))
        yield f"{path.stem} {step}: {' '.join(alerts)}"


def _series(steps: Iterable[str]) -> Iterator[dict[str, str]]:
    """Every sample of every reading as series of promtool; a gap is a series that went stale."""
    history, readings = History(), list[dict[Key, float]]()
    for number, step in enumerate(steps):
        snapshot = snapshot_of(answers(*step.split("/")), number * LASTS * 60.0, history)
        history = snapshot.history
        readings.append(
            {
                (sample.name, tuple(sorted(sample.labels.items()))): sample.value
                for family in families(snapshot, GaleraThresholds())
                for sample in family.samples
            }
        )
    values: dict[Key, list[str]] = defaultdict(list)
    for key in {key for reading in readings for key in reading}:
        for reading in readings:
            values[key].append(f"{reading[key]}+0x{LASTS - 1}" if key in reading else f"stale _x{LASTS - 1}")
    for (name, labels), texts in values.items():
        told = ", ".join(f'{label}="{_escaped(value)}"' for label, value in labels)
        yield {"series": f"{name}{{{told}}}", "values": " ".join(texts)}


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
