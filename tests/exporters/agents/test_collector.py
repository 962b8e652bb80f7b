"""The exporter against a server that replays recorded answers, in all the trouble that a cloud can be in."""

import contextlib
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from clients.model import Deadline, RefusedError, TargetError, TimedOutError, UnreachableError
from exporters.agents.collector import AgentsCollector
from exporters.agents.model import Answer, Snapshot
from exporters.agents.settings import AgentsSettings, CloudsYaml, Password
from exporters.agents.verdict import verdicts
from parsers.secret import Secret
from tests.servers.openstack_api import (
    PASSWORD,
    PROJECT,
    USER,
    OpenStackApi,
    Trouble,
    drip,
    half,
    hang,
    redirect,
    says,
    silent_port,
    status,
)

SLACK = 20.0
"""Seconds that a busy machine may take on top of a deadline."""


@pytest.fixture
def api() -> Iterator[OpenStackApi]:
    with OpenStackApi() as server:
        server.show("healthy")
        yield server


def settings(api: OpenStackApi, **changes: Any) -> AgentsSettings:
    login = Password(api.auth_url, USER, Secret(PASSWORD), PROJECT)
    return AgentsSettings(**{"name": "mini", "login": login, **changes})


@contextlib.contextmanager
def watching(settings: AgentsSettings) -> Iterator[AgentsCollector]:
    collector = AgentsCollector(settings, {})
    try:
        yield collector
    finally:
        collector.close()


def of(snapshot: Snapshot, component: str, region: str = "RegionOne") -> Answer:
    return next(answer for answer in snapshot.answers if (answer.component, answer.region) == (component, region))


def fetch(collector: AgentsCollector, seconds: float = 60.0) -> Snapshot:
    return collector.fetch(Deadline.after(seconds))


def test_all_apis_of_the_catalog_are_asked_once_each(api: OpenStackApi) -> None:
    api.show("samples")
    with watching(settings(api)) as collector:
        seen = fetch(collector)
    assert sorted(asked.service for asked in api.asked) == sorted(api.answers)
    assert {answer.outcome for answer in seen.answers} == {"ok"}
    assert len(of(seen, "nova").agents) == 4
    assert of(seen, "octavia").counts == (("ALLOCATED", 2), ("ERROR", 1))
    assert seen.token_expires is not None


def test_neutron_is_asked_for_the_fields_that_are_needed(api: OpenStackApi) -> None:
    with watching(settings(api)) as collector:
        fetch(collector)
    (asked,) = (asked for asked in api.asked if asked.service == "neutron")
    assert set(asked.query["fields"]) >= {"id", "host", "alive", "heartbeat_timestamp", "started_at"}
    assert "configurations" not in asked.query["fields"]


def test_a_service_that_is_not_in_the_catalog_is_absent_and_not_asked(api: OpenStackApi) -> None:
    with watching(settings(api)) as collector:
        seen = fetch(collector)
        assert of(seen, "heat").outcome == "absent"
        assert not [verdict for verdict in verdicts(seen) if "heat" in verdict.subject]
        assert {verdict.state for verdict in verdicts(seen)} == {"healthy"}


def test_one_login_serves_until_it_ends(api: OpenStackApi) -> None:
    with watching(settings(api)) as collector:
        fetch(collector)
        fetch(collector)
        assert api.logins == 1


def test_a_token_that_is_refused_is_renewed(api: OpenStackApi) -> None:
    with watching(settings(api, components=("nova",))) as collector:
        fetch(collector)
        api.expire()
        assert of(fetch(collector), "nova").outcome == "ok"
        assert api.logins == 2


def test_a_token_that_is_refused_for_ever_is_renewed_once_per_look(api: OpenStackApi) -> None:
    api.trouble["nova"] = status(401, "no")
    with watching(settings(api, components=("nova",))) as collector:
        seen = of(fetch(collector), "nova")
    assert seen.outcome == "refused"
    assert api.logins == 2


