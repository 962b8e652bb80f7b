"""Endpoints out of Keystone's service catalog. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def regions(catalog: Iterable[Mapping[str, Any]], types: Iterable[str]) -> list[str]:
    """All regions that have an endpoint of one of these types, sorted."""
    wanted = set(types)
    found = {_region(endpoint) for service in catalog if service.get("type") in wanted for endpoint in _endpoints(service)}
    return sorted(found)


def endpoint(catalog: Sequence[Mapping[str, Any]], types: Iterable[str], region: str, interface: str) -> str | None:
    """The URL for a service, under the first of its names that the catalog has in this region; None where it has none."""
    for kind in types:
        for service in catalog:
            if service.get("type") != kind:
                continue
            for found in _endpoints(service):
                if found.get("interface") == interface and _region(found) == region and isinstance(found.get("url"), str):
                    url: str = found["url"]
                    return url
    return None


def _endpoints(service: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [endpoint for endpoint in service.get("endpoints") or () if isinstance(endpoint, Mapping)]


def _region(endpoint: Mapping[str, Any]) -> str:
    return str(endpoint.get("region_id") or endpoint.get("region") or "")
