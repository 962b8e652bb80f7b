"""Which alert silences which: checked as a table, by amtool, and by a real Alertmanager."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.dashboards.alerts.promtool import amtool
from tests.dashboards.alerts.rules import DASHBOARDS, SEVERITIES, Alert, alertmanager_settings, alerts
from tests.dashboards.expressions import labels_of
from tests.servers.alertmanager import Alertmanager
from tests.servers.process import wait_until

FOLDER = DASHBOARDS / "alertmanager"
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"?([^"]*)"?')


@dataclass(frozen=True, slots=True)
class Rule:
    """One inhibition: these silence those whose labels `equal` are the same."""

    number: int
    sources: tuple[Alert, ...]
    targets: tuple[Alert, ...]
    equal: tuple[str, ...]


def rules() -> Iterator[Rule]:
    for number, rule in enumerate(yaml.safe_load((FOLDER / "inhibit_rules.yaml").read_text())["inhibit_rules"]):
        sources, targets = _matched(rule["source_matchers"]), _matched(rule["target_matchers"])
        yield Rule(number, sources, targets, tuple(rule["equal"]))


def _parts(matcher: str) -> tuple[str, str, str]:
    found = _MATCHER.fullmatch(matcher)
    assert found, matcher
    return found[1], found[2], found[3]


def _matched(matchers: list[str]) -> tuple[Alert, ...]:
    return tuple(alert for alert in alerts() if all(_holds(alert, *_parts(matcher)) for matcher in matchers))


def _holds(alert: Alert, label: str, operator: str, value: str) -> bool:
    actual = alert.name if label == "alertname" else alert.labels[label]
    same = re.fullmatch(value, actual) is not None if "~" in operator else actual == value
    return same != operator.startswith("!")


ALL = pytest.mark.parametrize("rule", tuple(rules()), ids=lambda rule: f"{rule.number}-{rule.sources[0].name}")


@ALL
def test_each_part_means_an_alert(rule: Rule) -> None:
    """Every name in a pattern is one of ours, or a typing error would silence nothing for ever."""
    assert rule.sources
    assert rule.targets
    raw = yaml.safe_load((FOLDER / "inhibit_rules.yaml").read_text())["inhibit_rules"][rule.number]
    for matcher in (*raw["source_matchers"], *raw["target_matchers"]):
        label, _, value = _parts(matcher)
        if label == "alertname" and "(" not in value:
            assert all(any(re.fullmatch(name, alert.name) for alert in alerts()) for name in value.split("|")), value


@ALL
def test_what_must_be_equal_is_there_on_both_sides(rule: Rule) -> None:
    """Alertmanager takes a label that both lack for equal: then anything would silence everything."""
    assert rule.equal
    for source in rule.sources:
        assert set(rule.equal) <= labels_of(source.expr), source.name
    assert [target.name for target in rule.targets if set(rule.equal) <= labels_of(target.expr)]


@ALL
def test_the_lesser_never_silences_the_greater(rule: Rule) -> None:
    applies = [target for target in rule.targets if set(rule.equal) <= labels_of(target.expr)]
    for source in rule.sources:
        for target in applies:
            assert SEVERITIES.index(source.severity) >= SEVERITIES.index(target.severity), (source.name, target.name)


def test_no_two_silence_each_other() -> None:
    pairs = {(source.name, target.name) for rule in rules() for source in rule.sources for target in rule.targets}
    assert [(one, other) for one, other in pairs if one == other or (other, one) in pairs] == []


@pytest.mark.servers
def test_amtool_accepts_it(tmp_path: Path) -> None:
    assert amtool("check-config", alertmanager_settings(tmp_path)).failed == ""


@pytest.mark.servers
def test_a_real_alertmanager_suppresses_the_targets_that_are_near_and_no_other(tmp_path: Path) -> None:
    """For each rule its first source, its targets with equal labels, and its targets with others."""
    sources: set[str] = set()
    near: set[str] = set()
    far: set[str] = set()
    with Alertmanager(tmp_path / "run", alertmanager_settings(tmp_path)) as server:
        for rule in rules():
            same = dict.fromkeys(rule.equal, f"same-{rule.number}")
            targets = [target for target in rule.targets if set(rule.equal) <= labels_of(target.expr)]
            sent = {
                "source": [_sent(rule.sources[0], f"source-{rule.number}", same)],
                "near": [_sent(target, f"near-{rule.number}", same) for target in targets],
                "far": [_sent(target, f"far-{rule.number}", {}) for target in targets],
            }
            server.post(one for group in sent.values() for one in group)
            for kind, group in ((sources, "source"), (near, "near"), (far, "far")):
                kind.update(_key(one) for one in sent[group])

        def states() -> dict[str, str]:
            return {_key(one["labels"]): one["status"]["state"] for one in server.alerts()}

        wait_until(lambda: all(states().get(key) == "suppressed" for key in near), f"all {len(near)} are suppressed")
        found = states()
    assert {key for key in sources | far if found.get(key) == "suppressed"} == set()
    assert sources | far | near == set(found)


def _sent(alert: Alert, world: str, same: dict[str, str]) -> dict[str, str]:
    """It with all labels that it has: those that must be equal as given, the others of a world of its own."""
    own = dict.fromkeys(labels_of(alert.expr), f"{alert.name}-{world}")
    return {"alertname": alert.name, **alert.labels, **own, **same}


def _key(labels: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(labels.items()))