@pytest.mark.parametrize(
    ("trouble", "outcome", "told"),
    [
        (status(500), "failed", "500: it hurts"),
        (status(503), "failed", "503: it hurts"),
        (status(403, "Policy does not allow it"), "refused", "403: Policy does not allow it"),
        (status(404), "malformed", "404"),
        (half, "malformed", "ended in the middle"),
        (says(b"<html>busy</html>"), "malformed", "no JSON"),
        (says(b"[]"), "malformed", "without a list of services"),
        (says(b'{"services": [{"binary": "nova-compute"}]}'), "malformed", "services[0]: a row without status"),
        (redirect("http://elsewhere.example/"), "malformed", "302 to http://elsewhere.example/"),
    ],
)
def test_what_one_api_has_costs_only_its_own_agents(api: OpenStackApi, trouble: Trouble, outcome: str, told: str) -> None:
    api.trouble["nova"] = trouble
    with watching(settings(api)) as collector:
        seen = fetch(collector)
    assert (of(seen, "nova").outcome, of(seen, "nova").agents) == (outcome, ())
    assert told in of(seen, "nova").error
    assert "\n" not in of(seen, "nova").error
    assert of(seen, "neutron").outcome == of(seen, "cinder").outcome == "ok"


@pytest.mark.parametrize("trouble", [hang, drip])
def test_a_deadline_is_for_the_whole_look_whatever_a_server_does(api: OpenStackApi, trouble: Trouble) -> None:
    api.trouble["nova"] = trouble
    with watching(settings(api)) as collector:
        begun = time.monotonic()
        seen = fetch(collector, 2.0)
        assert time.monotonic() - begun < 2 + SLACK
    assert of(seen, "nova").outcome == "timeout"
    assert of(seen, "neutron").outcome == "ok"


def test_a_dripping_keystone_is_no_reason_to_wait_either(api: OpenStackApi) -> None:
    api.trouble["keystone"] = drip
    with watching(settings(api)) as collector, pytest.raises(TimedOutError, match="no whole answer in time"):
        fetch(collector, 1.0)


def test_the_look_after_a_slow_one_is_a_good_one(api: OpenStackApi) -> None:
    api.trouble["nova"] = hang
    with watching(settings(api)) as collector:
        fetch(collector, 1.0)
        del api.trouble["nova"]
        assert of(fetch(collector), "nova").outcome == "ok"


def test_the_last_list_stands_in_for_one_that_cannot_be_had_and_tells_its_age(api: OpenStackApi) -> None:
    with watching(settings(api)) as collector:
        good = fetch(collector)
        api.trouble["nova"] = status(500)
        bad = fetch(collector)
    assert of(bad, "nova").agents == of(good, "nova").agents
    assert of(bad, "nova").age > 0
    verdict = next(found for found in verdicts(bad) if found.subject.startswith("nova"))
    assert verdict.state == "down"
    assert "500: it hurts" in verdict.reasons[0]
    assert verdict.reasons[1].startswith("the agents are those of")


def test_and_not_for_ever(api: OpenStackApi) -> None:
    with watching(settings(api, serve_old_for=0.0)) as collector:
        fetch(collector)
        api.trouble["nova"] = status(500)
        assert of(fetch(collector), "nova").agents == ()


def test_a_wrong_password_is_refused_and_does_not_show(api: OpenStackApi) -> None:
    login = Password(api.auth_url, USER, Secret("hunter2hunter2"), PROJECT)
    with watching(settings(api, login=login)) as collector, pytest.raises(RefusedError) as caught:
        fetch(collector)
    assert "401" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_nobody_listens() -> None:
    login = Password("http://127.0.0.1:1/v3", USER, Secret(PASSWORD), PROJECT)
    with watching(AgentsSettings("mini", login)) as collector, pytest.raises(UnreachableError, match="Connection refused"):
        fetch(collector)


def test_keystone_accepts_and_says_nothing() -> None:
    with silent_port() as port:
        login = Password(f"http://127.0.0.1:{port}/v3", USER, Secret(PASSWORD), PROJECT)
        with watching(AgentsSettings("mini", login)) as collector, pytest.raises(TimedOutError):
            fetch(collector, 1.0)


