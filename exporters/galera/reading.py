"""Reads all nodes of a cluster in the same instant.

1. Every node gets a thread, which sees to it that the node is connected.
2. When all are (or have failed, or some take too long) a gate opens, and the question goes to all of them at once.
3. Who has not answered by the deadline is left out. Its thread goes on waiting, and until it is done the node is not asked
   again: a frozen node costs one connection and one thread, and the readings after the first do not wait for it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from clients.model import Deadline, MalformedError, RefusedError, TargetError, TimedOutError, UnreachableError
from clients.mysql import Connection, Row, SilentError, StatementError, TlsError, TooManyConnectionsError
from exporters.galera.node import Failure, Node, Peer, Word

GATE = 0.5
"""Seconds to wait for those that still connect; who needs longer is asked later than the others, which shows in its figures."""
PEERS_ANEW = 600.0
"""Seconds after which a node that did not show us its members is asked again: the GRANT may have come."""
SETUP = "SET SESSION wsrep_sync_wait = 0"
"""Else a server set up so makes even SHOW wait until it has applied everything: under FTWRL for ever."""
STATUS = "SHOW GLOBAL STATUS LIKE 'wsrep%'"
CONNECTIONS = "SHOW GLOBAL STATUS LIKE 'Threads_connected'"
VARIABLES = "SHOW GLOBAL VARIABLES WHERE Variable_name LIKE 'wsrep%' OR Variable_name IN ('max_connections', 'version')"
PEERS = "SELECT node_uuid, node_name, node_incoming_address FROM mysql.wsrep_cluster_members"

_WORDS: tuple[tuple[type[TargetError], Word], ...] = (
    (SilentError, "silent"),
    (TimedOutError, "timeout"),
    (TooManyConnectionsError, "too_many_connections"),
    (TlsError, "tls"),
    (RefusedError, "refused"),
    (UnreachableError, "unreachable"),
    (MalformedError, "malformed"),
)


class Turn:
    """One reading of all nodes: the gate before the question, and the answers."""

    def __init__(self, targets: Iterable[str]) -> None:
        """`targets`: for whom the gate waits."""
        self.gate = threading.Event()
        self._missing = set(targets)
        self._changed = threading.Condition()
        self._answers: dict[str, Node | Failure] = {}

    def arrive(self, target: str) -> None:
        """A node is ready for the question, or will never be."""
        with self._changed:
            self._missing.discard(target)
            if not self._missing:
                self.gate.set()

    def answer(self, answer: Node | Failure) -> None:
        """What became of a node."""
        with self._changed:
            self._answers[answer.target] = answer
            self._changed.notify_all()

    def wait(self, targets: Iterable[str], seconds: float) -> None:
        """Until these have answered, or the time is over."""
        wanted = set(targets)
        with self._changed:
            self._changed.wait_for(lambda: wanted <= self._answers.keys(), seconds)

    def answers(self) -> dict[str, Node | Failure]:
        """Those that are there."""
        with self._changed:
            return dict(self._answers)


@dataclass(slots=True)
class _Kept:
    """What a node is not asked for each time."""

    variables: Mapping[str, str]
    peers: tuple[Peer, ...] | None = None
    read_at: float = float("-inf")
    view: str | None = None
    peers_at: float = float("-inf")


class Reader:
    """Reads one node, over and over."""

    def __init__(
        self,
        target: str,
        connection: Connection,
        *,
        seconds: float,
        variables_interval: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds`: to connect within."""
        self.target = target
        self.suspect = False
        """Whether it has kept the last reading waiting: the next one does not wait for it for long."""
        self._connection = connection
        self._seconds = seconds
        self._variables_interval = variables_interval
        self._clock = clock
        self._kept = _Kept({})
        self._busy = threading.Lock()
        self._since = 0.0

    def begin(self, turn: Turn) -> bool:
        """Start; False while it still waits for an earlier answer. `turn.answer` is called once it has begun."""
        if not self._busy.acquire(blocking=False):
            return False
        self._since = self._clock()
        threading.Thread(target=self._run, args=(turn,), name=f"galera {self.target}", daemon=True).start()
        return True

    def waiting(self) -> Failure:
        """Why it has not answered yet."""
        self.suspect = True
        seconds = self._clock() - self._since
        if self._connection.connected:
            return Failure(
                self.target, "silent", f"{self.target}: takes connections but says nothing for {seconds:.0f} s; frozen?"
            )
        return Failure(self.target, "timeout", f"{self.target}: no answer to a connection for {seconds:.0f} s; is its host up?")

    def close(self) -> None:
        """Let go of the connection; a thread that waits for it ends."""
        if self._busy.acquire(blocking=False):
            self._connection.close()
            self._busy.release()
        else:
            self._connection.abort()

    def _run(self, turn: Turn) -> None:
        answer: Node | Failure
        try:
            answer = self._read(turn)
            self.suspect = False
        except TargetError as error:
            answer = Failure(self.target, word_of(error), str(error))
            self.suspect = isinstance(error, TimedOutError)
        finally:
            turn.arrive(self.target)
            self._busy.release()  # before the answer is told: with it the next reading may begin
        turn.answer(answer)

    def _read(self, turn: Turn) -> Node:
        if self._connection.open(self._seconds):
            self._kept = _Kept({})
        turn.arrive(self.target)
        turn.gate.wait(GATE)
        asked_at = self._clock()
        status = _named(self._connection.rows(STATUS))
        took = self._clock() - asked_at
        if not status:
            raise MalformedError(f"{self.target}: has no wsrep variables; it is no Galera node")
        self._refresh(self._connection, status, asked_at)
        connections = _named(self._connection.rows(CONNECTIONS)).get("threads_connected")
        return Node(
            target=self.target,
            status=status,
            variables=self._kept.variables,
            peers=self._kept.peers,
            connections=float(connections) if connections and connections.isdigit() else None,
            asked_at=asked_at,
            took=took,
        )

    def _refresh(self, connection: Connection, status: Mapping[str, str], now: float) -> None:
        """The configuration changes by hand only; the members when the view does, and a moment later in the table."""
        kept = self._kept
        if now - kept.read_at >= self._variables_interval:
            kept.variables = _named(connection.rows(VARIABLES))
            kept.read_at = now
        settled = kept.peers is not None and str(len(kept.peers)) == status.get("cluster_size")
        refused = kept.peers is None and now - kept.peers_at < PEERS_ANEW
        if refused or (kept.view == status.get("cluster_conf_id") and settled):
            return
        kept.view, kept.peers_at = status.get("cluster_conf_id"), now
        try:
            kept.peers = tuple(Peer(*map(str, row)) for row in connection.rows(PEERS) if len(row) == 3)
        except StatementError:
            kept.peers = None


