"""An empty store, and the page over it."""

from pathlib import Path

import pytest

from stratoscope.collect.metrics import registry_of
from stratoscope.serving.metrics_page import registry_renderer
from stratoscope.store.writer import Writer
from stratoscope.telemetry.log_metrics import LogMetrics
from stratoscope.web.app import create_app
from tests.stratoscope.web.made import Client


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    Writer(path).close()
    return path


@pytest.fixture
def client(store: Path) -> Client:
    return Client(create_app(store, registry_renderer(registry_of(LogMetrics()))), base_url="http://127.0.0.1:8765")
