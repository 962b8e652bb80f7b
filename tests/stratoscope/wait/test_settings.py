"""The settings file of a wait: one that is right, and every mistake of one that is not."""

from pathlib import Path

import pytest

from parsers.secret import Secret
from probes.wait.settings import WaitSettings
from stratoscope.settings.kinds import checked
from stratoscope.settings.load import load
from stratoscope.settings.mistakes import SettingsError
from stratoscope.wait_settings import settings_at

FOLDER = Path(__file__).parents[2] / "data" / "probes" / "wait"


def test_a_whole_file() -> None:
    found = load(FOLDER / "settings.yaml", WaitSettings, {"DB_PASSWORD": "hunter2"})
    assert found.targets[0].password == Secret("hunter2")
    assert found.targets[0].ca == FOLDER / "galera-ca.pem"
    assert found.oslo_config == (FOLDER / "nova.conf",)
    assert (found.deadline, found.timeout, found.first, found.most, found.heartbeat) == (1200.0, 3.0, 0.25, 10.0, 60.0)


def test_check_knows_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    assert checked(FOLDER / "settings.yaml") == "wait"
    (tmp_path / "s.yaml").write_text("service: nova-compute\n")
    assert settings_at(tmp_path / "s.yaml") == WaitSettings(service="nova-compute")


MISTAKES = {
    "targets: [{url: 'kafka://x'}]": "targets[0].url: 'kafka://x' is no target",
    "targets: [{url: 'galera://u:hunter2@h'}]": "targets[0].url: galera://***@h: a password must not stand in a target",
    "targets: [{url: 'rabbit://u@h'}]": "targets[0].url: rabbit://***@h: a user needs a password; set `password` beside url",
    "targets: [{url: 'mysql://u@h?password-file=/x'}]": "targets[0].url: password-file and password-env are for the",
    "targets: [{url: 'tcp://h:1', key: k.pem}]": "targets[0].key: is set without `certificate`",
    "targets: [{url: 'tcp://h:1'}]\ndeadline: 0s": "deadline: must be at least 10ms",
    "targets: [{url: 'tcp://h:1'}]\nfirst: 1m": "first: is longer than the longest pause, 15 s; make `most` longer",
    "service: nova-computer": "service: openstack-helm has no workload 'nova-computer'; did you mean nova-compute",
    "targets: [{url: 'tcp://h:1'}]\naddresses: {mariadb: none}": "addresses.mariadb: is of no use without `service`",
    "service: nova-compute\naddresses: {rabbitmq: 'mq:5672'}": "addresses.rabbitmq: 'mq:5672' is no target",
    "targets: []\napi: {context: x}": "api.context: is of no use without kubeconfig",
}


@pytest.mark.parametrize(("text", "words"), MISTAKES.items())
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "s.yaml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        settings_at(tmp_path / "s.yaml")
    assert words in str(caught.value)
    assert "hunter" not in str(caught.value)
