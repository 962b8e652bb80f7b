"""Recorded sequences, one a file: what real clusters said, and the verdict on each reading."""

from pathlib import Path

import pytest

from exporters.galera.families import families
from exporters.galera.history import History
from exporters.galera.metrics import METRICS
from exporters.galera.settings import GaleraThresholds
from exporters.galera.verdict import verdict
from tests.exporters.galera.recorded import DATA, answers, snapshot_of

SEQUENCES = sorted((DATA / "sequences").glob("*.txt"))
DECLARED = {metric.name for metric in METRICS}


@pytest.mark.parametrize("path", SEQUENCES, ids=lambda path: path.stem)
def test_the_verdict_on_each_reading(path: Path) -> None:
    history = History()
    told = []
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    for line in lines:
        at, _, rest = line.partition(" ")
        step = rest.partition(":")[0]
        snapshot = snapshot_of(answers(*step.split("/")), float(at), history)
        history = snapshot.history
        found = verdict(snapshot, GaleraThresholds())
        told.append(" ".join([f"{at} {step}: {found.state}", *found.reasons]))
        rendered = [sample.name for family in families(snapshot, GaleraThresholds()) for sample in family.samples]
        assert set(rendered) <= DECLARED
    assert told == lines


def test_every_recorded_step_is_part_of_a_sequence() -> None:
    used = {step.split()[1].rstrip(":") for path in SEQUENCES for step in path.read_text().splitlines() if step[0] != "#"}
    recorded = {f"{path.parent.name}/{path.name.split('.')[0]}" for path in DATA.glob("*/*.node?.*")}
    assert {step for step in recorded if not step.endswith("/variables")} == used | {"percona/running"}
