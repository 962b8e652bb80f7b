"""The generated cloud of the benchmark is one that the exporter can read."""

import json

import pytest

from benchmarks.agents.cloud import SIZES, Size, answers
from exporters.agents import neutron, nova
from exporters.agents.digest import digest


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: size.name)
def test_as_many_agents_as_told(size: Size) -> None:
    found = answers(size, "http://cloud.example")
    for api, path, number in (
        (nova.API, "/compute/v2.1/os-services", size.services),
        (neutron.API, "/network/v2.0/agents?fields", size.agents),
    ):
        rows = api.rows(json.loads(found[path]))
        seen = digest(api, rows, 1e9, stale_after=86400, limit=100_000)
        assert (len(seen.agents), seen.duplicates) == (number, 0)
