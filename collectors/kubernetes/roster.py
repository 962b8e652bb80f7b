"""Which containers there are, which of them wait for a reader, and for how long. Shared by threads; `now` is an argument.

Each container is read by one reader at a time. Who waited the longest comes next, so that with more containers than readers
all get their turns.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from collectors.kubernetes.containers import Container, containers_of
from collectors.kubernetes.cursor import Cursor
from collectors.pods.names import Chosen

FIRST, MOST = 0.5, 30.0
"""Seconds until a container is tried again: after the end of a stream, and after many failures."""


@dataclass(slots=True)
class Task:
    """A container whose log is read. What stands behind `container` belongs to the reader that has it.

    `restarts`: those of the instance that is being read, -1 before the first. `finished`: all was read that it wrote so far.
    """

    container: Container
    cursor: Cursor = field(default_factory=Cursor)
    offset: int = 0
    line: int = 1
    restarts: int = -1
    gone: bool = False
    taken: bool = False
    finished: bool = False
    failures: int = 0
    due: float = 0.0
    open: bool = False
    """Whether a piece of it was given and not yet ended."""


class Roster:
    """`known`: where the log of a container was left in an earlier life: cursor, offset, line. `clock` never jumps."""

    def __init__(
        self, chosen: Chosen, known: Callable[[str], tuple[Cursor, int, int] | None], clock: Callable[[], float], first: float
    ) -> None:
        """`first`: seconds until an ended stream is tried again."""
        self._chosen = chosen
        self._known = known
        self._clock = clock
        self._first = first
        self._changed = threading.Condition()
        self._tasks: dict[str, Task] = {}
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def replace(self, pods: Iterator[dict[str, Any]], namespace: str = "") -> None:
        """These are all pods of a namespace, or of all; containers of others are gone."""
        present = {container.key: container for pod in pods for container in containers_of(pod)}
        with self._changed:
            for key, task in self._tasks.items():
                if namespace in {"", task.container.name.namespace} and key not in present:
                    task.gone, task.finished = True, False
            for container in present.values():
                self._set(container)
            self._changed.notify_all()

    def change(self, kind: Literal["set", "gone"], pod: dict[str, Any]) -> None:
        """A pod was made or changed, or is gone."""
        with self._changed:
            for container in containers_of(pod):
                self._set(container)
                if kind == "gone" and container.key in self._tasks:
                    task = self._tasks[container.key]
                    task.gone, task.finished = True, False
            self._changed.notify_all()

    def next(self, longest: float) -> Task | None:
        """The task whose turn it is, now taken; waits for one so many seconds at most. None if there is none, or closed."""
        with self._changed:
            end = self._clock() + longest
            while not self._closed:
                now = self._clock()
                waiting = [task for task in self._tasks.values() if not task.taken and not task.finished]
                task = min((task for task in waiting if task.due <= now), key=lambda task: task.due, default=None)
                if task is not None:
                    task.taken = True
                    return task
                if now >= end:
                    return None
                self._changed.wait(min([end, *(task.due for task in waiting)]) - now)
            return None

    def crowded(self) -> bool:
        """Whether somebody waits for a reader."""
        with self._changed:
            now = self._clock()
            return any(not task.taken and not task.finished and task.due <= now for task in self._tasks.values())

    def give_back(self, task: Task, *, failed: bool = False, at_once: bool = False) -> None:
        """A reader has done what it could."""
        with self._changed:
            task.failures = task.failures + 1 if failed else 0
            pause = 0.0 if at_once else min(MOST, self._first * 2 ** min(task.failures, 10))
            task.due = self._clock() + pause
            task.taken = False
            if task.finished and task.gone:
                self._tasks.pop(task.container.key, None)
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing is given out any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _set(self, container: Container) -> None:
        if container.name not in self._chosen or not container.status.started:
            return
        task = self._tasks.get(container.key)
        if task is None:
            known = self._known(container.key)
            task = Task(container, *known) if known else Task(container)
            task.due = self._clock()
            self._tasks[container.key] = task
        elif task.container.status != container.status:
            task.finished = False
            task.due = min(task.due, self._clock())
        task.container = container
