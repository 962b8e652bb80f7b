"""Endpoints out of the catalog, and addresses below them."""

from typing import Any

import pytest

from exporters.agents import cinder, neutron, nova, octavia
from exporters.agents.api import Api
from exporters.agents.catalog import endpoint, regions

CATALOG: list[Any] = [
    {
        "type": "volumev3",
        "endpoints": [
            {"interface": "public", "region_id": "north", "url": "https://public.north"},
            {"interface": "internal", "region_id": "north", "url": "https://internal.north"},
            {"interface": "public", "region": "south", "url": "https://public.south"},
        ],
    },
    {"type": "block-storage", "endpoints": [{"interface": "public", "region_id": "north", "url": "https://new.north"}]},
    {"type": "compute", "endpoints": None},
    {"type": "network", "endpoints": ["nonsense", {"interface": "public", "region_id": "east"}]},
]


def test_by_the_newest_name_region_and_interface() -> None:
    assert endpoint(CATALOG, cinder.API.types, "north", "public") == "https://new.north"
    assert endpoint(CATALOG, cinder.API.types, "north", "internal") == "https://internal.north"
    assert endpoint(CATALOG, cinder.API.types, "south", "public") == "https://public.south"
    assert endpoint(CATALOG, cinder.API.types, "south", "internal") is None
    assert endpoint(CATALOG, nova.API.types, "north", "public") is None
    assert endpoint(CATALOG, neutron.API.types, "east", "public") is None, "an endpoint without a URL"


def test_regions_are_those_of_services_that_are_asked_for() -> None:
    assert regions(CATALOG, cinder.API.types) == ["north", "south"]
    assert regions(CATALOG, ("key-manager",)) == []


@pytest.mark.parametrize(
    ("api", "base", "address"),
    [
        (nova.API, "http://n:8774/v2.1", "http://n:8774/v2.1/os-services"),
        (nova.API, "http://n:8774/v2.1/", "http://n:8774/v2.1/os-services"),
        (nova.API, "http://n/compute/v2.1/0eaa", "http://n/compute/v2.1/0eaa/os-services"),
        (nova.API, "http://n:8774", "http://n:8774/v2.1/os-services"),
        (neutron.API, "http://v2.example:9696", "http://v2.example:9696/v2.0/agents"),
        (neutron.API, "http://n:9696/v2.0", "http://n:9696/v2.0/agents"),
        (cinder.API, "http://n/volume/v3/0eaa", "http://n/volume/v3/0eaa/os-services"),
        (octavia.API, "http://n:9876", "http://n:9876/v2/octavia/amphorae"),
    ],
)
def test_an_address_has_a_version_once(api: Api, base: str, address: str) -> None:
    assert api.address(base) == address
