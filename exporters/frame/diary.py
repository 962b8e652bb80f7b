"""Tells what happens with a target in our log: once when it changes, not once a scrape."""

import logging
import re
import threading

from clients.model import TargetError, TimedOutError, UnreachableError
from exporters.frame.exposition import Rendering

_log = logging.getLogger("stratoscope.exporters")
_VARIES = re.compile(r"[0-9]+(?:\.[0-9]+)?")
"""Seconds, ports of ours, counts: the same reason with other figures is the same reason."""


class Diary:
    """The log lines of one target. From any thread."""

    def __init__(self, exporter: str, target: str) -> None:
        self._extra = {"exporter": exporter, "target": target}
        self._name = f"{exporter} {target}"
        self._lock = threading.Lock()
        self._told = ""
        self._cut: tuple[bool, bool] = (False, False)

    def failed(self, reason: str, error: Exception | None = None) -> None:
        """A fetch failed with `error`; one of ours is told with its traceback. None: it has not ended in time."""
        slow = error is None or isinstance(error, TimedOutError)  # where time ran out says more of our clock than of the target
        kind = TimedOutError.reason if slow else _VARIES.sub("#", reason)
        fault = None if slow or isinstance(error, TargetError) else error
        with self._lock:
            if kind == self._told:
                return
            self._told = kind
        _log.warning("%s: %s", self._name, reason, extra=self._extra, exc_info=fault)

    def answered(self, rendering: Rendering, reason: str) -> None:
        """A fetch gave an answer, of which this was made. `reason`: why it is none to be glad of, if so."""
        if reason:
            self.failed(reason, UnreachableError(reason))
        with self._lock:
            recovered = bool(self._told) and not reason
            if recovered:
                self._told = ""
            cut = (rendering.over_limit > 0, rendering.duplicates > 0)
            news, self._cut = cut != self._cut and any(cut), cut
        if recovered:
            _log.info("%s: answers again", self._name, extra=self._extra)
        if news:
            _log.warning(
                "%s: %d series are left out beyond max_series, %d as they were given twice",
                self._name,
                rendering.over_limit,
                rendering.duplicates,
                extra=self._extra,
            )
