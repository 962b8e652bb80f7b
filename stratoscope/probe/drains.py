"""The drain of one service, as the loop and the endpoint see it; its conductor is imported when somebody asks for it."""

import threading
from typing import TYPE_CHECKING, Any

from probes.model import Context
from stratoscope.probe.plan import Plan
from stratoscope.probe.snapshot import Drained

if TYPE_CHECKING:
    from probes.drain.conductor import Drain
    from probes.drain.model import Status


class Drains:
    """One service's. From any thread."""

    def __init__(self, plan: Plan, context: Context) -> None:
        self._plan = plan
        self._context = context
        self._lock = threading.Lock()
        self._drain: Drain | None = None
        self._ready = True

    @property
    def active(self) -> bool:
        """Whether it is being drained, or was: liveness is no question then."""
        return self._drain is not None and self._drain.active

    @property
    def unready(self) -> bool:
        """Whether it must get no more work."""
        return not self._ready

    def begin(self) -> "Drain":
        """The drain that is under way from now on. Raises what an action cannot be made of."""
        with self._lock:
            if self._drain is None:
                self._drain = _made(self._plan, self._context, self._set_ready)
        self._drain.begin()
        return self._drain

    def shown(self) -> Drained | None:
        """How it goes; None where nobody has asked for it, or it was undone."""
        if not self.active or self._drain is None:
            return None
        return shown(self._drain.status())

    def cancel(self) -> None:
        """Take it back. Waits for what is under way: not for the loop, nor for the endpoint."""
        if self._drain is not None:
            self._drain.cancel()

    def close(self) -> None:
        """Stop, and undo nothing."""
        if self._drain is not None:
            self._drain.close()

    def _set_ready(self, ready: bool) -> None:
        self._ready = ready


def shown(status: "Status") -> Drained:
    """A status, as the snapshot has it."""
    return Drained(status.outcome is not None, status.seconds, status.text, status.in_flight)


def _made(plan: Plan, context: Context, set_ready: Any) -> "Drain":
    from probes.drain.conductor import Drain  # noqa: PLC0415  needed once in a life
    from probes.drain.making import steps  # noqa: PLC0415  as above

    settings = plan.settings.drain
    made = steps(plan.profile, settings, context, plan.settings.log_files)
    return Drain(plan.name, made, settings, grace=plan.profile.grace_seconds, ready=set_ready, main=lambda: _main(context))


def _main(context: Context) -> tuple[int, int] | None:
    """What tells the service's main process from one that comes after it."""
    process = next(iter(context.processes()), None)
    return None if process is None else (process.pid, process.started)
