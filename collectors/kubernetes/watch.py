"""Pods as they are and as they change: list, then watch, for ever, in a thread of its own.

1. List, page by page; the answer tells at which version of the cluster it holds.
2. Watch from there. Bookmarks move the version on, so that a watch after a quiet hour begins at one that is still known.
3. When a watch ends (the server ends each after a while), watch again from the last version. When the version is too old
   (410 Gone, as HTTP status or as an event), begin with 1. When anything fails, wait, longer each time and partly by chance,
   and go on with 2, or with 1 after a failed list.
"""

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Protocol

from clients.kubernetes import Api, ApiError, SilenceError
from clients.kubernetes_watch import Listing, changes, watching
from collectors.kubernetes.telling import advice
from collectors.problems import Problem, Report

FIRST, MOST = 0.5, 30.0
"""Seconds of the pauses after failures."""

_PASSING = 3  # connections break when an API server is restarted, and are there again

Pod = dict[str, Any]
"""A pod as the API gives it."""


class Pods(Protocol):
    """What takes the pods, in the watch's thread."""

    def replace(self, pods: Iterator[Pod]) -> None:
        """These are all; what is not among them is gone."""

    def change(self, kind: Literal["set", "gone"], pod: Pod) -> None:
        """One was made or changed, or is gone."""


class Watch:
    """Watches the pods of a path (`/api/v1/pods`, `/api/v1/namespaces/x/pods`) that match `query` until `stop`."""

    def __init__(self, api: Api, path: str, query: Mapping[str, str], pods: Pods, report: Report, first: float = FIRST) -> None:
        """`first`: seconds of the first pause after a failure."""
        self._api = api
        self._path = path
        self._query = dict(query)
        self._pods = pods
        self._report = report
        self._first = first
        self._pause = first
        self._told = ""
        self._failures = 0
        self._version = ""
        self._stopping = threading.Event()
        self.synced = threading.Event()
        """Set once the pods were listed."""
        self._hang_up: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name=f"watch {path}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, without waiting for the server."""
        self._stopping.set()
        self._hang_up()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if not self._version:
                    self._list()
                self._watch()
            except SilenceError:
                continue
            except ApiError as error:
                if error.status == 410:
                    self._version = ""
                else:
                    self._failed(error)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self._failed(ApiError(f"watch {self._path}: an answer of another shape ({error!r})"))

    def _list(self) -> None:
        listing = Listing(self._api, self._path, self._query, self._stopping.is_set)
        self._pods.replace(iter(listing))
        self._version = listing.version
        self.synced.set()
        self._fine()

    def _watch(self) -> None:
        with watching(self._api, self._path, self._query, self._version) as stream:
            self._hang_up = stream.close
            for kind, pod in changes(stream, self._path, self._stopping.is_set):
                self._version = str(pod["metadata"]["resourceVersion"])
                if kind != "BOOKMARK":
                    self._pods.change("gone" if kind == "DELETED" else "set", pod)
                self._fine()
        self._stopping.wait(self._first * random.random())  # noqa: S311  a server that hangs up at once is not asked at once

    def _fine(self) -> None:
        self._pause = self._first
        self._told = ""
        self._failures = 0

    def _failed(self, error: ApiError) -> None:
        """Tell what is new, and wait."""
        self._failures += 1
        passing = not error.status and self._failures < _PASSING
        if str(error) != self._told and not passing and not self._stopping.is_set():
            self._told = str(error)
            self._report(Problem("kubernetes", str(error), advice(error), lasting=False))
        self._stopping.wait(self._pause * (0.5 + random.random() / 2))  # noqa: S311  no secret: it spreads the load
        self._pause = min(self._pause * 2, MOST)
