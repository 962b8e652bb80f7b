"""`/proc/PID/mountinfo`: bytes in, mounts out. Lines that are no mounts are left out; nothing here raises."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ESCAPE = re.compile(rb"\\([0-3][0-7]{2})")
"""A space, tab, newline or backslash in a path stands there in octal: `\\040`."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system. `kind`: ext4, ceph, fuse.ceph-fuse, nfs4; `source`: device or `host:/path`.

    Options of the super block are left out: CephFS keeps the name of its key there.
    """

    point: str
    root: str
    kind: str
    source: str
    options: tuple[str, ...]


def mounts(data: bytes) -> Iterator[Mount]:
    """36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue (proc(5))."""
    for line in data.split(b"\n"):
        before, dash, after = line.partition(b" - ")
        words, more = before.split(b" "), after.split(b" ")
        if dash and len(words) >= 6 and len(more) >= 2:
            options = tuple(_plain(words[5]).split(","))
            yield Mount(_plain(words[4]), _plain(words[3]), _plain(more[0]), _plain(more[1]), options)


def mount_of(path: str, all_mounts: Iterable[Mount]) -> Mount | None:
    """The mount that `path` (absolute, normal) lies on: the longest fitting one, of equals the last, which hides the others."""
    best = None
    for mount in all_mounts:
        point = mount.point.rstrip("/")
        inside = path == point or path.startswith(f"{point}/")
        if inside and (best is None or len(point) >= len(best.point.rstrip("/"))):
            best = mount
    return best


def _plain(word: bytes) -> str:
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 8)]), word).decode(errors="replace")
