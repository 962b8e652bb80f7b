"""Writes black boxes: which one is due, the steps one after the other, each bounded, and what became of it.

Evidence goes to disk as soon as it is had, so that a sidecar that is killed in the midst leaves what it had until then.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from clients.model import Deadline
from parsers.masking import mask
from probes.apart import Apart, OverdueError
from probes.blackbox.lines import head, line, masked, summary, tail, text
from probes.blackbox.model import Entry, Occasion, Written
from probes.blackbox.ring import OpenBox, Ring
from probes.blackbox.settings import BlackBoxSettings
from probes.blackbox.signature import Dump, Tally, signature_of
from probes.blackbox.stacks import dump_of, printed
from probes.blackbox.steps import STEPS, Step

_SLACK = 1.0
"""Seconds for closing a box after its deadline."""
_GRACE = 0.5
"""Seconds after its deadline in which a step may still say that it has met it."""
_log = logging.getLogger("stratoscope.probe.blackbox")


@dataclass(slots=True)
class Counts:
    """Of one service, for its metrics."""

    written: int = 0
    failed: int = 0
    """Those that are not whole, too."""
    signatures: Tally = field(default_factory=Tally)


class BlackBox:
    """All boxes of a sidecar. From any thread; two services may be written at the same time, one service once at a time."""

    def __init__(
        self,
        settings: BlackBoxSettings,
        *,
        steps: Sequence[Step] = STEPS,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._steps = steps
        self._clock = clock
        self._now = now
        self._ring = Ring(settings.folder, settings.limit)
        self._apart = Apart(clock)
        self._lock = threading.Lock()
        self._last: dict[str, tuple[float, float]] = {}
        self._counts: dict[str, Counts] = {}

    def due(self, service: str, since: float) -> bool:
        """Whether a suspicion that began at `since` (monotonic seconds) gets a box: none yet, and the last one not just now."""
        with self._lock:
            return self._due(service, since)

    def counts(self, service: str) -> Counts:
        """What was written so far."""
        with self._lock:
            return self._counts.setdefault(service, Counts())

    def write(self, occasion: Occasion, deadline: Deadline) -> Written:
        """Write a box, log it, count it. Never raises, and ends with the deadline whatever hangs."""
        with self._lock:
            if not self._due(occasion.service, occasion.since):
                return Written(
                    occasion.service, "skipped", reason="this suspicion has its box, or the last one was just written"
                )
            self._last[occasion.service] = (occasion.since, self._clock())
        begun = self._clock()
        left = max(0.0, deadline.at - begun) + _SLACK
        try:
            written = self._apart.call(f"black box of {occasion.service}", lambda: self._written(occasion, deadline), left)
        except OverdueError as error:
            written = Written(occasion.service, "failed", seconds=self._clock() - begun, reason=f"{error}; does the disk hang?")
        except Exception as error:  # noqa: BLE001  a fault of ours must not reach the loop that asks for a box
            _log.exception("black box of %s failed", occasion.service)
            written = Written(occasion.service, "failed", seconds=self._clock() - begun, reason=type(error).__name__)
        self._tell(occasion, written)
        return written

    def _due(self, service: str, since: float) -> bool:
        last = self._last.get(service)
        return last is None or (last[0] != since and self._clock() - last[1] >= self._settings.distance)

    def _written(self, occasion: Occasion, deadline: Deadline) -> Written:
        """Where no box can be made, its main finding still goes into the event: where the service hangs."""
        try:
            box = self._ring.open(occasion.service, self._now())
        except OSError as error:
            reason = f"{error.filename or self._settings.folder}: {_said(error)}"
            lost, dumps = self._gathered(None, self._steps[:1], occasion, deadline)
            return self._summed(occasion, dumps, Written(occasion.service, "failed", lost=tuple(lost), reason=reason))
        begun = self._clock()
        try:
            lost, dumps = self._gathered(box, self._steps, occasion, deadline)
            written = self._summed(occasion, dumps, Written(occasion.service, "whole", seconds=self._clock() - begun))
            _append(box, tail(written.signature, written.seconds, lost), "tail", lost)
            return _finished(box, replace(written, bytes=box.bytes, lost=tuple(lost)))
        finally:
            box.close()

    def _gathered(
        self, box: OpenBox | None, steps: Sequence[Step], occasion: Occasion, deadline: Deadline
    ) -> tuple[list[str], list[Dump]]:
        """What was lost; and the main threads, which is all that is kept of the entries here."""
        lost: list[str] = []
        dumps: list[Dump] = []
        _append(box, head(occasion, self._now()), "head", lost)
        for entry in self._entries(steps, occasion, deadline):
            if entry.lost:
                lost.append(f"{entry.step}: {entry.lost}")
            if dump := dump_of(entry):
                dumps.append(dump)
            _append(box, (line(entry, self._now()), text(entry)), f"{entry.step} {entry.about}", lost)
        return lost, dumps

    def _summed(self, occasion: Occasion, dumps: Sequence[Dump], written: Written) -> Written:
        signature = signature_of(dumps, (process.pid for process in occasion.suspects()))
        return replace(written, signature=signature, stack=printed(dumps, signature))

    def _entries(self, steps: Sequence[Step], occasion: Occasion, deadline: Deadline) -> Iterator[Entry]:
        """What the steps give. One that fails or hangs costs what it has not given yet."""
        for step in steps:
            within = deadline.within(step.seconds)
            if within.at <= self._clock():
                yield Entry(step.name, "", lost="no time was left")
                continue
            name = f"{occasion.service}: {step.name}"
            produce = _bound(step, occasion, self._settings, within)
            try:
                yield from self._apart.stream(name, produce, within.at - self._clock() + _GRACE)
            except OverdueError as error:
                yield Entry(step.name, "", lost=str(error))
            except Exception as error:  # noqa: BLE001  a fault of ours must not cost the other steps
                _log.exception("black box of %s: %s failed", occasion.service, step.name)
                yield Entry(step.name, "", lost=f"a fault of stratoscope: {type(error).__name__}; its log has more")

    def _tell(self, occasion: Occasion, written: Written) -> None:
        """The one log event, and the figures."""
        with self._lock:
            counts = self._counts.setdefault(occasion.service, Counts())
            counts.written += written.path is not None
            counts.failed += written.status != "whole"
            if written.signature is not None:
                counts.signatures.count(written.signature.name)
        if written.path is None:
            _log.error("%s: no black box: %s", occasion.service, mask(written.reason), extra=attributes(occasion, written))
        else:
            where = summary(written.signature)
            _log.warning("%s: black box written: %s", occasion.service, where, extra=attributes(occasion, written))


def attributes(occasion: Occasion, written: Written) -> dict[str, object]:
    """Of the log event: who, why, where it hangs, where the box is, what is not in it."""
    told: dict[str, object] = {
        "probe": occasion.service,
        "probe.profile": occasion.profile.name,
        "black_box.why": occasion.why,
        "black_box.status": written.status,
        "black_box.path": str(written.path or ""),
        "black_box.bytes": written.bytes,
        "black_box.seconds": round(written.seconds, 3),
        "black_box.lost": list(written.lost),
    }
    if written.signature is not None:
        told |= {
            "hang.signature": written.signature.name,
            "hang.still": written.signature.still,
            "hang.pid": written.signature.pid,
        }
    if written.stack:
        told["code.stacktrace"] = written.stack
    kept: dict[str, object] = masked({key: value for key, value in told.items() if value not in ("", [])})
    return kept


def _bound(step: Step, occasion: Occasion, settings: BlackBoxSettings, deadline: Deadline) -> Callable[[], Iterable[Entry]]:
    return lambda: step.gather(occasion, settings, deadline)


def _append(box: OpenBox | None, lines: tuple[bytes, bytes], what: str, lost: list[str]) -> None:
    """Add to a box, if there is one. What finds no room is lost, and noted."""
    if box is None:
        return
    try:
        box.append(*lines)
    except OSError as error:
        lost.append(f"{what}: {_said(error)}")


def _finished(box: OpenBox, written: Written) -> Written:
    try:
        return replace(written, status="partial" if written.lost else "whole", path=box.finish())
    except OSError as error:
        return replace(written, status="failed", reason=f"{box.path}: {_said(error)}")


def _said(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
