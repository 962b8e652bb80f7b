"""All rules over all events: counts what they see, and says it at growing intervals.

The first sighting of a rule in a service is told, then the 10th, the 100th and so on: what goes on for days is neither
forgotten nor told a million times.
"""

import logging
import threading
from collections.abc import Sequence

from collectors.diagnosis.loggers import Doubled, NullRoot
from collectors.diagnosis.missing import SequenceGap, Suppressed
from collectors.diagnosis.model import MAX_KEYS, Rule, Sighting, View
from collectors.diagnosis.times import BackwardsTime, FutureTime, MissingTime, WrongZone
from collectors.diagnosis.unknown import UnknownFormat
from parsers.model import Event

_log = logging.getLogger("stratoscope.diagnosis")

OTHER = "other"
_SAMPLE = 200
_NAME = 120


def rules() -> tuple[Rule, ...]:
    """A new set of all rules: the one list of them."""
    return (
        NullRoot(),
        Doubled(),
        Suppressed(),
        SequenceGap(),
        FutureTime(),
        BackwardsTime(),
        MissingTime(),
        WrongZone(),
        UnknownFormat(),
    )


class Diagnosis:
    """An observer of events. `findings` and `missing` may be called from another thread."""

    name = "diagnosis"

    def __init__(self, logger: logging.Logger = _log) -> None:
        self._rules = rules()
        self._log = logger
        self._lock = threading.Lock()
        self._findings: dict[tuple[str, str], int] = {}
        self._missing: dict[tuple[str, str], int] = {}

    def observe(self, events: Sequence[Event], now: float) -> None:  # noqa: ARG002  events bear their times
        """Look at events, each once."""
        for event in events:
            view = View(event)
            for rule in self._rules:
                for sighting in rule.see(view):
                    self._saw(rule, sighting)

    def findings(self) -> dict[tuple[str, str], int]:
        """(rule, component) -> how often."""
        with self._lock:
            return dict(self._findings)

    def missing(self) -> dict[tuple[str, str], int]:
        """(rule, component) -> records that are known not to have come."""
        with self._lock:
            return dict(self._missing)

    def _saw(self, rule: Rule, sighting: Sighting) -> None:
        with self._lock:
            key = (rule.name, sighting.component[:_NAME])
            if key not in self._findings and len(self._findings) >= MAX_KEYS:
                key = (rule.name, OTHER)
            count = self._findings[key] = self._findings.get(key, 0) + 1
            if sighting.records:
                self._missing[key] = self._missing.get(key, 0) + sighting.records
        if _is_told(count):
            self._tell(rule, key[1], sighting, count)

    def _tell(self, rule: Rule, component: str, sighting: Sighting, count: int) -> None:
        often = "" if count == 1 else f" ({count:,} times so far)"
        self._log.log(
            logging.WARNING if rule.serious else logging.INFO,
            "%s: %s%s",
            component or "a service without a name",
            sighting.text,
            often,
            extra={
                "stratoscope.diagnosis.rule": rule.name,
                "stratoscope.diagnosis.component": component,
                "stratoscope.diagnosis.count": count,
                "stratoscope.diagnosis.sample": sighting.sample[:_SAMPLE],
            },
        )


def _is_told(count: int) -> bool:
    """Whether `count` is a power of ten."""
    return str(count).strip("0") == "1"
