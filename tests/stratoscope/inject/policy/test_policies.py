"""Policies: fresh, valid for Kubernetes, one for each kind of workload, and with nothing in them that nobody puts in."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stratoscope.inject import names
from stratoscope.inject.needs import NEEDS
from stratoscope.inject.policies.__main__ import CHART, write
from stratoscope.inject.policies.cel import Expression, if_else, joined, literal, quoted
from stratoscope.inject.policies.example import KINDS, Examples, Variant
from stratoscope.inject.policies.files import HEAD, files
from stratoscope.inject.settings import InjectSettings
from stratoscope.inject.workloads import OPENSTACK_HELM

PUT_IN = {
    "@NAME@": "stratoscope",
    "@IMAGE@": "registry.example.org/stratoscope:1",
    "@PULL_POLICY@": "IfNotPresent",
    "@MODE@": "observe",
    "@PROBES@": "missing",
    "@EXCLUDED@": '["kube-system"]',
}
FILES = files()


@cache
def documents(name: str) -> list[Any]:
    """Those of a file, as they are applied."""
    text = FILES[name].removeprefix(HEAD)
    for placeholder, value in PUT_IN.items():
        text = text.replace(placeholder, value)
    return list(yaml.load_all(text, yaml.CSafeLoader))


def expressions(policy: Any) -> Iterator[str]:
    spec = policy["spec"]
    for key in ("matchConditions", "variables", "validations"):
        yield from (one["expression"] for one in spec.get(key, ()))
    yield from (one["jsonPatch"]["expression"] for one in spec.get("mutations", ()))


def test_the_chart_has_them_as_they_are_made() -> None:
    assert {path.name: path.read_text() for path in CHART.glob("*.yaml")} == FILES, "make docs writes them anew"


def test_each_kind_of_workload_has_one_of_its_own() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) == len(OPENSTACK_HELM)
    assert set(FILES) == {f"mutating-{kind.name}.yaml" for kind in KINDS} | {"validating.yaml"}


def test_they_are_valid_for_kubernetes() -> None:
    for name in FILES:
        for document in documents(name):
            kubernetes_validate.validate(document, "1.36", strict=True)


def test_the_next_version_takes_them_too() -> None:
    for name in ("mutating-nova-compute.yaml", "validating.yaml"):
        for document in documents(name):
            kubernetes_validate.validate(document, "1.37", strict=True)


@pytest.mark.parametrize("name", sorted(FILES))
def test_brackets_and_quotes_are_paired(name: str) -> None:
    for expression in expressions(documents(name)[0]):
        bare = re.sub(r"'(?:[^'\\]|\\.)*'", "", expression)
        assert "'" not in bare
        stack: list[str] = []
        for bracket in re.findall(r"[()\[\]{}]", bare):
            if bracket in "([{":
                stack.append(bracket)
            else:
                assert stack
                assert stack.pop() + bracket in {"()", "[]", "{}"}
        assert stack == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_nothing_is_left_to_be_put_in(name: str) -> None:
    assert not re.search(r"@[A-Z_]+@|stratoscope-user", str(documents(name)))


@pytest.mark.parametrize("name", sorted(FILES))
def test_it_never_keeps_a_pod_from_coming_up_and_never_touches_a_job(name: str) -> None:
    policy, binding = documents(name)
    assert policy["spec"]["failurePolicy"] == "Ignore"
    assert binding["spec"]["policyName"] == policy["metadata"]["name"]
    assert set(binding["spec"].get("validationActions", [])) <= {"Warn", "Audit"}
    conditions = {one["name"]: one["expression"] for one in policy["spec"]["matchConditions"]}
    assert "Job" in conditions["not-of-a-job"]
    assert policy["spec"]["matchConstraints"]["namespaceSelector"] == {"matchLabels": {names.INJECT: "enabled"}}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_the_builder_makes_stands_in_the_policy(kind: Any) -> None:
    """Word for word, where nothing in it depends on the pod."""
    text = FILES[f"mutating-{kind.name}.yaml"]
    for variant in (Variant(), Variant(host=True)):
        pod = Examples(kind).of(variant)
        for sidecar in (one for one in pod.pod["spec"]["initContainers"] if one["name"] in names.OWN):
            for key in ("args", "resources", "livenessProbe"):
                if key in sidecar:
                    assert literal(sidecar[key]) in text
        for container, keys in pod.decision.probes.items():
            assert all(literal(pod.container(container)[key]) in text for key in keys)
        if kind.services:
            assert f"{pod.decision.port}" in text


def test_a_change_of_the_builder_changes_them() -> None:
    """Resources stand in the settings; were they written down here a second time, they could drift."""
    memory = InjectSettings().probe_resources.memory_limit
    assert all(memory in text for name, text in FILES.items() if name != "validating.yaml" and "tacker" not in name)


def test_paths_are_those_that_mounts_are_compared_with() -> None:
    """The expressions take them for plain already."""
    for need in NEEDS.values():
        for path in (*need.config, *need.required, *need.seen):
            assert not path.startswith(("/var/run/", "/var/lock/"))
            assert not path.endswith("/")


def test_files_that_nobody_makes_any_more_go(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").touch()
    write(tmp_path, FILES)
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)


class TestExpressions:
    """Values of JSON become values of CEL."""

    @given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.sampled_from("\n\t")))
    def test_text(self, text: str) -> None:
        """What is escaped here is what Python escapes, too."""
        assert ast.literal_eval(quoted(text)) == text

    @pytest.mark.parametrize("text", ["é", "\x00", "\x1b[1m"])
    def test_text_that_no_pod_of_ours_has(self, text: str) -> None:
        with pytest.raises(ValueError, match="no expression here should need"):
            quoted(text)

    @given(st.lists(st.text(st.sampled_from("ab'\\ \n"), max_size=3), max_size=5))
    def test_joined_text_is_the_text(self, parts: list[str]) -> None:
        literals = re.findall(r"'(?:[^'\\]|\\.)*'", joined(map(quoted, parts)))
        assert "".join(map(ast.literal_eval, literals)) == "".join(parts)

    def test_values(self) -> None:
        assert literal({"a": [1, True, "x"], "b": {}}) == "{'a': dyn([dyn(1), dyn(true), dyn('x')]), 'b': dyn({})}"
        assert literal({"a": Expression("f()"), "b": Expression("g()", optional=True)}) == "{'a': dyn(f()), ?'b': g()}"
        with pytest.raises(TypeError):
            literal(1.5)

    def test_one_of_two_that_are_the_same(self) -> None:
        assert if_else("x", "1", "1") == "1"
        assert if_else("x", "1", "2") == "(x ? 1 : 2)"
