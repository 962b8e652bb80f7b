"""`stratoscope run -c FILE` as a process: exporters and probes on its page and its /metrics, new settings, and its end."""

import json
import re
import signal
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import bad
from tests.servers.process import Process, wait_until
from tests.stratoscope.probe.told import tell
from tests.stratoscope.run.made import text

pytestmark = pytest.mark.servers


class Run:
    """A `run` with a settings file, and what it says."""

    def __init__(self, folder: Path, written: str, log: str = "") -> None:
        self.config = folder / "run.yaml"
        self.config.write_text(f"listen: 127.0.0.1:0\n{written}")
        self.out = folder / "out.txt"
        module = "tests.stratoscope.run.made"
        self.process = Process([sys.executable, "-m", module, log, self.config, folder / "events.db"], self.out)
        self.process.wait_until(lambda: "Ctrl-C ends" in self.out.read_text(), "it follows")
        self.url = re.findall(r"page +(\S+)", self.out.read_text())[0]

    def get(self, path: str, **headers: str) -> str:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=60) as answer:
            return str(answer.read().decode())

    def reload(self, written: str) -> None:
        beside = self.config.with_suffix(".new")
        beside.write_text(f"listen: 127.0.0.1:0\n{written}")
        beside.rename(self.config)
        self.process._popen.send_signal(signal.SIGHUP)

    def wait_for(self, path: str, shows: str, *, gone: bool = False) -> str:
        wait_until(lambda: (shows in self.get(path)) is not gone, f"{path} shows {shows}: {self.get(path)}")
        return self.get(path)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(written: str, log: str = "") -> Run:
        runs.append(Run(tmp_path, written, log))
        return runs[-1]

    yield begin
    for run in runs:
        run.process.kill()


def test_exporters_and_probes_are_on_the_page_and_in_the_metrics(tmp_path: Path, start: Callable[..., Run]) -> None:
    log = tmp_path / "nova.log"
    log.write_text("2026-11-23T03:00:00Z one\n2026-11-23T03:00:01Z two\n")
    with bad.listening(bad.cut(b"42\n")) as port:
        run = start(text(tmp_path, port, mode="enforce"), str(log))
        run.wait_for("/health", '<span class="state good">healthy</span>')
        tell(tmp_path / "ask", "silent")
        tell(tmp_path / "still", "stuck")
        page = run.wait_for("/health", '<span class="state bad">hung</span>')
        run.wait_for("/health", '<span class="state good">reachable</span>')
        assert 'href="/?q=service%3Anova"' in page
        metrics = run.wait_for(
            "/metrics", 'stratoscope_probe_verdict{probe="nova",profile="demo",stratoscope_probe_verdict="hung"} 1'
        )
        for one in (
            'lines_value{target="a"} 42.0',
            'stratoscope_exporter_up{exporter="lines",target="a"} 1.0',
            'stratoscope_store_events_total{sink="store"} 1.0',
            'openstack_log_events_total{component="nova-compute",severity="info"} 1.0',
            "stratoscope_config_last_reload_successful 1.0",
        ):
            assert one in metrics.splitlines()
        for accept in ("text/plain", "application/openmetrics-text; version=1.0.0"):
            families = Counter(re.findall(r"^# TYPE (\S+)", run.get("/metrics", accept=accept), re.MULTILINE))
            assert set(families.values()) == {1}
        assert run.get("/metrics?name[]=lines_value").count("# TYPE") == 1
        run.process._popen.send_signal(signal.SIGTERM)
        assert run.process._popen.wait(60) == 0
    assert json.loads(run.out.read_text().splitlines()[-1])["body"] == "stopped"


def test_new_settings_are_taken_and_wrong_ones_change_nothing(tmp_path: Path, start: Callable[..., Run]) -> None:
    with bad.listening(bad.cut(b"42\n")) as port:
        run = start(text(tmp_path, port))
        assert "No PATH was named, so no logs are read." in run.out.read_text()
        run.wait_for("/health", '<span class="state good">healthy</span>')
        run.wait_for("/metrics", 'lines_value{target="a"} 42.0')
        run.reload("exporters: {lines: [{name: a}]}\n")
        run.wait_for("/metrics", "stratoscope_config_last_reload_successful 0.0")
        assert 'lines_value{target="a"} 42.0' in run.get("/metrics")
        run.reload(f"exporters: {{lines: [{{name: b, address: '127.0.0.1:{port}'}}]}}\n")
        run.wait_for("/metrics", 'lines_value{target="b"} 42.0')
        metrics = run.wait_for("/metrics", "stratoscope_probe_ready{", gone=True)
        assert 'lines_value{target="a"}' not in metrics
        assert "stratoscope_config_last_reload_successful 1.0" in metrics
        assert "healthy</span>" not in run.get("/health")
        run.reload(text(tmp_path, port))
        run.wait_for("/health", '<span class="state good">healthy</span>')
    assert "run.yaml:2: exporters.lines[0]: the key address is missing; add it" in run.out.read_text()
