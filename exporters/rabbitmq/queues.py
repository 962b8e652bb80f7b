"""What is remembered of the queues from fetch to fetch: how their names read, and since when they wait."""

from collections.abc import Mapping, Sequence

from exporters.rabbitmq.detailed import Depth, QueueId, merged
from exporters.rabbitmq.settings import RabbitmqSettings
from exporters.rabbitmq.view import OsloView, Waiting, names_of, view, waiting


class Queues:
    """The queues of a cluster. `labels` are those of the last fetch as the plugin writes them: they need no parsing again.

    Names are read anew only when queues have come or gone, as one queue's meaning depends on the others'.
    """

    def __init__(self, settings: RabbitmqSettings) -> None:
        self.labels: Mapping[bytes, QueueId] = {}
        self._settings = settings
        self._names = names_of(())
        self._waiting: Mapping[QueueId, Waiting] = {}

    def view(self, answers: Sequence[Mapping[bytes, tuple[QueueId, Depth]]], now: float) -> OsloView:
        """The oslo view of what all members have answered."""
        self.labels = {labels: queue for answer in answers for labels, (queue, _) in answer.items()}
        queues = merged(answer.values() for answer in answers)
        if queues.keys() != self._names.keys():
            self._names = names_of(queues)
        self._waiting = waiting(self._waiting, queues, now)
        after = self._settings.thresholds.stuck_after
        stuck = frozenset(queue for queue, waits in self._waiting.items() if now - waits.since >= after)
        return view(queues, self._names, stuck, self._settings.topic_limit, self._settings.host_limit)
