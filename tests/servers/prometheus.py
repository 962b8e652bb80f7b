"""A real Prometheus on 127.0.0.1 that scrapes every second or two, with rules or without.

with Prometheus(tmp_path, {"stratoscope": [port]}, rules=[path]) as prometheus:
    prometheus.wait_for('galera_up == 1')
"""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.servers.process import READY, Process, free_port, wait_until

_TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class Sample:
    """One element of an instant vector."""

    labels: Mapping[str, str]
    value: float


class Prometheus(Process):
    """A running one. `targets`: job -> ports; `rules`: files; `alertmanager`: the port of one; `scrape`: how often."""

    def __init__(
        self,
        folder: Path,
        targets: Mapping[str, Sequence[int]],
        rules: Sequence[Path] = (),
        *,
        alertmanager: int | None = None,
        scrape: str = "2s",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        settings = folder / "prometheus.yaml"
        settings.write_text(yaml.safe_dump(_settings(targets, rules, alertmanager, scrape)))
        command = [
            "prometheus",
            f"--config.file={settings}",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=warn",
        ]
        super().__init__(command, folder / "prometheus.log", environment={"GOMAXPROCS": "1"})
        try:
            self.wait_until(self._ready, "Prometheus is ready")
        except BaseException:
            self.stop()
            raise

    def query(self, expression: str, at: float | None = None) -> list[Sample]:
        """An instant query; a scalar comes as one sample without labels. Raises ValueError with Prometheus' words."""
        moment = {} if at is None else {"time": str(at)}
        found = self._api("query", query=expression, **moment)
        if found["resultType"] == "scalar":
            return [Sample({}, float(found["result"][1]))]
        return [Sample(one["metric"], float(one["value"][1])) for one in found["result"]]

    def now(self) -> float:
        """Its own clock, in seconds since 1970."""
        return self.query("time()")[0].value

    def holds(self, expression: str) -> bool:
        """Whether the query has a result."""
        return bool(self.query(expression))

    def wait_for(self, expression: str, seconds: float = READY) -> None:
        """Return once the query has a result."""
        self.wait_until(lambda: self.holds(expression), f"{expression} has a result", seconds)

    def wait_without(self, expression: str, seconds: float = READY) -> None:
        """Return once the query has none."""
        self.wait_until(lambda: not self.holds(expression), f"{expression} has no result", seconds)

    def rules(self) -> list[dict[str, Any]]:
        """All rules as it has loaded them."""
        return [rule for group in self._api("rules")["groups"] for rule in group["rules"]]

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=_TIMEOUT) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _api(self, path: str, **parameters: str) -> Any:
        """An answer of its API; asked again while it says 503, as it does in its first second."""
        answers: list[Any] = []

        def answered() -> bool:
            body = _asked(f"{self.url}/api/v1/{path}", parameters)
            answers.append(body)
            return body is not None

        wait_until(answered, f"{path} is answered")
        if answers[-1]["status"] != "success":
            raise ValueError(f"{parameters}: {answers[-1]['error']}")
        return answers[-1]["data"]


def _asked(url: str, parameters: Mapping[str, str]) -> Any:
    """The body of an answer, be it that the query is wrong (400, 422); None where there was no proper one."""
    data = urllib.parse.urlencode(parameters).encode() if parameters else None
    try:
        with urllib.request.urlopen(url, data, timeout=_TIMEOUT) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return json.loads(error.read()) if error.code in {400, 422} else None
    except (OSError, json.JSONDecodeError):
        return None


def _settings(
    targets: Mapping[str, Sequence[int]], rules: Sequence[Path], alertmanager: int | None, scrape: str
) -> dict[str, Any]:
    """`scrape` is how often, and how long an answer may take."""
    jobs = [
        {
            "job_name": job,
            "static_configs": [{"targets": [f"127.0.0.1:{port}" for port in ports]}],
        }
        for job, ports in targets.items()
    ]
    settings: dict[str, Any] = {
        "global": {"scrape_interval": scrape, "scrape_timeout": scrape, "evaluation_interval": "1s"},
        "rule_files": [str(path) for path in rules],
        "scrape_configs": jobs,
    }
    if alertmanager is not None:
        settings["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]}
    return settings
