"""Waits for all targets side by side: a thread for each, and one loop that keeps the board and knows the time.

The loop waits for nothing but news and the clock. So the deadline holds, and a signal ends it at once, whatever hangs in a
thread.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from clients.model import Deadline
from probes.wait.backoff import Backoff
from probes.wait.board import Board, Outcome
from probes.wait.model import Answer, Asking

_PARTING = 1.0
"""Seconds for threads to hang up when all is over."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long one attempt may take in seconds, and how long to pause between two."""

    timeout: float = 5.0
    backoff: Backoff = field(default_factory=Backoff)


@dataclass(frozen=True, slots=True)
class News:
    """From a thread: of which target; `done`: an attempt has ended. From a signal: `ended` is its name."""

    index: int
    answer: Answer
    done: bool = True
    ended: str = ""


class Waiting:
    """One wait. `end` may be called from anywhere, a signal's handler included."""

    def __init__(self, askings: Sequence[Asking], pace: Pace, chance: Callable[[], float] = random.random) -> None:
        self._askings = askings
        self._pace = pace
        self._chance = chance
        self._news: SimpleQueue[News] = SimpleQueue()
        self._over = threading.Event()

    def end(self, why: str) -> None:
        """Give up at once."""
        self._news.put(News(-1, Answer(there=False, text=""), ended=why))

    def run(self, board: Board, deadline: Deadline, say: Callable[[str], None]) -> tuple[Outcome, str]:
        """Until all are there, time is up or `end`; what it came to, and what ended it."""
        threads = [
            threading.Thread(target=self._ask, args=(index, asking), name=f"wait {index}", daemon=True)
            for index, asking in enumerate(self._askings)
        ]
        for thread in threads:
            thread.start()
        try:
            return self._watch(board, deadline, say)
        finally:
            self._part(threads)

    def _watch(self, board: Board, deadline: Deadline, say: Callable[[str], None]) -> tuple[Outcome, str]:
        while board.missing:
            now = deadline.clock()
            if now >= deadline.at:
                return "deadline", ""
            if (line := board.beat(now)) is not None:
                say(line)
            try:
                news = self._news.get(timeout=max(0.0, min(deadline.at, board.next_beat) - now))
            except Empty:
                continue
            if news.ended:
                return "ended", news.ended
            heard = board.answered if news.done else board.saw
            if (line := heard(news.index, news.answer, deadline.clock())) is not None:
                say(line)
        return "there", ""

    def _part(self, threads: Sequence[threading.Thread]) -> None:
        self._over.set()
        for asking in self._askings:
            asking.interrupt()
        until = time.monotonic() + _PARTING
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    # -- in a thread of each target -----------------------------------------------------------------------------------

    def _ask(self, index: int, asking: Asking) -> None:
        failures = 0
        backoff = self._pace.backoff
        while not self._over.is_set():
            begun = time.monotonic()
            answer = self._attempt(index, asking)
            self._news.put(News(index, answer))
            if answer.there:
                break
            failures = 1 if time.monotonic() - begun > max(self._pace.timeout, backoff.most) else failures + 1  # a watch
            self._over.wait(backoff.pause(failures, self._chance()))
        asking.close()

    def _attempt(self, index: int, asking: Asking) -> Answer:
        def tell(text: str) -> None:
            self._news.put(News(index, Answer(there=False, text=text), done=False))

        try:
            return asking.ask(Deadline.after(self._pace.timeout), tell)
        except Exception as error:  # noqa: BLE001  a fault of ours in one target leaves the others, and is told without its text
            return Answer(there=False, text=f"a fault of stratoscope ({type(error).__name__}); please report it")
