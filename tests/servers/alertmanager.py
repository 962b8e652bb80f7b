"""A real Alertmanager on 127.0.0.1, alone (no cluster of its own kind)."""

import json
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.servers.process import Process, free_port

_TIMEOUT = 30


class Alertmanager(Process):
    """A running one with this configuration file."""

    def __init__(self, folder: Path, configuration: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [
            "prometheus-alertmanager",
            f"--config.file={configuration}",
            f"--storage.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
        super().__init__(command, folder / "alertmanager.log", environment={"GOMAXPROCS": "1"})
        try:
            self.wait_until(self._ready, "Alertmanager is ready")
        except BaseException:
            self.stop()
            raise

    def post(self, alerts: Iterable[Mapping[str, str]]) -> None:
        """Alerts, each by its labels, that fire from now on."""
        body = json.dumps([{"labels": dict(labels)} for labels in alerts]).encode()
        request = urllib.request.Request(f"{self.url}/api/v2/alerts", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
            answer.read()

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts, those that are inhibited as well (`status.state` is then `suppressed`)."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=_TIMEOUT) as answer:
            found: list[dict[str, Any]] = json.loads(answer.read())
        return found

    def states(self) -> dict[str, str]:
        """alertname -> `active`, `suppressed` or `unprocessed`; the last of several that have one name."""
        return {one["labels"]["alertname"]: one["status"]["state"] for one in self.alerts()}

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=_TIMEOUT) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
