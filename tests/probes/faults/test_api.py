"""Faults of an API under uWSGI."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.probes.faults.rows import Options, Row, Trial, by_fault, section, trial
from tests.servers.uwsgi import Uwsgi

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

WORKERS = 2
PROFILE = "keystone"


@contextmanager
def busy(api: Uwsgi) -> Iterator[None]:
    """Each worker is at a request that ends when something else answers."""
    for _ in range(WORKERS):
        api.start_waiting()
    try:
        yield
    finally:
        api.release()


@contextmanager
def frozen(api: Uwsgi) -> Iterator[None]:
    """Stopped by a signal, its workers as well."""
    api.process.freeze()
    try:
        yield
    finally:
        api.process.thaw()


# The last one: what is released once is not held up any more.
ROWS = {
    "frozen": Row(PROFILE, "uWSGI and its workers stopped by a signal", frozen, "hang", "http", "(SIGSTOP)", live=False),
    "busy in all its workers": Row(PROFILE, "all workers of uWSGI at a request that waits", busy, "silent", "http"),
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial[Uwsgi]]:
    folder = tmp_path_factory.mktemp("uwsgi")
    with Uwsgi(folder, workers=WORKERS) as server:
        server.wait_until_ready()
        where: Options = {
            "http": {"url": f"http://127.0.0.1:{server.port}/healthcheck"},
            "sockets": {"listen_ports": [server.port]},
            "workers": {"address": f"unix:{server.stats}"},
        }
        sections = {PROFILE: section(PROFILE, where, processes=[f"uwsgi.*{folder}/application.py"])}
        with trial(tmp_path_factory.mktemp("sidecar"), server, sections) as made:
            yield made


FAULTS = by_fault(ROWS)


@pytest.mark.parametrize("rows", FAULTS.values(), ids=FAULTS.keys())
def test_an_api_that_is(api: Trial[Uwsgi], rows: list[Row[Uwsgi]]) -> None:
    api.tried(rows)
