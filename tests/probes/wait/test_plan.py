"""What is waited for, out of settings, arguments and files; every mistake at once."""

from pathlib import Path

import pytest

from parsers.secret import Secret
from probes.wait.model import Checked, Rabbit
from probes.wait.plan import PlanError, planned, with_arguments
from probes.wait.settings import WaitSettings
from probes.wait.target_settings import TargetSettings
from tests.probes.wait.test_oslo import FILE


def shown(settings: WaitSettings, *arguments: str, namespace: str = "", **environment: str) -> list[str]:
    return [one.shown for one in planned(settings, arguments, namespace, "cmp001", environment)]


def test_all_sources_together_and_each_target_once() -> None:
    settings = WaitSettings(targets=(TargetSettings("tcp://a:1"), TargetSettings("memcached://c")))
    assert shown(settings, "tcp://a:1", "tcp://b:2") == ["tcp://a:1", "memcached://c", "tcp://b:2"]


def test_two_requests_that_differ_in_their_query_are_two() -> None:
    assert shown(WaitSettings(), "http://a/?x=1", "http://a/?x=2") == ["http://a/", "http://a/"]


def test_a_password_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    first, second = planned(
        WaitSettings(),
        [f"rabbit://nova@mq/?password-file={tmp_path / 'password'}", "galera://nova@db?password-env=DB"],
        "",
        "cmp001",
        {"DB": "hunter3"},
    )
    assert isinstance(first, Rabbit)
    assert first.transport.brokers[0].password == Secret("hunter2")
    assert isinstance(second, Checked)
    assert second.options["password"] == Secret("hunter3")
    assert "hunter" not in repr((first, second))


def test_what_a_workload_needs_with_the_logins_of_its_own_files() -> None:
    found = shown(WaitSettings(service="nova-conductor", oslo_config=(FILE,)))
    assert found == [
        "rabbit://127.0.0.1:1,127.0.0.1:2/nova",
        "mysql://nova@mariadb.openstack.svc.cluster.local:3306",
        "keystone://keystone-api.openstack.svc.cluster.local:5000/v3",
        "http://nova-api.openstack.svc:8774/",
        "job/openstack/nova-db-sync",
        "job/openstack/nova-rabbit-init",
    ]


def test_a_workload_stands_in_our_own_namespace() -> None:
    settings = WaitSettings(service="powerdns", addresses={"mariadb": "none"})
    assert shown(settings, namespace="dns") == ["job/dns/powerdns-db-init", "job/dns/powerdns-db-sync"]


def test_every_mistake_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    addresses = {"rabbitmq": "rabbit://u@h?password-env=NONE"}
    settings = WaitSettings(service="nova-api", addresses=addresses, oslo_config=(tmp_path / "x",))
    with pytest.raises(PlanError) as caught:
        shown(
            settings,
            "kafka://x",
            f"mysql://u@h?password-file={tmp_path / 'empty'}",
            f"mysql://u@h?password-file={tmp_path / 'binary'}",
            f"mysql://u@h?password-file={tmp_path / 'none'}",
        )
    words = ("is no target", "is empty", "is not UTF-8", "no such file", "no such file", "the variable NONE is not set")
    assert len(caught.value.mistakes) == len(words)
    for text, word in zip(caught.value.mistakes, words, strict=True):
        assert word in text


def test_nothing_to_wait_for() -> None:
    with pytest.raises(PlanError, match="name targets, --oslo-config FILE"):
        shown(WaitSettings())


def test_arguments_go_before_settings() -> None:
    settings = WaitSettings(deadline=5.0, timeout=1.0)
    assert with_arguments(settings, deadline=7.0, timeout=None) == WaitSettings(deadline=7.0, timeout=1.0)