def test_keystone_is_silent_in_the_middle_of_tls() -> None:
    with silent_port() as port:
        login = Password(f"https://127.0.0.1:{port}/v3", USER, Secret(PASSWORD), PROJECT)
        with watching(AgentsSettings("mini", login)) as collector, pytest.raises(TimedOutError):
            fetch(collector, 1.0)


def test_a_name_that_does_not_exist() -> None:
    login = Password("http://keystone.invalid/v3", USER, Secret(PASSWORD), PROJECT)
    with watching(AgentsSettings("mini", login)) as collector, pytest.raises(TargetError, match=r"keystone\.invalid"):
        fetch(collector)


def test_an_answer_without_end_is_not_read_to_its_end(api: OpenStackApi) -> None:
    api.trouble["nova"] = says(b'{"services": [' + b" " * 100_000 + b"]}")
    with watching(settings(api, max_body=50_000)) as collector:
        seen = fetch(collector)
    assert of(seen, "nova").outcome == "malformed"
    assert "longer than 50000 bytes (max_body)" in of(seen, "nova").error


def test_tls_with_its_own_authority(tmp_path: Path) -> None:
    authority, server_side = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_side)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    with OpenStackApi(tls=server_side) as api:
        api.show("healthy")
        with watching(settings(api, ca_file=ca_file)) as collector:
            assert of(fetch(collector), "nova").outcome == "ok"
        with watching(settings(api)) as collector, pytest.raises(RefusedError, match="trust its authority with ca_file"):
            fetch(collector)


def test_several_regions(api: OpenStackApi) -> None:
    api.regions = ("north", "south")
    with watching(settings(api)) as collector:
        seen = fetch(collector)
    assert of(seen, "nova", "north").agents == of(seen, "nova", "south").agents != ()
    with watching(settings(api, regions=("south",))) as collector:
        assert {answer.region for answer in fetch(collector).answers} == {"south"}


def test_a_region_that_is_misspelt_has_no_service_and_the_verdict_says_so(api: OpenStackApi) -> None:
    with watching(settings(api, regions=("Regionone",))) as collector:
        (verdict,) = verdicts(fetch(collector))
    assert (verdict.state, verdict.reasons) == (
        "unknown",
        ("no service that is asked for is in the catalog of these regions",),
    )


def test_an_older_nova_is_asked_in_its_own_microversion(api: OpenStackApi) -> None:
    api.show("old_microversion")
    api.answers["nova"]["unknown"] = ["compute 2.69"]
    with watching(settings(api, components=("nova",))) as collector:
        first, second = fetch(collector), fetch(collector)
    assert [asked.version for asked in api.asked] == ["compute 2.69", "compute 2.11", "compute 2.11"]
    assert (of(first, "nova").requests, of(second, "nova").requests) == (2, 1)
    assert of(first, "nova").version == "2.11"


def test_a_list_in_pages_is_read_to_its_end(api: OpenStackApi) -> None:
    recorded = api.answers["neutron"]
    rows = recorded["body"]["agents"]
    more = {"agents_links": [{"rel": "next", "href": "http://behind.a.proxy.example/v2.0/agents?marker=x"}]}
    recorded["pages"] = {"": {"agents": rows[:3], **more}, rows[2]["id"]: {"agents": rows[3:]}}
    with watching(settings(api, components=("neutron",))) as collector:
        seen = of(fetch(collector), "neutron")
    assert (len(seen.agents), seen.requests) == (4, 2)


def test_pages_that_go_round_in_a_circle(api: OpenStackApi) -> None:
    recorded = api.answers["neutron"]
    page = {**recorded["body"], "agents_links": [{"rel": "next", "href": "x"}]}
    recorded["pages"] = {"": page, page["agents"][-1]["id"]: page}
    with watching(settings(api, components=("neutron",))) as collector:
        seen = of(fetch(collector), "neutron")
    assert seen.outcome == "malformed"
    assert "go on without end" in seen.error


