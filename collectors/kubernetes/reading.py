"""Reads the log of one container at a time, as far as it goes now; a thread per reader runs this.

1. The present instance is attached: followed, or read once where it does not run any more. Which instance that is we do not
   know for sure, as the status that we know may be older than a restart.
2. So when its first bytes come, and before they are given, the log of the instance before is read to its end (`previous`): what
   it wrote since the cursor was written by the one that we had followed, if there was a restart. Else there is nothing.
3. Then the bytes of the present instance are given.
All of it begins at the cursor, so that it does not matter how much was read before. Of a container that was restarted several
times meanwhile only the last two instances can be had.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from clients.kubernetes import Api, ApiError, SilenceError, Stream
from collectors.kubernetes.containers import Container
from collectors.kubernetes.cursor import Attached, Piece
from collectors.kubernetes.inbox import Given, Inbox
from collectors.kubernetes.roster import Roster, Task
from collectors.kubernetes.settings import KubernetesInput
from collectors.kubernetes.telling import advice
from collectors.problems import Problem, Report

_IDLE = 60.0
_LAST_TRIES = 5  # for the last lines of a pod that is gone


class Reader:
    """A reader; `run` is its thread's, `close` anybody's."""

    def __init__(
        self, api: Api, roster: Roster, inbox: Inbox, settings: KubernetesInput, report: Report, clock: Callable[[], float]
    ) -> None:
        """`clock`: seconds of a clock that never jumps."""
        self._api = api
        self._roster = roster
        self._inbox = inbox
        self._settings = settings
        self._report = report
        self._clock = clock
        self._closed = threading.Event()
        self._stream: Stream | None = None
        self._since = 0.0
        self._turned = False

    def run(self) -> None:
        """Read one container after the other until `close`."""
        while not self._closed.is_set():
            task = self._roster.next(_IDLE)
            if task is not None:
                self._turn(task)

    def close(self) -> None:
        """Hang up."""
        self._closed.set()
        stream = self._stream
        if stream is not None:
            stream.close()

    def make_room(self) -> None:
        """Somebody waits for a reader: let go of a container that had its turn."""
        stream = self._stream
        if stream is not None and self._clock() - self._since > self._settings.turn:
            self._turned = True
            stream.close()

    def _turn(self, task: Task) -> None:
        container, gone, begun = task.container, task.gone, task.offset
        status = container.status
        try:
            self._attach(task, container, follow=status.running and not gone)
        except SilenceError:
            self._roster.give_back(task, at_once=True)
        except ApiError as error:
            if self._turned:
                self._roster.give_back(task, at_once=True)
            elif task.offset > begun:
                self._roster.give_back(task)  # it broke, but not before it gave something
            else:
                self._failed(task, error)
        else:
            if gone or (not status.running and task.container.status == status):
                self._end(task, container)
                task.finished = gone or task.container.status == status
            self._roster.give_back(task)

    def _attach(self, task: Task, container: Container, *, follow: bool) -> None:
        """Steps 1 to 3."""
        attached = None
        self._since, self._turned = self._clock(), False
        try:
            with self._open(task, container, "follow" if follow else "") as stream:
                self._stream = stream
                for data in stream:
                    if attached is None:
                        self._catch_up(task, container)
                        attached = Attached(task.cursor, task.offset, task.line)
                    if not self._give(task, container, attached.feed(data)) or self._closed.is_set():
                        return
        finally:
            self._stream = None
            self._tell(container, attached)
        if attached is None:
            self._catch_up(task, container)

    def _catch_up(self, task: Task, container: Container) -> None:
        """Step 2."""
        begun, known = task.offset, task.restarts
        before = container.status.restarts - 1
        if known < 0:
            task.restarts = max(before, 0)
        elif before > known:
            what = f"was restarted {before - known + 1} times at once; what it wrote before the last two starts may be lost"
            self._report(Problem(_path(container), what, "look why it restarts", lasting=False))
            self._end(task, container)
            task.restarts = before
        attached = Attached(task.cursor, task.offset, task.line)
        try:
            with self._open(task, container, "previous") as stream:
                for data in stream:
                    if not self._give(task, container, attached.feed(data)):
                        return
        except ApiError as error:
            if error.status not in {400, 404}:  # there was none, or the node has it no more
                raise
        finally:
            self._tell(container, attached)
        if task.offset > begun or container.status.restarts > task.restarts:
            self._end(task, container)
            task.restarts = max(container.status.restarts, task.restarts + (task.offset > begun))

    def _open(self, task: Task, container: Container, how: str) -> AbstractContextManager[Stream]:
        query = {"container": container.name.container, "timestamps": "true"} | ({how: "true"} if how else {})
        if since := task.cursor.since():
            query["sinceTime"] = since
        settings = self._settings
        silence = settings.turn if len(self._roster) > settings.streams else settings.silence
        path = f"/api/v1/namespaces/{container.name.namespace}/pods/{container.name.pod}/log"
        return self._api.open(path, query, silence)

    def _give(self, task: Task, container: Container, piece: Piece) -> bool:
        if not piece.data:
            return True
        given = self._inbox.put(Given(_path(container), container.key, piece, container.resource(task.restarts)))
        if given:
            task.cursor = piece.cursor_at(piece.end)
            task.offset, task.line, task.open = piece.end, piece.line + len(piece.ends), True
        return given

    def _end(self, task: Task, container: Container) -> None:
        if task.open:
            piece = Piece(task.cursor, task.offset, task.line)
            task.open = not self._inbox.put(
                Given(_path(container), container.key, piece, container.resource(task.restarts), ended=True)
            )

    def _tell(self, container: Container, attached: Attached | None) -> None:
        if attached is None:
            return
        for remark in attached.remarks:
            self._report(Problem(_path(container), f"the kubelet says {remark}", "tried again", lasting=False))
        if attached.cut:
            what = f"{attached.cut} lines of more than 1 MB were cut"
            self._report(Problem(_path(container), what, "make the service log less at once"))

    def _failed(self, task: Task, error: ApiError) -> None:
        if task.gone and (error.status == 404 or task.failures > _LAST_TRIES):
            self._end(task, task.container)
            task.finished = True
        elif not self._closed.is_set() and task.failures == 2 and error.status not in {400, 404}:
            # the first ones are how a rollout, a restarted kubelet or a renewed token look
            self._report(Problem(_path(task.container), str(error), advice(error), lasting=False))
        self._roster.give_back(task, failed=True)


def _path(container: Container) -> str:
    name = container.name
    return f"{name.namespace}/{name.pod}/{name.container}"
