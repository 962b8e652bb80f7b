"""Whose sockets are whose: by the descriptors of the processes where those can be read, else by user id, else not at all."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from probes.model import Process
from probes.proc.descriptors import sockets_of
from probes.proc.net import Row
from probes.proc.reading import DeniedError, ProcError


@dataclass(frozen=True, slots=True)
class Owned:
    """Rows that belong to the service. `pids`: by inode, the process that holds it; empty where that cannot be told.

    `hint`: how they were told apart where it was not by descriptors: for the text of the evidence.
    """

    rows: tuple[Row, ...]
    pids: dict[int, int] = field(default_factory=dict)
    hint: str = ""


class Ownership:
    """Keeps the descriptors of the processes, and reads them again only when a socket is seen that was not there before."""

    def __init__(self, proc: Path, uid: int | None) -> None:
        self._proc = proc
        self._uid = uid
        self._held: dict[int, int] = {}
        self._others: frozenset[int] = frozenset()
        self._of: tuple[tuple[int, int], ...] = ()

    def sort(self, rows: Sequence[Row], processes: Sequence[Process]) -> Owned:
        """Those of `rows` that belong to the service. Rows without an inode have no holder yet, and are always given."""
        if not processes:
            return self._by_user(rows, {self._uid} if self._uid is not None else set(), "its processes are not to be seen")
        try:
            self._look_up(rows, processes)
        except DeniedError:
            users = {one.uid for one in processes}
            return self._by_user(rows, users, "its descriptors may not be read: same user id or SYS_PTRACE")
        return Owned(tuple(row for row in rows if not row.inode or row.inode in self._held), dict(self._held))

    def _look_up(self, rows: Sequence[Row], processes: Sequence[Process]) -> None:
        """Raises DeniedError if any of the processes may not be looked into."""
        inodes = frozenset(row.inode for row in rows if row.inode)
        who = tuple((one.pid, one.started) for one in processes)
        if who == self._of and inodes <= self._held.keys() | self._others:
            return
        held = _holders(self._proc, processes)
        self._held = {inode: pid for inode, pid in held.items() if inode in inodes}
        self._others = inodes - held.keys()
        self._of = who

    def _by_user(self, rows: Sequence[Row], users: Collection[int], why: str) -> Owned:
        """Of a user, or of anybody in the network namespace; never our own, which may lead to the same port."""
        ours = _own_sockets(self._proc)
        hint = f"told by user id {_listed(users)}" if users else "of anybody in this network namespace"
        kept = (row for row in rows if row.inode not in ours and (not users or row.uid in users))
        return Owned(tuple(kept), hint=f"{hint}, as {why}")


def _holders(proc: Path, processes: Iterable[Process]) -> dict[int, int]:
    """By inode the process that holds it: of several a worker, as the main one has what it hands on."""
    found: dict[int, int] = {}
    for one in processes:
        try:
            found.update(dict.fromkeys(sockets_of(proc, one.pid), one.pid))
        except DeniedError:
            raise
        except ProcError:
            continue  # it has ended
    return found


def _own_sockets(proc: Path) -> frozenset[int]:
    try:
        return sockets_of(proc, "self")
    except ProcError:
        return frozenset()


def _listed(users: Collection[int]) -> str:
    return ", ".join(str(uid) for uid in sorted(users))
