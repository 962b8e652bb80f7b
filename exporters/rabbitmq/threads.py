"""Several questions at once, and an end to the waiting: what is not answered in time is left behind, not waited for."""

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from clients.model import Deadline

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

GRACE = 0.5
"""Seconds after the deadline in which the jobs, which know it, end by themselves."""


class Threads(Generic[Key, Result]):
    """Runs jobs in threads of its own.

    A job that was left behind (a resolver has no deadline) keeps its thread. The same job is not begun again before it has
    ended, so that a dead target holds one thread and not one more with each fetch.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=64, thread_name_prefix="rabbitmq")
        self._open: dict[Key, Future[Result]] = {}

    def ask(self, jobs: Mapping[Key, Callable[[], Result]], deadline: Deadline) -> dict[Key, Result]:
        """Results by key. A key is missing where the job has not ended in time, or one of before has not ended yet."""
        self._open = {key: future for key, future in self._open.items() if not future.done()}
        begun = {key: self._pool.submit(job) for key, job in jobs.items() if key not in self._open}
        wait(begun.values(), max(0.0, deadline.at - deadline.clock()) + GRACE)
        self._open.update({key: future for key, future in begun.items() if not future.done()})
        return {key: future.result() for key, future in begun.items() if future.done()}

    def close(self) -> None:
        """Begin nothing more; what runs ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
