"""Reads pods that anybody may have written: what has not the kind that it should have counts as not there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def mapping(value: object, *path: str) -> Mapping[str, Any]:
    """The mapping at a path of keys; empty where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def listed(value: object, key: str) -> Sequence[Mapping[str, Any]]:
    """The mappings in the list at a key."""
    found = value.get(key) if isinstance(value, dict) else None
    return tuple(one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def text(value: object, key: str) -> str:
    """The text at a key; empty where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def number(value: object, key: str) -> int | None:
    """The whole number at a key."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def every_container(spec: object) -> Iterator[Mapping[str, Any]]:
    """Containers of all kinds."""
    for key in ("initContainers", "containers", "ephemeralContainers"):
        yield from listed(spec, key)


def declared_ports(spec: object) -> Iterator[tuple[int, str]]:
    """Ports that containers declare, and whose they are."""
    for container in every_container(spec):
        for port in listed(container, "ports"):
            for key in ("containerPort", "hostPort"):
                if (found := number(port, key)) is not None:
                    yield found, text(container, "name")
