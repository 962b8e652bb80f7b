"""A manifest means to us what it means to Kubernetes, and still does when sidecars were put in."""

import json
from pathlib import Path
from typing import Any

import pytest

from stratoscope.inject.manifests.documents import documents
from stratoscope.inject.manifests.stream import inject
from stratoscope.inject.manifests.tree import tree_of
from stratoscope.inject.manifests.values import value_of
from tests.stratoscope.inject.manifests.test_stream import DEPLOYMENT
from tests.stratoscope.inject.workloads import SETTINGS

FILE = Path(__file__).parents[3] / "data" / "manifests" / "meanings.jsonl"
CASES: list[tuple[str, Any]] = [tuple(json.loads(line)) for line in FILE.read_text().splitlines()]
_NOT_ALONE = ("{", "- ", "? ", "%", "---")
"""What cannot have other keys after it."""
TOGETHER = [
    (text, meant)
    for text, meant in CASES
    if isinstance(meant, dict) and not text.startswith(_NOT_ALONE) and "\n..." not in text
]


def meaning(text: str) -> Any:
    trees = [tree for one in documents(text.encode()) if (tree := tree_of(one)) is not None]
    return value_of(trees[0]) if trees else None


def exactly(value: Any) -> str:
    """As text, in which 1 is not true; but 1.0 is 1, as JSON has one kind of number."""
    return json.dumps(value, sort_keys=True).replace(".0,", ",").replace(".0}", "}")


@pytest.mark.parametrize(("text", "meant"), CASES, ids=lambda one: ascii(one)[:40])
def test_a_text_means_what_it_means_to_kubernetes(text: str, meant: Any) -> None:
    assert exactly(meaning(text)) == exactly(meant)


@pytest.mark.parametrize(("text", "meant"), TOGETHER, ids=lambda one: ascii(one)[:40])
def test_what_stands_in_a_changed_document_still_means_the_same(text: str, meant: Any) -> None:
    end = "\r\n" if "\r\n" in text else "\n"
    stream = text.removesuffix(end) + end + DEPLOYMENT.replace("\n", end)
    made, told = inject(stream.encode(), SETTINGS)
    assert made != stream.encode()
    assert len(told) == 1
    after = meaning(made.decode())
    assert exactly({key: after[key] for key in meant}) == exactly(meant)
