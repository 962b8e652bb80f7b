"""The committed files are what the sources make, and Grafana's own SDK reads them."""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, RowPanel

from dashboards.source import made
from dashboards.source.__main__ import write
from dashboards.source.made import files, left_over
from dashboards.source.model import uid_of
from dashboards.source.table import PAGES
from tests.dashboards.grafana.pages import FILES, ROOT, pages, read


def test_what_is_committed_is_what_the_sources_make() -> None:
    for name, text in files().items():
        assert (ROOT / "dashboards" / name).read_text() == text, f"{name}: python -m dashboards.source"


def test_nothing_else_stands_beside_it() -> None:
    assert list(left_over(ROOT / "dashboards", files())) == []
    assert {path.stem for path in FILES} == {page.name for page in PAGES}


def test_the_same_sources_make_the_same_bytes() -> None:
    assert [made.text_of(page) for page in PAGES] == [made.text_of(page) for page in PAGES]


def test_only_what_is_not_fresh_is_written_and_what_nothing_makes_is_removed(tmp_path: Path) -> None:
    (tmp_path / "grafana").mkdir()
    (tmp_path / "grafana" / "gone.json").write_text("{}")
    assert set(write(tmp_path)) == {"removed grafana/gone.json", *(f"wrote {name}" for name in files())}
    assert list(write(tmp_path)) == []
    assert {path.name for path in (tmp_path / "grafana").iterdir()} == {path.name for path in FILES}


@pages
def test_the_sdk_reads_what_it_wrote_and_writes_it_again(page: Path) -> None:
    document = read(page)
    again = json.loads(json.dumps(Dashboard.from_json(document), cls=JSONEncoder))
    assert again["uid"] == document["uid"] == uid_of(page.stem)
    # What the SDK puts into a menu is taken out of it when written, and nothing else differs.
    for one in [*again["links"], *again["annotations"]["list"]]:
        assert one.pop("placement") == "inControlsMenu"
    assert [panel["title"] for panel in again["panels"]] == [panel["title"] for panel in document["panels"]]
    for written, read_again in zip(document["panels"], again["panels"], strict=True):
        assert written["gridPos"] == read_again["gridPos"]
        assert written.get("targets") == read_again.get("targets")
        assert written.get("options") == read_again.get("options")
    assert again["templating"] == document["templating"]


@pages
def test_the_page_is_as_all_pages_are(page: Path) -> None:
    document = read(page)
    assert document["editable"] is False
    assert (document["graphTooltip"], document["refresh"], document["time"]) == (1, "30s", {"from": "now-1h", "to": "now"})
    assert document["tags"] == ["stratoscope", "openstack", page.stem]
    assert document["schemaVersion"] >= 36
    assert document["description"]


@pages
def test_every_id_is_given_once_and_no_panel_hides_another(page: Path) -> None:
    taken: set[tuple[int, int]] = set()
    places = [panel["gridPos"] for panel in read(page)["panels"]]
    for place in places:
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken
        taken |= cells
    bottom = max(place["y"] + place["h"] for place in places)
    assert taken == {(x, y) for x in range(24) for y in range(bottom)}, "a hole"
    ids = [panel["id"] for panel in read(page)["panels"]]
    assert ids == list(range(1, len(ids) + 1))


def test_sections_are_open_as_a_closed_one_is_overlooked() -> None:
    rows = [panel for page in FILES for panel in read(page)["panels"] if panel["type"] == "row"]
    assert rows
    assert not any(row["collapsed"] or row["panels"] for row in rows)
    assert RowPanel().collapsed is False
