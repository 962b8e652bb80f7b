"""Three kinds of sockets and what their queues say: connections to others, listening ports, UDP. Pure: rows in, parts out.

Each keeps what it needs of the looks before, bounded by the sockets there are.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from probes.model import Finding
from probes.proc.backlog import Unread, Waiting
from probes.proc.census import Part
from probes.proc.diag import Told
from probes.proc.net import Row
from probes.proc.ownership import Owned

Ask = Callable[[Row], Told | None]
"""What the kernel tells of a socket beside /proc; None where it does not."""
_OPEN = frozenset({"ESTABLISHED", "CLOSE_WAIT"})
"""A connection that the other side has closed keeps its unread bytes, the end among them, until the process reads."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one kind has shown. No parts: there is no such socket; `what` names it then."""

    what: str
    parts: Sequence[Part]
    figures: dict[str, float] = field(default_factory=dict)


class Connections:
    """To ports of others: bytes that the service does not read."""

    def __init__(self, ports: Collection[int], samples: int, ask: Ask) -> None:
        self._ports = ports
        self._samples = samples
        self._ask = ask
        self._unread = Unread(samples)

    def judge(self, owned: Owned) -> Judged:
        """One part for each process that has such a connection."""
        rows = [row for row in owned.rows if row.remote_port in self._ports and row.state in _OPEN and row.inode]
        found = self._unread.feed({row.inode: row.rx for row in rows}, self._taken(rows))
        by_pid: dict[int | None, list[Row]] = defaultdict(list)
        for row in rows:
            by_pid[owned.pids.get(row.inode)].append(row)
        parts = [self._part(pid, by_pid[pid], found) for pid in sorted(by_pid, key=lambda pid: pid or 0)]
        figures = {"sockets": float(len(rows)), "backlog_bytes": float(sum(row.rx for row in rows))}
        return Judged(f"connection to port {_listed(self._ports)}", parts, figures)

    def _taken(self, rows: Iterable[Row]) -> dict[int, int]:
        """Bytes taken so far from those that hold some: few at any time."""
        told = ((row.inode, self._ask(row)) for row in rows if row.rx)
        return {inode: one.taken for inode, one in told if one is not None and one.taken is not None}

    def _part(self, pid: int | None, rows: Sequence[Row], found: Mapping[int, Finding]) -> Part:
        still = [row for row in rows if found.get(row.inode) is Finding.STUCK]
        if still:
            most = max(still, key=lambda row: row.rx)
            text = f"leaves {most.rx} bytes unread on {most.local} from {most.remote} over {self._samples} looks"
            return Part(pid, Finding.STUCK, text)
        unread = sum(row.rx for row in rows)
        text = f"has {_count(len(rows), 'connection')} to {_remotes(rows)}, {unread} bytes unread"
        if any(found.get(row.inode) is Finding.UNKNOWN for row in rows):
            return Part(pid, Finding.UNKNOWN, f"{text}; the next looks tell whether it reads them")
        return Part(pid, Finding.FINE, text)


class Listeners:
    """Listening TCP ports: connections that the service does not accept.

    Connections that wait have no inode yet, so that they are known by their other side. `most`: how many may wait on a port
    at most (net.core.somaxconn), where the kernel does not tell the limit of the socket.
    """

    def __init__(self, ports: Collection[int], samples: int, ask: Ask, most: int) -> None:
        self._ports = ports
        self._samples = samples
        self._ask = ask
        self._most = most
        self._waiting = {port: Waiting(samples) for port in ports}

    def judge(self, owned: Owned) -> Judged:
        """One part for each port."""
        listening = [row for row in owned.rows if row.local_port in self._ports and row.state == "LISTEN"]
        if not listening:
            return Judged(f"listening port {_listed(self._ports)}", ())
        waiting: dict[int, set[tuple[str, int]]] = {port: set() for port in self._ports}
        for row in owned.rows:
            if row.local_port in self._ports and row.state in _OPEN and not row.inode:
                waiting[row.local_port].add((row.remote_hex, row.remote_port))
        parts = [
            self._part(port, [row for row in listening if row.local_port == port], frozenset(waiting[port]))
            for port in sorted(self._ports)
        ]
        figures = {
            "listeners": float(len(listening)),
            "listen_backlog": float(sum(row.rx for row in listening)),
            "listen_backlog_limit": float(sum(self._limit(row) for row in listening)),
        }
        return Judged("", parts, figures)

    def _limit(self, row: Row) -> int:
        told = self._ask(row)
        return self._most if told is None else told.limit

    def _part(self, port: int, rows: Sequence[Row], waiting: frozenset[tuple[str, int]]) -> Part:
        found = self._waiting[port].feed(waiting)
        if not rows:
            return Part(None, Finding.PARTIAL, f"nobody listens on port {port}")
        backlog = sum(row.rx for row in rows)
        if found is Finding.STUCK:
            # Several sockets may share a port (SO_REUSEPORT): which of them a waiting connection belongs to is not told.
            finding = Finding.STUCK if all(row.rx for row in rows) else Finding.PARTIAL
            return Part(
                None, finding, f"accepts none of {backlog} connections on port {port}, the same over {self._samples} looks"
            )
        full = next((row for row in rows if row.rx and row.rx > self._limit(row)), None)
        if full is not None:
            text = f"{full.rx} connections wait on {full.local}, whose limit is {self._limit(full)}: more are dropped"
            return Part(None, Finding.UNFIT, text)
        return Part(None, found, f"listens on port {port}, {_count(backlog, 'connection')} not accepted yet")


class Datagrams:
    """UDP ports: datagrams that the service does not read, and those that were dropped as their queue was full."""

    def __init__(self, ports: Collection[int], samples: int) -> None:
        self._ports = ports
        self._samples = samples
        self._unread = Unread(samples)
        self._drops: dict[int, int] = {}

    def judge(self, owned: Owned) -> Judged:
        """One part for all of them."""
        rows = [row for row in owned.rows if row.local_port in self._ports and row.inode]
        found = self._unread.feed({row.inode: row.rx for row in rows})
        lost = sum(row.drops - self._drops.get(row.inode, row.drops) for row in rows)
        self._drops = {row.inode: row.drops for row in rows}
        what = f"UDP port {_listed(self._ports)}"
        if not rows:
            return Judged(what, ())
        unread = sum(row.rx for row in rows)
        figures = {
            "udp_backlog_bytes": float(unread),
            "udp_drops": float(sum(row.drops for row in rows)),
            "udp_lost": float(lost),
        }
        dropped = f", {lost} datagrams dropped since the last look" if lost else ""
        stuck = sum(one is Finding.STUCK for one in found.values())
        if stuck:
            finding = Finding.STUCK if stuck == len(rows) else Finding.PARTIAL
            text = f"leaves {unread} bytes unread on {what}, no fewer over {self._samples} looks{dropped}"
            return Judged(what, (Part(None, finding, text),), figures)
        finding = Finding.UNKNOWN if Finding.UNKNOWN in found.values() else Finding.FINE
        return Judged(what, (Part(None, finding, f"receives on {what}, {unread} bytes unread{dropped}"),), figures)


def _listed(ports: Collection[int]) -> str:
    return " or ".join(str(port) for port in sorted(ports))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _remotes(rows: Iterable[Row], most: int = 3) -> str:
    remotes = sorted({row.remote for row in rows})
    return ", ".join(remotes[:most]) + (" ..." if len(remotes) > most else "")
