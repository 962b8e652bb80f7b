"""The same questions to the recorded cloud and, where one is named, to a real one. It is only looked at."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from clients.model import Deadline
from exporters.agents.collector import AgentsCollector
from exporters.agents.settings import AgentsSettings, Environment
from tests.exporters.agents.conftest import OPENRC
from tests.exporters.agents.recorded import samples
from tests.servers.openstack_api import PASSWORD, PROJECT, USER, OpenStackApi


@pytest.fixture(params=["recorded", *(["real"] if OPENRC in os.environ else [])])
def openrc(request: pytest.FixtureRequest) -> Iterator[Mapping[str, str]]:
    if request.param == "real":
        yield dict(re.findall(r"\b(OS_\w+)=[\"']?([^\s\"']*)", Path(os.environ[OPENRC]).read_text()))
        return
    with OpenStackApi() as api:
        api.show("healthy")
        yield {
            "OS_AUTH_URL": api.auth_url,
            "OS_USERNAME": USER,
            "OS_PASSWORD": PASSWORD,
            "OS_PROJECT_NAME": PROJECT,
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
        }


def test_a_cloud_tells_of_its_agents(openrc: Mapping[str, str]) -> None:
    collector = AgentsCollector(AgentsSettings("cloud", Environment()), openrc)
    try:
        snapshot = collector.fetch(Deadline.after(90.0))
    finally:
        collector.close()
    asked = {answer.component: answer for answer in snapshot.answers if answer.outcome != "absent"}
    assert {answer.outcome for answer in asked.values()} == {"ok"}, [answer.error for answer in asked.values()]
    assert {"nova", "neutron"} <= asked.keys()
    assert {agent.binary for agent in asked["nova"].agents} >= {"nova-compute", "nova-conductor", "nova-scheduler"}
    assert all(agent.age is not None and agent.age > -5 for agent in asked["nova"].agents)
    assert all(agent.age is not None or agent.polled for agent in asked["neutron"].agents)
    assert samples(snapshot)["openstack_api_success", "nova"] == 1
