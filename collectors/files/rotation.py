"""What a log file's name tells: is it a log, which live file was it rotated from, how old is it among its siblings.

Knows names only; nothing here looks at a disk.
"""

import posixpath
import re

_DATE = r"[.-](?:\d{4}-\d\d-\d\d|\d{8,10})[\d._-]*"
# nova-api.log  nova-api.log.2.gz  nova-api.log-20261123.gz  nova-api-20261123.log  0.log.20261123-030000.gz  keystone.log.old
# A number in front of the extension is no rotation: mariadb-1.log and mariadb-2.log are two servers.
_NAME = re.compile(
    rf"(?P<stem>.+?)(?P<early>{_DATE})?(?P<extension>\.(?:log|json|jsonl|out|err|txt))?"
    rf"(?P<late>\.\d{{1,3}}|{_DATE}|\.old)?(?:\.(?:gz|xz|bz2))?",
    re.DOTALL,
)

LOG_NAMES = "*.log, *.json, *.jsonl, *.out, *.err, *.txt and their rotated and packed ones"
"""What `is_log` takes, for a person."""

Age = tuple[int, int, str]


def is_log(name: str) -> bool:
    """Whether a file of this name is read when its directory was named."""
    match = _NAME.fullmatch(name)
    return match is not None and match["extension"] is not None and not name.startswith(".")


def rotation_set(path: str) -> tuple[str, str]:
    """Directory and name of the live file that `path` is, or was rotated from."""
    directory, name = posixpath.split(path)
    match = _NAME.fullmatch(name)
    return directory, name if match is None else match["stem"] + (match["extension"] or "")


def age(path: str) -> Age:
    """A sort key within a rotation set, oldest first: by date, then by falling number, the live file last."""
    match = _NAME.fullmatch(posixpath.basename(path))
    suffix = match and (match["late"] or match["early"])
    if not suffix:
        return 2, 0, ""
    digits = re.sub(r"\D", "", suffix)
    if len(digits) >= 8:
        return 0, 0, digits.ljust(20, "0")
    return 1, -int(digits or 1), ""


def oldest_first(paths: list[str]) -> list[str]:
    """The paths in the order given, but the members of a rotation set together and oldest first, and each path once."""
    sets: dict[tuple[str, str], list[str]] = {}
    for path in dict.fromkeys(paths):
        sets.setdefault(rotation_set(path), []).append(path)
    return [path for members in sets.values() for path in sorted(members, key=age)]