def read_all(readers: Sequence[Reader], deadline: Deadline) -> tuple[Node | Failure, ...]:
    """Read all nodes. Takes no longer than the deadline; for those that kept the last reading waiting, `GATE`."""
    trusted = [reader.target for reader in readers if not reader.suspect]
    turn = Turn(trusted)
    opens = deadline.within(GATE)
    begun = {reader.target for reader in readers if reader.begin(turn)}
    for target in set(trusted) - begun:
        turn.arrive(target)
    turn.gate.wait(_left(opens))
    turn.gate.set()
    turn.wait(begun.intersection(trusted), _left(deadline))
    turn.wait(begun, _left(opens))
    answers = turn.answers()
    return tuple(answers.get(reader.target) or reader.waiting() for reader in readers)


def spread(nodes: Iterable[Node]) -> float | None:
    """Seconds between the first question and the last; None for less than two nodes."""
    asked = [node.asked_at for node in nodes]
    return max(asked) - min(asked) if len(asked) > 1 else None


def word_of(error: TargetError) -> Word:
    """The word for a metric."""
    return next((word for kind, word in _WORDS if isinstance(error, kind)), "malformed")


def _named(rows: Iterable[Row]) -> dict[str, str]:
    """Percona writes some of the names in capitals."""
    return {str(row[0]).lower().removeprefix("wsrep_"): str(row[1]) for row in rows if len(row) == 2}


def _left(deadline: Deadline) -> float:
    return max(0.0, deadline.at - deadline.clock())
