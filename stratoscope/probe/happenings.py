"""What happens in the sidecar: each has one function, which counts it and writes the log line where a person should know.

Labels are names from the settings and fixed words, or bounded here.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from probes.model import State, Verdict

QUIET = 60.0
"""Seconds between two log lines about the same thing; what came in between is told with the next one."""
_WORSE = frozenset({State.HUNG, State.UNROUTABLE, State.DEPENDENCY_DOWN, State.SATURATED, State.DEGRADED})


@dataclass(slots=True)
class Counts:
    """All counters, by their labels; the first is the service."""

    changes: Counter[str] = field(default_factory=Counter)
    would_be_kills: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    worker_kills: Counter[str] = field(default_factory=Counter)
    withheld: Counter[tuple[str, str]] = field(default_factory=Counter)
    false_alarms: Counter[str] = field(default_factory=Counter)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)


class Happenings:
    """Counts and tells. From any thread."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self.lock = threading.Lock()
        self.counts = Counts()
        self._log = log
        self._clock = clock
        self._told: dict[tuple[str, ...], tuple[float, int]] = {}

    def begin(self, service: str) -> None:
        """It is watched: its counters begin at 0, so that the first increase is seen as one."""
        counts = self.counts
        with self.lock:
            for counter in (
                counts.changes,
                counts.would_be_kills,
                counts.kills,
                counts.worker_kills,
                counts.false_alarms,
            ):
                counter.setdefault(service, 0)

    # -- verdicts and what follows from them ------------------------------------------------------------------------------

    def verdict_changed(self, before: Verdict, now: Verdict) -> None:
        """A service's state is another one."""
        self._count(self.counts.changes, now.service)
        level = logging.WARNING if now.state in _WORSE else logging.INFO
        lasted = round(now.at - before.since, 1)
        about = {"before": before.state.value, "lasted_seconds": lasted, "proofs": [proof.value for proof in now.proofs]}
        self._log.log(level, "%s: %s", now.service, now.reason, extra=_extra(now, about))

    def would_kill(self, verdict: Verdict, reason: str) -> None:
        """Liveness would fail now, if it were enforced."""
        self._count(self.counts.would_be_kills, verdict.service)
        text = "%s would be killed now, and is not, as its mode is observe: %s"
        self._log.warning(text, verdict.service, reason, extra=_extra(verdict))

    def kill(self, verdict: Verdict, reason: str) -> None:
        """Liveness begins to fail: the kubelet will kill the container."""
        self._count(self.counts.kills, verdict.service)
        self._log.error("%s fails its liveness probe from now on: %s", verdict.service, reason, extra=_extra(verdict))

    def withheld(self, verdict: Verdict, why: str, reason: str) -> None:
        """It is hung, and yet liveness does not fail. `why`: budget, breaker, stale or draining."""
        self._count(self.counts.withheld, (verdict.service, why))
        self._log.warning(
            "%s is not killed (%s): %s", verdict.service, why, reason, extra=_extra(verdict, {"withheld_by": why})
        )

    def false_alarm(self, verdict: Verdict) -> None:
        """It answered soon after it was called hung."""
        self._count(self.counts.false_alarms, verdict.service)
        text = "%s answers again, soon after it was called hung: a false alarm; raise hang_after of its profile"
        self._log.warning(text, verdict.service, extra=_extra(verdict))

    def worker_killed(self, verdict: Verdict, pid: int, reason: str) -> None:
        """A hung worker was sent SIGKILL; its parent starts another one."""
        self._count(self.counts.worker_kills, verdict.service)
        text = "worker %d of %s is hung and was killed: %s"
        self._log.error(text, pid, verdict.service, reason, extra=_extra(verdict, {"worker.pid": pid}))

    def worker_spared(self, verdict: Verdict, worker: str, reason: str) -> None:
        """A hung worker could not be killed, or has ended."""
        text = f"worker {worker} of {verdict.service} is hung and was not killed: {reason}"
        self._tell(logging.WARNING, text, ("spared", verdict.service), _extra(verdict, {"worker": worker}))

    # -- checks, settings, requests ------------------------------------------------------------------------------

    def check_failed(self, service: str, check: str, error: Exception) -> None:
        """A check raised: a fault of ours, or of what was set up."""
        what = f"{type(error).__name__}: {error}"
        text = f"check {check} of {service} could not look: {what}; it counts for nothing"
        self._tell(logging.ERROR, text, ("check", service, check), {"probe": service, "check": check}, error)

    def doubted(self, service: str, rule: str, text: str) -> None:
        """Something in the service's settings will make its probe or its end go wrong."""
        self._log.warning("%s: %s (%s)", service, text, rule, extra={"probe": service, "lint.rule": rule})

    def not_found(self, service: str, why: str) -> None:
        """The profile of a service was not found so far."""
        self._tell(logging.WARNING, f"{service}: {why}", ("found", service), {"probe": service})

    def found(self, service: str, profile: str) -> None:
        """The profile was found from the processes."""
        self._log.info("%s is looked at as %s", service, profile, extra={"probe": service, "profile": profile})

    def state_unusable(self, why: str) -> None:
        """The folder of the state cannot be read or written."""
        self._tell(logging.ERROR, why, ("state",), {})

    def asked(self, path: str, code: int) -> None:
        """A request was answered. `path` is one of ours, without the service."""
        with self.lock:
            self.counts.requests[path, str(code)] += 1

    def asked_for_unknown(self, path: str) -> None:
        """Somebody asks for a service that there is not: most likely a typing error in a pod's manifest."""
        text = f"asked for {path}, and there is no such service in the settings; is it the name in the pod's probe?"
        self._tell(logging.WARNING, text, ("unknown",), {"url.path": path})

    def _count(self, counter: Counter[Any], labels: Any) -> None:
        with self.lock:
            counter[labels] += 1

    def _tell(
        self, level: int, text: str, about: tuple[str, ...], extra: Mapping[str, Any], error: Exception | None = None
    ) -> None:
        """A log line, unless one about the same was written just now."""
        now = self._clock()
        with self.lock:
            last, left_out = self._told.get(about, (-QUIET, 0))
            silent = now < last + QUIET
            self._told[about] = (last, left_out + 1) if silent else (now, 0)
        if not silent:
            more = f" ({left_out} more like this since the last one)" if left_out else ""
            self._log.log(level, "%s%s", text, more, extra=extra, exc_info=error)


def _extra(verdict: Verdict, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"probe": verdict.service, "verdict": verdict.state.value, "reason": verdict.reason, **(more or {})}
