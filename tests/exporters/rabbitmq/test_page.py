"""The page of the exporter tells every word that it gives out."""

from pathlib import Path

import pytest

from exporters.rabbitmq.oslo_names import CLASSES
from exporters.rabbitmq.verdict import REASONS, STATES

PAGE = (Path(__file__).parents[3] / "docs" / "exporters" / "rabbitmq.md").read_text()


@pytest.mark.parametrize("word", [*REASONS, *STATES, *CLASSES])
def test_it_is_told(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_stands_with_its_state(reason: str) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith("|") and f"`{reason}`" in line.split("|")[1]]
    assert row.split("|")[2].strip() == f"`{REASONS[reason]}`"
