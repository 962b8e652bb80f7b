"""The pace of the live tests: what is divided, and what is left alone."""

from pathlib import Path

import pytest
import yaml

from tests.dashboards.alerts.rules import alerts
from tests.dashboards.live.paced import FACTOR, LEAST, LEFT_OUT, expression, paced, seconds

CASES = {
    "rate(x_total[1h]) > 3": "rate(x_total[30s]) > 3",
    "rate(x_total[5m]) > 0.5": f"rate(x_total[{LEAST}s]) > 0.5",
    "x offset 2h > 10": "x offset 60s > 10",
    "max by (cluster) (ovn_behind_seconds) >= 60": "max by (cluster) (ovn_behind_seconds) >= 0.5",
    'ist_seconds{member="a"} < 1800': 'ist_seconds{member="a"} < 15',
    "age_seconds > 40": "age_seconds > 40",
    "rate(paused_seconds_total[1h]) > 600": "rate(paused_seconds_total[30s]) > 600",
    "x_bytes > 3600": "x_bytes > 3600",
}


@pytest.mark.parametrize("text", CASES)
def test_times_are_divided_and_nothing_else(text: str) -> None:
    assert expression(text) == CASES[text]


def test_durations() -> None:
    assert [seconds(text) for text in ("90s", "5m", "1h30m", "1d")] == [90, 300, 5400, 86400]


def test_all_rules_are_there_but_those_that_are_left_out(tmp_path: Path) -> None:
    groups = [group for path in paced(tmp_path / "rules") for group in yaml.safe_load(path.read_text())["groups"]]
    rules = {rule["alert"]: rule for group in groups for rule in group["rules"]}
    assert set(rules) == {alert.name for alert in alerts()} - set(LEFT_OUT)
    assert rules["GaleraNodeDown"]["for"] == f"{5 * 60 * 1000 // FACTOR}ms"
