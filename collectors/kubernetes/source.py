"""The logs of the pods that a label selector names, followed through the Kubernetes API.

The identity of a stream is `<pod uid>/<container>`, through all restarts of the container; its offsets are virtual: they count
the bytes that were given since its first line. Where to go on is told by a cursor (times of lines, see
`collectors.kubernetes.cursor`), which stands behind the `@` in the path of the positions that are to be remembered: the
positions file suffices. Lines are given as `kubectl logs --timestamps` has them, which the parsers know.

Known limitations: what the kubelet has rotated away is not given by the API, so a container that logs more than a file
(containerLogMaxSize, 10 MB) while we are away loses lines here, as with `kubectl logs`; so does one that restarts twice. stdout
and stderr are one stream. Those who can should read the files.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from clients.kubernetes import Api
from collectors.kubernetes.cursor import Cursor, Piece, cursor_of
from collectors.kubernetes.inbox import Given, Inbox
from collectors.kubernetes.reading import Reader
from collectors.kubernetes.roster import FIRST, Roster
from collectors.kubernetes.settings import KubernetesInput
from collectors.kubernetes.watch import Pod, Watch
from collectors.model import Chunk, Position
from collectors.pods.names import Chosen
from collectors.problems import Problem, Report

Remember = Callable[[Mapping[str, Position]], None]
"""Keeps positions for the next life."""

_MARK = "@"
_GOODBYE = 2.0  # seconds that threads get for their ends; they are daemons, and hold nothing


@dataclass(slots=True)
class _Given:
    """What was given of a stream and is not safe yet."""

    path: str
    pieces: deque[Piece] = field(default_factory=deque)
    ended: bool = False


class KubernetesSource:
    """See the module. `positions` and `remember` as for FileSource."""

    def __init__(
        self,
        settings: KubernetesInput,
        report: Report,
        *,
        positions: Mapping[str, Position] | None = None,
        remember: Remember = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        first: float = FIRST,
    ) -> None:
        """Threads are started, but nothing is waited for. `first`: seconds of the first pause after an end or a failure."""
        self._report = report
        self._reporting: deque[Problem] = deque(maxlen=1000)
        self._known = dict(positions or {})
        self._remember = remember
        self._streams: dict[str, _Given] = {}
        self._inbox = Inbox(settings.memory)
        chosen = Chosen(settings.include, settings.exclude)
        self._roster = Roster(chosen, self._left, clock, first)
        api = Api(settings.access, settings.streams + 4)
        self._watches = [
            Watch(api, place.path, {"labelSelector": settings.selector} if settings.selector else {}, place, self._later, first)
            for place in _places(settings.namespaces, self._roster)
        ]
        self._readers = [Reader(api, self._roster, self._inbox, settings, self._later, clock) for _ in range(settings.streams)]
        self._threads: list[threading.Thread] = []
        self._closed = False
        for watch in self._watches:
            watch.start()

    def poll(self) -> Iterator[Chunk]:
        """What the readers have read."""
        while self._reporting:
            self._report(self._reporting.popleft())
        self._employ()
        for given in self._inbox.take():
            yield self._chunk(given)

    def done(self) -> bool:
        """Never: a pod may always come."""
        return False

    def streams(self) -> list[int]:
        """One descriptor for all readers."""
        return [] if self._closed else [self._inbox.fileno()]

    def commit(self, positions: Mapping[str, Position]) -> None:
        """All before these positions is safe."""
        safe = {}
        for identity, position in positions.items():
            given = self._streams.get(identity)
            if given is not None:
                path = f"{given.path}{_MARK}{_passed(given.pieces, position.offset)}"
                safe[identity] = Position(position.offset, position.line, path)
                if given.ended and position.offset == given.pieces[-1].offset:
                    del self._streams[identity]
        self._remember(safe)

    def close(self) -> None:
        """End all threads. What was not committed is given again in the next life."""
        self._closed = True
        self._roster.close()
        self._inbox.close()
        for watch in self._watches:
            watch.stop()
        for reader in self._readers:
            reader.close()
        end = time.monotonic() + _GOODBYE
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _left(self, identity: str) -> tuple[Cursor, int, int] | None:
        position = self._known.get(identity)
        if position is None:
            return None
        return cursor_of(position.path.rpartition(_MARK)[2]), position.offset, position.line

    def _later(self, problem: Problem) -> None:
        """Problems come from other threads; they are told in the pipeline's."""
        self._reporting.append(problem)

    def _employ(self) -> None:
        """As many readers as there are containers, as a thread that has nothing to do costs memory; and turns for all."""
        while len(self._threads) < min(len(self._roster), len(self._readers)):
            reader = self._readers[len(self._threads)]
            thread = threading.Thread(target=reader.run, name=f"kubernetes log {len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        if self._roster.crowded():
            for reader in self._readers:
                reader.make_room()

    def _chunk(self, given: Given) -> Chunk:
        stream = self._streams.setdefault(given.identity, _Given(given.path))
        stream.ended = given.ended
        stream.pieces.append(given.piece)
        piece = given.piece
        data, piece.data = bytes(piece.data), bytearray()  # what is kept of it tells times and places only
        return Chunk(given.path, given.identity, piece.offset, piece.line, data, given.ended, given.resource)


@dataclass(frozen=True, slots=True)
class _Place:
    """A path whose pods are watched, and the roster as far as it is about them."""

    path: str
    roster: Roster
    namespace: str

    def replace(self, pods: Iterator[Pod]) -> None:
        self.roster.replace(pods, self.namespace)

    def change(self, kind: Literal["set", "gone"], pod: Pod) -> None:
        self.roster.change(kind, pod)


def _places(namespaces: tuple[str, ...], roster: Roster) -> Iterator[_Place]:
    if not namespaces:
        yield _Place("/api/v1/pods", roster, "")
    for namespace in namespaces:
        yield _Place(f"/api/v1/namespaces/{namespace}/pods", roster, namespace)


def _passed(pieces: deque[Piece], offset: int) -> Cursor:
    """The cursor at `offset`; pieces that are wholly before it are forgotten."""
    while len(pieces) > 1 and pieces[1].offset <= offset:
        pieces.popleft()
    return pieces[0].cursor_at(offset)
