"""The documents name every verdict and every reason, each with the verdict that it means."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from exporters.ovn import verdict as ovn
from exporters.ovs import verdict as ovs

DOCUMENTS = Path(__file__).parents[3] / "docs" / "exporters"


@pytest.mark.parametrize(
    ("name", "states", "reasons"), [("ovs", ovs.STATES, ovs.REASONS), ("ovn", ovn.STATES, ovn.REASONS)], ids=["ovs", "ovn"]
)
def test_all_are_explained(name: str, states: tuple[str, ...], reasons: Mapping[str, str]) -> None:
    rows = [line.split("|")[1:-1] for line in (DOCUMENTS / f"{name}.md").read_text().splitlines() if line.startswith("| `")]
    told = {row[0].strip(" `"): row[1].strip() for row in rows}
    assert {reason: told.get(reason) for reason in reasons} == dict(reasons)
    assert set(states) <= told.keys() | {row[0].strip(" `") for row in rows}
