"""`stratoscope export` as a process: signals, and a real Prometheus that scrapes it over TLS with a password."""

import json
import os
import signal
import sys
import urllib.parse
from pathlib import Path

import pytest
import trustme

from tests.servers import bad
from tests.servers.process import Process, free_port, wait_until
from tests.stratoscope.export.made import written
from tests.stratoscope.export.test_export import NUMBER, targets
from tests.stratoscope.serving.made import HASH, PASSWORD, get, trusting, write_certificate

COMMAND = (sys.executable, "-m", "tests.stratoscope.export.made")
ROOT = Path(__file__).parents[3]


def answers(url: str) -> bool:
    try:
        return get(url)[0] == 200
    except OSError:
        return False


def test_it_reads_new_settings_on_sighup_and_ends_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/metrics"
    with bad.listening(NUMBER) as good, bad.listening(bad.silent) as frozen:
        path = written(tmp_path, targets(a=good))
        command = [*COMMAND, "-c", str(path), "--listen", f"127.0.0.1:{port}"]
        with Process(command, tmp_path / "log", folder=ROOT) as process:
            process.wait_until(lambda: answers(url), "it answers")
            written(tmp_path, targets(a=good, b=good, frozen=frozen))
            os.kill(process.pid, signal.SIGHUP)
            process.wait_until(lambda: 'target="b"' in get(url, X_Prometheus_Scrape_Timeout_Seconds="1")[1], "new settings")
            written(tmp_path, "exporters: {}\n")
            os.kill(process.pid, signal.SIGHUP)
            wrong = "stratoscope_config_last_reload_successful 0.0"
            process.wait_until(lambda: wrong in get(url, X_Prometheus_Scrape_Timeout_Seconds="1")[1], "refused settings")
            assert process.stop() == 0  # though the fetch from the frozen one may still be under way
        bodies = [json.loads(line)["body"] for line in (tmp_path / "log").read_text().splitlines()]
    assert bodies[0] == "started"
    assert bodies[-1] == "ended"
    assert sum("lines frozen" in body for body in bodies) == 1


def test_a_port_in_use_ends_it_with_what_to_do(tmp_path: Path) -> None:
    with bad.listening(bad.silent) as taken:
        command = [*COMMAND, "-c", str(written(tmp_path, targets(a=1))), "--listen", f"127.0.0.1:{taken}"]
        with Process(command, tmp_path / "log", folder=ROOT) as process:
            wait_until(lambda: not process.running(), "its end")
            assert "choose another with --listen" in process.tail()


@pytest.mark.servers
def test_a_real_prometheus_scrapes_it_over_tls_with_a_password(tmp_path: Path) -> None:
    ca = trustme.CA()
    write_certificate(ca, tmp_path)
    (tmp_path / "web.yml").write_text(
        f"tls_server_config: {{cert_file: server.pem, key_file: server.key}}\nbasic_auth_users: {{prometheus: {HASH}}}\n"
    )
    (tmp_path / "password").write_text(PASSWORD)
    exporter, port = free_port(), free_port()
    (tmp_path / "prometheus.yml").write_text(
        f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: stratoscope
    scheme: https
    tls_config: {{ca_file: ca.pem}}
    basic_auth: {{username: prometheus, password_file: password}}
    static_configs: [{{targets: ["127.0.0.1:{exporter}"]}}]
  - job_name: stranger
    scheme: https
    tls_config: {{ca_file: ca.pem}}
    static_configs: [{{targets: ["127.0.0.1:{exporter}"]}}]
"""
    )
    with bad.listening(NUMBER) as good, bad.listening(bad.silent) as frozen:
        path = written(tmp_path, f"listen: 127.0.0.1:{exporter}\nweb_config: web.yml\n" + targets(a=good, frozen=frozen))
        prometheus = [
            "prometheus",
            f"--config.file={tmp_path}/prometheus.yml",
            f"--storage.tsdb.path={tmp_path}/data",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        with Process([*COMMAND, "-c", path], tmp_path / "export.log", folder=ROOT) as process:
            process.wait_until(lambda: shakes_hands(exporter, ca), "it answers")
            with Process(prometheus, tmp_path / "prometheus.log", folder=tmp_path) as server:
                server.wait_until(lambda: ask(port, "lines_value") == {"a": 42.0}, "the value in Prometheus")
                server.wait_until(lambda: ask(port, "up") == {"stratoscope": 1.0, "stranger": 0.0}, "both jobs")
                assert ask(port, "stratoscope_exporter_success") == {"a": 1.0, "frozen": 0.0}
                assert ask(port, 'count({__name__=~".+",job="stratoscope",exported_job!=""})') == {}
                assert ask(port, "scrape_samples_scraped{job='stratoscope'}")["stratoscope"] > 20


def shakes_hands(port: int, ca: trustme.CA) -> bool:
    try:
        return get(f"https://127.0.0.1:{port}/-/healthy", trusting(ca))[0] == 200
    except OSError:
        return False


def ask(port: int, query: str) -> dict[str, float]:
    """Target (else job) -> value, as Prometheus knows it."""
    try:
        body = get(f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(query)}")[1]
        found = json.loads(body)["data"]["result"]
    except (OSError, ValueError, KeyError):
        return {}
    return {one["metric"].get("target", one["metric"].get("job", "")): float(one["value"][1]) for one in found}