def test_ovn_agents_are_listed_once_a_minute_as_the_list_writes_to_every_chassis(api: OpenStackApi) -> None:
    api.show("ovn_alive")
    with watching(settings(api, components=("neutron",))) as collector:
        first, second = of(fetch(collector), "neutron"), of(fetch(collector), "neutron")
        assert second.agents == first.agents
        assert (first.requests, second.requests) == (1, 0)
        assert second.age > 0
        assert len(api.asked) == 1
    with watching(settings(api, components=("neutron",), ovn_interval=0.0)) as collector:
        fetch(collector)
        fetch(collector)
    assert len(api.asked) == 3


def test_an_endless_request_holds_up_its_own_api_and_no_other(api: OpenStackApi) -> None:
    """As when a name server does not answer: no socket that could be cut."""
    with watching(settings(api)) as collector:
        fetch(collector)
        listing = collector._listings["RegionOne", "nova"]
        with listing._busy:
            seen = fetch(collector)
        assert (of(seen, "nova").outcome, of(seen, "neutron").outcome) == ("timeout", "ok")
        assert "has not ended yet" in of(seen, "nova").error
        assert of(fetch(collector), "nova").outcome == "ok"


def test_a_clouds_yaml_that_appears_later_is_found_then(api: OpenStackApi, tmp_path: Path) -> None:
    file = tmp_path / "clouds.yaml"
    with watching(settings(api, login=CloudsYaml("mini", file=file))) as collector:
        with pytest.raises(UnreachableError, match=r"no clouds\.yaml: looked for"):
            fetch(collector)
        file.write_text(
            f"clouds: {{mini: {{region_name: RegionOne, auth: {{auth_url: '{api.auth_url}', username: {USER}, password: wrong,"
            f" project_name: {PROJECT}, user_domain_name: Default, project_domain_name: Default}}}}}}"
        )
        with pytest.raises(RefusedError):
            fetch(collector)
        (tmp_path / "secure.yaml").write_text(f"clouds: {{mini: {{auth: {{password: {PASSWORD}}}}}}}")
        assert of(fetch(collector), "nova").outcome == "ok"


def test_no_time_is_left(api: OpenStackApi) -> None:
    with watching(settings(api)) as collector, pytest.raises(TimedOutError):
        collector.fetch(Deadline.after(-1.0))


def test_nothing_stays_behind(api: OpenStackApi) -> None:
    before = threading.active_count()
    with watching(settings(api)) as collector:
        fetch(collector)
        adapter = collector._opened[1]._adapter  # type: ignore[index]
        assert adapter._handles._open == set(), "no connection outlives a look"
    deadline = time.monotonic() + SLACK
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_a_newer_microversion_is_tried_again_after_a_while(api: OpenStackApi) -> None:
    """An API that was upgraded, or one of several behind a load balancer that was old."""
    api.show("old_microversion")
    api.answers["nova"]["unknown"] = ["compute 2.69"]
    with watching(settings(api, components=("nova",))) as collector:
        fetch(collector)
        api.show("healthy")
        api.answers["nova"]["unknown"] = ["compute 2.11"]
        assert of(fetch(collector), "nova").outcome == "failed"
        collector._listings["RegionOne", "nova"]._lowered -= 3601
        assert of(fetch(collector), "nova").version == "2.69"


def test_the_log_tells_once_that_an_api_fails_and_once_that_it_answers_again(
    api: OpenStackApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "stratoscope.exporters")
    with watching(settings(api)) as collector:
        fetch(collector)
        api.trouble["nova"] = status(500)
        fetch(collector)
        fetch(collector)
        del api.trouble["nova"]
        fetch(collector)
    told = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "stratoscope.exporters"]
    assert told == [
        ("WARNING", f"agents mini, nova, RegionOne: GET {api.url}/nova/v2.1/os-services: 500: it hurts"),
        ("INFO", "agents mini, nova, RegionOne: answers again"),
    ]
