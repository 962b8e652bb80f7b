"""docs/doctor.md says what the code does."""

import re
from pathlib import Path

import yaml

from stratoscope.doctor.looks import LOOKS
from stratoscope.doctor.rules.table import RULES

PAGE = (Path(__file__).parents[3] / "docs" / "doctor.md").read_text()


def test_the_role_has_what_is_listed_and_nothing_more() -> None:
    block = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    rules = yaml.safe_load(block[1])["rules"]
    given = {
        (group, resource, verb)
        for one in rules
        for group in one["apiGroups"]
        for resource in one["resources"]
        for verb in one["verbs"]
    }
    assert given == {(one.group, one.name, "list") for one in LOOKS} | {("", "configmaps", "get")}


def test_every_rule_is_told() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == [name for name, _ in RULES]
