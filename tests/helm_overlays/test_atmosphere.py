"""What atmosphere's inventory gets: its charts are openstack-helm's, and most log without a logging.conf."""

from pathlib import Path
from typing import Any

import pytest

from tests.helm_overlays.hearing import Said, bodies, heard
from tests.helm_overlays.speaker import REQUEST
from tests.helm_overlays.values import OVERLAYS, read

FOLDER = OVERLAYS / "atmosphere"
JSON: dict[str, Any] = {
    name.removesuffix("_helm_values"): values["conf"] for name, values in read(FOLDER / "json.yaml").items()
}
TWELVE = "barbican cinder designate glance heat ironic keystone magnum neutron nova octavia placement".split()
"""Charts where atmosphere sets log_config_append to null."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    folder = tmp_path_factory.mktemp("confs")
    lines = {
        f"{chart}.json": "\n".join(f"{key} = {one}" for key, one in JSON[chart][chart]["DEFAULT"].items()) for chart in JSON
    }
    return heard(folder, lines | {"nova.text": ""})


def test_manila_gets_what_the_chart_of_openstack_helm_gets() -> None:
    values = read(FOLDER / "inventory.yaml")
    assert values == {"manila_helm_values": read(OVERLAYS / "openstack-helm" / "logging" / "manila.yaml")}


def test_without_a_logging_conf_each_line_comes_once(said: Said) -> None:
    assert bodies(said["nova.text"]) == ["service line", "service failure", "library line", "library line", "library chatter"]


def test_the_twelve_log_json(said: Said) -> None:
    assert list(JSON) == TWELVE
    for chart in TWELVE:
        line, failure, library, *_ = said[f"{chart}.json"]
        assert bodies([line, failure, library]) == ["service line", "service failure", "library line"]
        assert {event["source"]["format"] for event in said[f"{chart}.json"]} == {"oslo.json"}
        assert line["resource"]["service.name"] == chart
        assert line["attributes"]["openstack.request_id"] == REQUEST
        assert failure["attributes"]["exception.type"] == "KeyError"


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_only_variables_that_atmosphere_merges(path: Path) -> None:
    assert all(name.endswith("_helm_values") for name in read(path))
