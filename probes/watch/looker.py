"""One check, run at its period in a thread of its own.

A look that does not come back costs nothing but itself: nobody waits for it, UNKNOWN is told in its place (a hung look of
ours is no evidence against the service), no second one begins beside it, and a thread that is stuck for long is given up and
replaced. Threads are daemons: none can hold up the end of the process.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from clients.model import Deadline
from probes.model import Check, Evidence, Finding
from probes.watch.model import Look, Shown, Task

SLACK = 1.0
"""Seconds after its time-out until a look is overdue: on a busy machine a thread needs some to come back."""
GIVE_UP = 60.0
"""Seconds after its time-out until the thread of a look is given up."""
MAX_STUCK = 2
"""Threads of one check that may be stuck at a time; then it stays overdue until one comes back."""
MAX_EVIDENCE = 500
"""Things that one look may have seen; a network node has as many children that do the work."""
_FIRST = 1.0
"""Seconds within which the first look begins: somebody waits for it."""
_JITTER = 0.05
"""Share of the period by which looks drift, so that those of many sidecars do not stay together."""
_log = logging.getLogger("stratoscope.probe")

Clock = Callable[[], float]
Draw = Callable[[float, float], float]


class Looker:
    """Runs a task. All methods but the thread's own are for one caller, who comes again and again (see Watch)."""

    def __init__(self, task: Task, clock: Clock = time.monotonic, draw: Draw = random.uniform) -> None:
        self.task = task
        self._clock = clock
        self._draw = draw
        self._looks: deque[Look] = deque(maxlen=16)  # far more than come between two ticks
        self._turn: _Turn | None = None
        self._stuck: list[_Turn] = []
        self._told = 0.0
        self._shown = Shown(task.use)

    def start(self) -> None:
        """Begin to look."""
        self._turn = _Turn(self.task, self._looks, self._clock, self._draw)
        self._turn.thread.start()

    def taken(self, now: float, void_until: float = float("-inf")) -> list[Look]:
        """All looks since the last call, and UNKNOWN for one that is overdue. Never waits.

        Until `void_until` we ourselves stood still: that time is not held against the look under way.
        """
        looks = []
        while self._looks:
            looks.append(self._looks.popleft())
        for look in looks:
            self._note(look)
        overdue = self._overdue(now, void_until)
        if overdue and now >= self._told + self.task.use.period:
            self._told = now
            looks.append(self._hung_look(now, overdue))
        if overdue > GIVE_UP:
            self._give_up()
        self._stuck = [turn for turn in self._stuck if turn.thread.is_alive()]
        self._shown = replace(self._shown, overdue=overdue, stuck=len(self._stuck))
        return looks

    def shown(self) -> Shown:
        """How it fares, as of the last `taken`."""
        return self._shown

    def check(self) -> Check | None:
        """The check that is in use now, if it could be made."""
        return None if self._turn is None else self._turn.check

    def stop(self) -> None:
        """Begin no more looks, and let the check go once the one under way has ended."""
        if self._turn is not None:
            self._turn.over.set()

    def wait(self, deadline: Deadline) -> bool:
        """Whether it has ended before the deadline."""
        if self._turn is None:
            return True
        self._turn.thread.join(max(0.0, deadline.at - deadline.clock()))
        return not self._turn.thread.is_alive()

    def _note(self, look: Look) -> None:
        shown = self._shown
        self._shown = replace(
            shown,
            evidence=look.evidence,
            begun=look.begun,
            seconds=look.seconds,
            looks=shown.looks + 1,
            faults=shown.faults + (look.fault is not None),
        )

    def _overdue(self, now: float, void_until: float) -> float:
        """Seconds that the look under way is past its time-out; 0 when it is not."""
        begun = None if self._turn is None else self._turn.begun
        late = 0.0 if begun is None else now - max(begun, void_until) - self.task.use.timeout
        return late if late > SLACK else 0.0

    def _hung_look(self, now: float, overdue: float) -> Look:
        text = f"our own look hangs, {overdue:.0f} s past its time-out of {self.task.use.timeout:g} s; it counts for nothing"
        evidence = Evidence(self.task.use.name, Finding.UNKNOWN, now, text)
        self._shown = replace(self._shown, evidence=(evidence,))
        return Look(now, 0.0, (evidence,))

    def _give_up(self) -> None:
        """Leave the thread alone, and look with a new one; unless too many are stuck already."""
        if self._turn is None or len(self._stuck) >= MAX_STUCK:
            return
        _log.warning(
            "%s: a look is stuck for %g s past its time-out; it is left alone and a new one begins",
            self.task.use.name,
            GIVE_UP,
            extra={"check": self.task.use.name},
        )
        self._turn.given_up = True
        self._turn.over.set()
        self._stuck.append(self._turn)
        self.start()


class _Turn:
    """A thread and its check."""

    def __init__(self, task: Task, looks: deque[Look], clock: Clock, draw: Draw) -> None:
        self.over = threading.Event()
        self.given_up = False
        self.begun: float | None = None
        self.check: Check | None = None
        self.thread = threading.Thread(target=self._run, name=task.use.name, daemon=True)
        self._task, self._looks, self._clock, self._draw = task, looks, clock, draw

    def _run(self) -> None:
        period = self._task.use.period
        pause = self._draw(0.0, min(_FIRST, period))
        due = self._clock() + pause + self._draw(0.0, period)  # from the second look on, at a phase of its own
        while not self.over.wait(pause):
            self.begun = self._clock()
            look = self._look(self.begun)
            self.begun = None
            if not self.given_up:
                self._looks.append(look)
            now = self._clock()
            while due <= now:
                due += period * (1 + self._draw(-_JITTER, _JITTER))
            pause = due - now
        self._let_go()

    def _look(self, begun: float) -> Look:
        seen: list[Evidence] = []
        fault = None
        try:
            if self.check is None:
                self.check = self._task.make()
            found = self.check.look(Deadline.after(self._task.use.timeout, self._clock))
            seen += (self._signed(one, begun) for one in islice(found, MAX_EVIDENCE))
        except Exception as error:  # noqa: BLE001  whatever it is, it is a fault of ours, and the others go on
            fault = error
            seen.append(self._fault(error, begun))
            self._let_go()
        return Look(begun, self._clock() - begun, tuple(seen), fault)

    def _signed(self, evidence: Evidence, begun: float) -> Evidence:
        """With the name that it has in the profile and the beginning of the look, which are the runner's to know.

        What a look brings besides has a name that ends in `_control`, and keeps that.
        """
        added = "_control" if evidence.check.endswith("_control") else ""
        return replace(evidence, check=self._task.use.name + added, at=begun)

    def _fault(self, error: Exception, begun: float) -> Evidence:
        what = str(error) or type(error).__name__
        return Evidence(self._task.use.name, Finding.UNKNOWN, begun, f"could not look: {_first_line(what)}")

    def _let_go(self) -> None:
        check, self.check = self.check, None
        if check is not None:
            with suppress(Exception):
                check.close()


def _first_line(text: str) -> str:
    return next(iter(text.splitlines()), "")[:300]


def wait_all(lookers: Iterable[Looker], deadline: Deadline) -> list[str]:
    """Stop all of them at once; the names of those that had not ended by the deadline."""
    stopped = list(lookers)
    for looker in stopped:
        looker.stop()
    return [looker.task.use.name for looker in stopped if not looker.wait(deadline)]
