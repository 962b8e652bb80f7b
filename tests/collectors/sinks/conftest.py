"""What several test modules share."""

from collections.abc import Callable, Iterator

import pytest

from collectors.model import Sink
from collectors.sinks.make import sink_of
from collectors.sinks.settings import SinkSettings

Opener = Callable[[SinkSettings], Sink]


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Makes sinks, and closes them after the test."""
    sinks: list[Sink] = []

    def make(settings: SinkSettings) -> Sink:
        sinks.append(sink_of("far", settings))
        return sinks[-1]

    yield make
    for sink in sinks:
        sink.close()
