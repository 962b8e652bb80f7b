"""The overlays of openstack-helm: what comes of them is what Helm made of them, and a service logs each line once by it."""

from pathlib import Path
from typing import Any

import pytest

from tests.helm_overlays.hearing import Said, bodies, events, heard
from tests.helm_overlays.speaker import REQUEST
from tests.helm_overlays.values import OVERLAYS, RECORDED, ROOT, logging_of, read

FOLDER = OVERLAYS / "openstack-helm"
CHARTS = sorted(path.stem for path in (FOLDER / "logging").iterdir())
SERVICES = [chart for chart in CHARTS if chart != "tempest"]
FILED = sorted(path.stem for path in (FOLDER / "log-files").iterdir())
DOUBLING = ["cloudkitty", "octavia", "trove"]
"""Charts whose own lines came twice. All others threw away what libraries say."""
CHATTERING = DOUBLING
"""Their root logger is below WARNING, in the chart already."""
UNDATED = ["aodh", "octavia"]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """Events of all services with all overlays, by CHART.HOW."""
    folder = tmp_path_factory.mktemp("confs")
    confs: dict[str, str] = {}
    for chart in CHARTS:
        confs[f"{chart}.default"] = (RECORDED / chart / "default.conf").read_text()
        confs[f"{chart}.logging"] = (RECORDED / chart / "logging.conf").read_text()
    for chart in SERVICES:
        confs[f"{chart}.json"] = (RECORDED / chart / "json.conf").read_text()
    for chart in FILED:
        text = (RECORDED / chart / "log-files.conf").read_text()
        confs[f"{chart}.files"] = text.replace("/tmp/openstack.log", f"{folder}/{chart}.log")
    for name, text in confs.items():
        (folder / f"{name}.conf").write_text(text)
    found = heard(folder, {name: f"log_config_append = {folder / name}.conf" for name in confs})
    files = {f"{chart}.file": events((folder / f"{chart}.log").read_text()) for chart in FILED}
    return found | files


@pytest.mark.parametrize(
    ("overlays", "recorded", "charts"),
    [
        ([], "default.conf", CHARTS),
        (["logging/{chart}.yaml"], "logging.conf", CHARTS),
        (["logging/{chart}.yaml", "json.yaml"], "json.conf", SERVICES),
        (["logging/{chart}.yaml", "log-files/{chart}.yaml"], "log-files.conf", FILED),
    ],
)
def test_what_helm_made_of_them_is_what_is_made_of_them(overlays: list[str], recorded: str, charts: list[str]) -> None:
    for chart in charts:
        files = [overlay.format(chart=chart) for overlay in overlays]
        assert logging_of(chart, *files) == (RECORDED / chart / recorded).read_text(), chart


@pytest.mark.parametrize("chart", CHARTS)
def test_the_chart_alone_loses_lines_or_doubles_them(said: Said, chart: str) -> None:
    """What the overlay is for; when this fails after a new recording, openstack-helm has mended it, and the overlay can go."""
    found = bodies(said[f"{chart}.default"])
    if chart in DOUBLING:
        assert found.count("service line") == found.count("service failure") == 2
    else:
        assert "library line" not in found


@pytest.mark.parametrize("how", ["logging", "json", "files", "file"])
def test_each_line_comes_once(said: Said, how: str) -> None:
    for chart in FILED if how in {"files", "file"} else SERVICES:
        found = said[f"{chart}.{how}"]
        brick = 1 if chart == "nova" or chart in CHATTERING else 0  # nova's logger of os_brick has the right name now
        expected = ["service line", "service failure", *["library line"] * (1 + brick)]
        assert bodies(found) == expected + ["library chatter"] * (chart in CHATTERING), chart


def test_tempest_tells_what_libraries_say(said: Said) -> None:
    assert bodies(said["tempest.logging"]) == ["service failure", "library line"]


@pytest.mark.parametrize("how", ["logging", "json", "file"])
def test_the_events_are_whole(said: Said, how: str) -> None:
    for chart in FILED if how == "file" else SERVICES:
        line, failure, library, *_ = said[f"{chart}.{how}"]
        told: dict[str, Any] = dict(failure)
        assert line["resource"]["service.name"] == chart
        assert line["attributes"]["openstack.request_id"] == REQUEST
        assert line["severity_text"] == "INFO"
        assert told["attributes"]["exception.type"] == "KeyError"
        assert library["attributes"]["log.logger"] == "oslo.messaging._drivers.impl_rabbit"
        assert line["source"]["format"] == ("oslo.json" if how == "json" else "oslo.text")
        assert "timestamp" in line


@pytest.mark.parametrize("chart", UNDATED)
def test_milliseconds_stand_once(chart: str) -> None:
    assert "datefmt" not in (RECORDED / chart / "default.conf").read_text()
    assert "[formatter_context]\nclass = oslo_log.formatters.ContextFormatter\ndatefmt = %Y-%m-%d %H:%M:%S\n" in logging_of(
        chart, f"logging/{chart}.yaml"
    )


def test_every_chart_has_its_overlay() -> None:
    assert sorted(path.name for path in RECORDED.iterdir() if path.is_dir()) == CHARTS
    assert set(FILED) <= set(CHARTS)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.yaml")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_an_overlay_touches_nothing_else(path: Path) -> None:
    values = read(path)
    assert values.keys() <= {"conf", "annotations"}
    assert set(values.get("conf", {})) <= {"logging", "tempest_logging"}


def test_the_page_names_all_of_them() -> None:
    page = (ROOT / "docs" / "install" / "openstack-helm.md").read_text()
    for folder, charts in (("logging", CHARTS), ("log-files", FILED)):
        (row,) = (line for line in page.splitlines() if line.startswith(f"| `{folder}/CHART.yaml`"))
        assert row.rpartition("For ")[2].removesuffix(" |").split(", ") == charts
