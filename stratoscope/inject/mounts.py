"""Where a sidecar sees what its service sees: the same volumes, at the same places, read-only.

A volume that holds more than is needed (the host's whole /run) is mounted from the folder that is needed on: a read-only /run
would leave the runtime no place for what it mounts below, and show the sockets of everything on the node.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from stratoscope.inject.reading import listed, text

_WILD = frozenset("*?[")
_Parts = tuple[str, ...]
"""Of a path, `/` being the first one of an absolute one. The webhook compares hundreds for each pod, and `pathlib` took half of
its time for that."""
_SAME = ((("/", "var", "run"), ("/", "run")), (("/", "var", "lock"), ("/", "run", "lock")))
"""Links in every image."""


def folder_of(pattern: str) -> str:
    """The folder of a pattern of files: what stands before its first wildcard."""
    parts = PurePosixPath(pattern).parts[:-1]
    stops = next((index for index, part in enumerate(parts) if _WILD & set(part)), len(parts))
    return str(PurePosixPath(*parts[:stops])) if stops else "/"


def wrong_pattern(pattern: str) -> str:
    """Why no mount can be made of a pattern of files; empty where one can. The API server would refuse the pod."""
    if not pattern.startswith("/"):
        return "is not absolute"
    if ".." in PurePosixPath(pattern).parts:
        return "leads upwards with .."
    if ":" in pattern:
        return "has a colon in it, which a mount cannot have"
    if folder_of(pattern) == "/":
        return "would be looked for everywhere; name a folder"
    return ""


def seen_in(container: Mapping[str, Any], path: str) -> bool:
    """Whether a container has a volume at a path, above it or below."""
    return next(mounts_of(container, path), None) is not None


def mounts_of(container: Mapping[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """The mounts by which another container sees a path as this one does: what holds it, and all that is mounted below."""
    wanted = _plain(path)
    holding: tuple[_Parts, Mapping[str, Any]] | None = None
    below = []
    for mount in listed(container, "volumeMounts"):
        place = _plain(text(mount, "mountPath"))
        if place == wanted or (_is_above(place, wanted) and place != ("/",)):
            if holding is None or len(place) > len(holding[0]):
                holding = (place, mount)
        elif _is_above(wanted, place):
            below.append(mount)
    if holding is not None and (copied := _narrowed(holding[1], holding[0], wanted, path)) is not None:
        yield copied
    for mount in below:
        yield _copied(mount, text(mount, "mountPath"))


def _plain(path: str) -> _Parts:
    root = ("/",) if path.startswith("/") or not path.rstrip("/") else ()
    plain = root + tuple(part for part in path.split("/") if part not in ("", "."))
    for link, target in _SAME:
        if plain[: len(link)] == link:
            return target + plain[len(link) :]
    return plain


def _is_above(one: _Parts, other: _Parts) -> bool:
    return 0 < len(one) < len(other) and other[: len(one)] == one


def _narrowed(mount: Mapping[str, Any], place: _Parts, wanted: _Parts, path: str) -> dict[str, Any] | None:
    if place == wanted:
        return _copied(mount, text(mount, "mountPath"))
    if "subPathExpr" in mount:
        return None  # what it comes to depends on variables of that container
    deeper = PurePosixPath(text(mount, "subPath"), *wanted[len(place) :])
    return _copied(mount, path) | {"subPath": str(deeper)}


def _copied(mount: Mapping[str, Any], path: str) -> dict[str, Any]:
    copied: dict[str, Any] = {"name": text(mount, "name"), "mountPath": path, "readOnly": True}
    if text(mount, "subPath"):
        copied["subPath"] = text(mount, "subPath")
    if text(mount, "mountPropagation") in ("Bidirectional", "HostToContainer"):
        copied["mountPropagation"] = "HostToContainer"  # file systems that are mounted later are seen; nothing is given back
    return copied
