"""Rules about the service's own logging configuration: what it throws away, and what it writes twice."""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.diagnosis.model import Remembered, Sighting, View
from parsers.projects import project_of

_ENOUGH = 1_000
"""Records of a service's own loggers without one of a library. The quietest service of a real cloud (placement-api) had its
first record of a library after 137."""
_PLENTY = 10_000
"""The same, where nothing went wrong meanwhile that a library would have told of."""
_TOLD_BY_LIBRARIES = frozenset({"rabbitmq", "galera", "keystone", "memcached"})
"""Dependencies whose failures libraries (oslo.messaging, oslo.db, keystonemiddleware) tell of before the service notices."""
_WARNING = 13

_OVERLAY = (
    "in openstack-helm set conf.logging.logger_root to {level: WARNING, handlers: [stdout]}, and propagate: 0 in the logger of"
    " the service itself"
)


@dataclass(slots=True)
class _Loggers:
    own: int = 0
    blamed: str = ""
    settled: bool = False


class NullRoot:
    """The root logger goes to a null handler: what libraries log (oslo.messaging, keystonemiddleware, amqp) is nowhere."""

    name = "null_root_logger"
    serious = True

    def __init__(self) -> None:
        self._seen: Remembered[str, _Loggers] = Remembered()

    def see(self, view: View) -> Iterator[Sighting]:
        """See Rule."""
        logger = view.oslo_logger()
        if logger is None:
            return
        key = view.stream  # not the service: what a library logs need not tell it
        loggers = self._seen.get(key)
        if loggers is None:
            loggers = self._seen[key] = _Loggers()
        if loggers.settled:
            return
        if project_of(logger) is None:
            loggers.settled = True
            return
        loggers.own += 1
        self._blame(loggers, view)
        if loggers.own >= (_ENOUGH if loggers.blamed else _PLENTY):
            loggers.settled = True
            yield Sighting(view.component, _null_text(loggers), view.body)

    def _blame(self, loggers: _Loggers, view: View) -> None:
        if view.level >= _WARNING and view.dependency in _TOLD_BY_LIBRARIES:
            loggers.blamed = view.dependency


def _null_text(loggers: _Loggers) -> str:
    proof = f", though it had trouble with {loggers.blamed}, of which libraries tell first" if loggers.blamed else ""
    return (
        f"{loggers.own:,} records of the service's own loggers and none of a library{proof}: its root logger probably goes to a"
        f" null handler, and failures of message queue, database and tokens are not in the log; {_OVERLAY}"
    )


_LOOK = 40
"""Records of its own loggers that are looked at before a service is said to write each of them twice."""
_MOST = 0.4
"""Part of the records that equal the one before. Where each stands twice it is a half; else next to none."""


@dataclass(slots=True)
class _Pairs:
    records: int = 0
    equal: int = 0
    last: tuple[object, ...] = ()


class Doubled:
    """Each record stands twice: root logger and the service's own both write to the same place (no `propagate = 0`)."""

    name = "records_doubled"
    serious = False

    def __init__(self) -> None:
        self._seen: Remembered[tuple[str, str], _Pairs] = Remembered()

    def see(self, view: View) -> Iterator[Sighting]:
        """See Rule."""
        logger = view.oslo_logger()
        if logger is None or project_of(logger) is None or view.logged is None:
            return
        key = (view.stream, view.component)
        pairs = self._seen.get(key)
        if pairs is None:
            pairs = self._seen[key] = _Pairs()
        record = (view.event["timestamp"], view.attributes.get("process.pid"), logger, view.body)
        pairs.records += 1
        pairs.equal += record == pairs.last
        pairs.last = record
        if pairs.records < _LOOK:
            return
        doubled = pairs.equal >= _MOST * pairs.records
        shown, pairs.records, pairs.equal = pairs.equal, 0, 0
        if doubled:
            text = (
                f"{shown} of {_LOOK} records equal the one before, to the millisecond: the logger of the service and the root"
                " logger both write them; set propagate: 0 in the logger of the service itself"
            )
            yield Sighting(view.component, text, view.body)
