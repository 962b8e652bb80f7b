"""values.yaml, its schema and its table: every value is known to all three, and a mistake is refused with its place."""

import json

import pytest
from jsonschema import Draft7Validator

from tests.helm import schema
from tests.helm.render import BAD, CI, HELMS, Way, template
from tests.helm.values import CHART, documented

VALUES = documented((CHART / "values.yaml").read_text())


def test_every_value_says_what_it_is() -> None:
    assert [one.dotted for one in VALUES if not one.group and not one.meaning] == []
    assert len(VALUES) > 200
    for value in VALUES:
        if value.meaning:
            assert value.meaning.endswith((".", ")")), value.dotted


def test_the_schema_is_fresh() -> None:
    assert (CHART / "values.schema.json").read_text() == schema.text(), "run `make docs`"


def test_the_schema_is_one_of_draft_07_and_lets_nothing_unknown_in() -> None:
    made = json.loads(schema.text())
    Draft7Validator.check_schema(made)
    assert open_in(made) == ["global"]


def open_in(made: object, name: str = "") -> list[str]:
    """The mappings with known keys in which unknown ones are allowed."""
    if isinstance(made, list):
        return [one for part in made for one in open_in(part, name)]
    if not isinstance(made, dict):
        return []
    found = []
    if made.get("properties") and made.get("type") == "object" and "kind" not in made["properties"]:
        found = [name] if made.get("additionalProperties") is not False else []
    return found + [one for key, part in made.items() if key not in ("if", "then") for one in open_in(part, key)]


@pytest.mark.parametrize("name", HELMS)
@pytest.mark.parametrize("values", BAD)
def test_what_is_wrong_is_refused_and_named(values: str, name: str) -> None:
    first = (CI / values).read_text().splitlines()[0]
    done = template(Way(values, name, kubernetes="1.35" if "too-early" in values else "1.36"))
    assert done.returncode != 0
    assert done.stdout == ""
    assert first.removeprefix("# ") in done.stderr
