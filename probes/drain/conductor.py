"""Conducts a drain: does what the course says, in a thread of its own, so that every asker can wait as long as he likes.

It may be asked for again (the kubelet repeats a preStop whose answer it did not get): the drain under way is joined. It ends by
its deadline, whatever an action does: calls run apart.

The kubelet runs preStop as well when it restarts one container only, as after a failed liveness probe, and nobody tells us
which it was. A service that comes back must not stay drained for ever. So all is taken back when it is asked for (`cancel`),
when a new main process is seen, and when the pod still lives some time after its grace period has run out.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clients.model import Deadline, TargetError
from probes.apart import Apart, OverdueError
from probes.drain.course import Course, Order
from probes.drain.model import Action, Outcome, Phase, Progress, Status
from probes.drain.settings import DrainSettings

_CALL = 10.0
"""Seconds for one call of an action. `SET GLOBAL pxc_maint_mode` alone waits for 10 s by default; it is looked at again."""
_UNDO = 15.0
"""Seconds to undo one action: nobody waits for it with a deadline."""
_LOOK = 2.0
"""Seconds between two looks at whether the service has begun anew."""
_SPARE = 60.0
"""Seconds that a pod may live longer than its grace period: the kubelet was busy, or what we know of it is not exact."""
_TRIES = 3
"""Failures in a row after which an action is given up."""
_log = logging.getLogger("stratoscope.probe.drain")


@dataclass(frozen=True, slots=True)
class Step:
    """An action under the name that the profile has for it."""

    name: str
    action: Action


class Drain:
    """The drains of one service, one at a time. From any thread."""

    def __init__(
        self,
        service: str,
        steps: Sequence[Step],
        settings: DrainSettings,
        *,
        grace: float,
        ready: Callable[[bool], None],
        main: Callable[[], object] = lambda: None,
        spare: float = _SPARE,
    ) -> None:
        """`grace`: the profile's, where the settings have none. `ready`: called with False makes the service not ready.

        `main`: the identity of its main process (pid and start), None where it is not seen; may hang.
        """
        self._service = service
        self._steps = steps
        self._settings = settings
        self._grace = settings.grace or grace
        self._limit = max(1.0, self._grace - settings.margin)
        self._spare = spare
        self._ready = ready
        self._apart = Apart()
        self._turn = threading.Lock()
        """Held by who begins or cancels."""
        self._ending = threading.Condition()
        self._course: Course | None = None
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        """Set by whoever wants it taken back, and by `close`."""
        self._why = ""
        """Why it is to be taken back."""
        self._main = main
        self._blind = False
        """Whether it was told already that the processes cannot be seen."""
        self._begun = self._ended = 0.0
        self._failures = 0
        """Of the call that is made now, in a row."""

    @property
    def active(self) -> bool:
        """Whether the service is being drained, or was: liveness is no question then."""
        course = self._course
        return course is not None and course.outcome not in {Outcome.CANCELLED, Outcome.REFUSED}

    def begin(self) -> Status:
        """Begin, unless one is under way or has ended with nothing left to do."""
        with self._turn:
            if not self.active:
                self._over.clear()
                self._why, self._failures = "", 0
                self._begun = time.monotonic()
                course = Course([step.name for step in self._steps], self._settings.settle, self._begun + self._limit)
                self._course = course
                self._thread = threading.Thread(target=self._run, args=(course,), name=f"drain {self._service}", daemon=True)
                _log.info("%s: drain begun, for %.0f s at most", self._service, self._limit, extra={"probe": self._service})
                self._thread.start()
        return self.status()

    def wait(self, seconds: float | None = None) -> Status:
        """Return when it has ended, or after `seconds` (by default its whole time)."""
        left = self._limit + _CALL if seconds is None else seconds
        with self._ending:
            self._ending.wait_for(lambda: self._course is None or self._course.outcome is not None, left)
        return self.status()

    def cancel(self) -> Status:
        """The pod lives on: stop, undo what was done, the last first, and be ready again. Returns when that is done."""
        with self._turn:
            if self._thread is not None and self.active:
                self._take_back("asked for")
                self._thread.join()
        return self.status()

    def status(self) -> Status:
        """As it stands."""
        course = self._course
        if course is None:
            return Status(self._service, Phase.IDLE)
        outcome = course.outcome
        now = time.monotonic() if outcome is None else self._ended
        left = max(0.0, self._begun + self._limit - now)
        phase = Phase.IDLE if outcome is Outcome.CANCELLED else course.phase
        return Status(self._service, phase, outcome, now - self._begun, left, course.steps)

    def close(self) -> None:
        """Stop, and undo nothing: the sidecar itself is told to end."""
        self._over.set()
        for step in self._steps:
            self._quietly(f"{step.name}: close", step.action.close)

    def _run(self, course: Course) -> None:
        """The thread: as the course says, then until the pod ends, or lives on."""
        drained = self._seen()
        while not self._over.is_set():
            order, index = now_to_do = course.order(time.monotonic())
            if order is Order.END:
                self._end(course, course.outcome or Outcome.DRAINED)
                break
            self._do(course, order, index)
            if course.order(time.monotonic()) == now_to_do:
                self._over.wait(min(self._settings.pause, self._left(self._limit)))
        if course.outcome is Outcome.REFUSED:
            return
        self._stay(drained)
        if self._why:
            self._undo_all(course)

    def _stay(self, drained: object) -> None:
        """Until it is to be taken back, or we are closed. `drained`: the main process as it was at the beginning."""
        while not self._over.wait(min(_LOOK, self._left(self._grace + self._spare))):
            now = self._seen()
            drained = drained or now
            if now is not None and now != drained:
                self._take_back("a new process has begun")
            elif not self._left(self._grace + self._spare):
                self._take_back("the pod lives on after its grace period")

    def _seen(self) -> object:
        """The main process now; None where it is not seen in time."""
        try:
            return self._apart.call("main process", self._main, _LOOK)
        except Exception:  # noqa: BLE001  told, with its traceback; a pod that outlives its grace period is noticed without
            if not self._blind:
                _log.exception("%s: drain: its processes cannot be seen", self._service, extra={"probe": self._service})
            self._blind = True
            return None

    def _undo_all(self, course: Course) -> None:
        _log.info("%s: drain taken back: %s", self._service, self._why, extra={"probe": self._service})
        for index in reversed(course.begun):
            self._undo(self._steps[index])
        self._quietly("ready again", lambda: self._ready(True))
        self._end(course, Outcome.CANCELLED)

    def _take_back(self, why: str) -> None:
        self._why = self._why or why
        self._over.set()

    def _left(self, seconds: float) -> float:
        """Of so many since it was begun."""
        return max(0.0, self._begun + seconds - time.monotonic())

    def _do(self, course: Course, order: Order, index: int) -> None:
        if order is Order.SETTLE:
            return
        if order is Order.UNREADY:
            self._quietly("not ready", lambda: self._ready(False))
            course.note(Progress(done=True, text=""), time.monotonic())
            return
        step = self._steps[index]
        try:
            progress = self._asked(order, step)
        except (OverdueError, TargetError) as error:
            self._failed(course, step, str(error))
        except Exception as error:  # noqa: BLE001  a fault of ours must not keep the pod from ending
            _log.exception("%s: drain: %s failed", self._service, step.name)
            course.fail(f"a fault of stratoscope: {type(error).__name__}; its log has more")
        else:
            self._failures = 0
            course.note(progress, time.monotonic())

    def _asked(self, order: Order, step: Step) -> Progress:
        seconds = max(0.1, min(_CALL, self._left(self._limit)))
        deadline = Deadline.after(seconds)

        def ask() -> Progress:
            match order:
                case Order.PERMIT:
                    return step.action.permitted(deadline)
                case Order.BEGIN:
                    return Progress(done=True, text=step.action.begin(deadline))
                case _:
                    return step.action.look(deadline)

        return self._apart.call(step.name, ask, seconds)

    def _failed(self, course: Course, step: Step, text: str) -> None:
        """Tried again, as a server may be slow just now; then given up, as one that is dead needs no drain."""
        self._failures += 1
        if self._failures >= _TRIES:
            self._failures = 0
            _log.warning("%s: drain: %s given up: %s", self._service, step.name, text, extra={"probe": self._service})
            course.fail(text)

    def _undo(self, step: Step) -> None:
        def undo() -> None:
            done = step.action.undo(Deadline.after(_UNDO))
            _log.info("%s: drain undone: %s: %s", self._service, step.name, done, extra={"probe": self._service})

        self._quietly(f"{step.name}: undo", lambda: self._apart.call(step.name, undo, _UNDO))

    def _quietly(self, what: str, call: Callable[[], None]) -> None:
        """What fails here is told, and stops nothing."""
        try:
            call()
        except Exception:  # noqa: BLE001  told, with its traceback
            _log.exception("%s: drain: %s failed", self._service, what, extra={"probe": self._service})

    def _end(self, course: Course, outcome: Outcome) -> None:
        """The one log event of an end; then all who wait are let go."""
        with self._ending:
            self._ended = time.monotonic()
            course.end(outcome)
            self._ending.notify_all()
        status = self.status()
        told = {"probe": self._service, "drain.outcome": outcome.value, "drain.seconds": round(status.seconds, 3)}
        told |= {"drain.in_flight": status.in_flight}
        level = logging.INFO if outcome in {Outcome.DRAINED, Outcome.CANCELLED} else logging.WARNING
        _log.log(level, "drain of %s", status.text, extra=told)
