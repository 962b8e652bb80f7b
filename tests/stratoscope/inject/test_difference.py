"""A patch makes the one of the other, and is small."""

import copy
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from stratoscope.inject.difference import difference
from tests.stratoscope.inject.patching import applied

KEYS = st.text('ab~/\\"ü', max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(before=VALUES, after=VALUES)
@example(before={"a": None}, after={"a": {}})
@example(before={"a": True}, after={"a": 1})
@example(before={"a/b~": {"~1": 1}}, after={"a/b~": {"~1": 2}})
def test_applying_it_gives_the_second(before: Any, after: Any) -> None:
    first = copy.deepcopy(before)
    patch = difference(before, after)
    assert repr(applied(before, patch)) == repr(after) or applied(before, patch) == after
    assert before == first


@given(value=VALUES)
def test_nothing_changed_is_no_operation(value: Any) -> None:
    assert difference(value, copy.deepcopy(value)) == []


def test_what_is_new_is_added_at_the_end() -> None:
    before = {"spec": {"initContainers": [{"name": "init"}]}}
    after = {"spec": {"initContainers": [{"name": "init"}, {"name": "x"}], "volumes": []}}
    assert difference(before, after) == [
        {"op": "add", "path": "/spec/initContainers/-", "value": {"name": "x"}},
        {"op": "add", "path": "/spec/volumes", "value": []},
    ]


def test_a_probe_that_is_another_one_is_replaced_whole() -> None:
    before = {
        "livenessProbe": {"exec": {"command": ["x"]}, "periodSeconds": 90, "timeoutSeconds": 70, "initialDelaySeconds": 1}
    }
    after = {"livenessProbe": {"httpGet": {"port": 1}, "periodSeconds": 10, "timeoutSeconds": 2, "failureThreshold": 6}}
    assert difference(before, after) == [{"op": "replace", "path": "/livenessProbe", "value": after["livenessProbe"]}]


def test_removals_are_in_the_order_of_what_was_there() -> None:
    before = {"k": dict.fromkeys("zyxwv", 1) | {"kept": "a long text that is not worth repeating" * 20}}
    after = {"k": {"kept": before["k"]["kept"]}}
    assert [one["path"] for one in difference(before, after)] == [f"/k/{name}" for name in "zyxwv"]
