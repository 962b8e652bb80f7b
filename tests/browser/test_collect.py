"""The page of `collect`, in a real browser: it shows what a process that collects has stored, as it comes in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, Open
from tests.stratoscope.collect.process import Collect, lines

pytestmark = pytest.mark.servers


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Collect]:
    made = Collect(tmp_path)
    made.settings["sinks"]["here"] = {"to": {"kind": "store", "path": str(tmp_path / "events.db")}}
    made.settings["page"] = {"listen": "127.0.0.1:0"}
    yield made
    if made.process:
        made.process.kill()


def address(collect: Collect) -> str:
    found = [re.search(r"the page is at (\S+)", line) for line in collect.said()]
    return next(one[1] for one in found if one)


def test_collected_events_are_on_the_page(collect: Collect, open_page: Open) -> None:
    collect.log.write_text(lines(0, 5))
    collect.start()
    page = open_page(f"{address(collect)}/?live=1")
    expect(page.locator(".event")).to_have_count(5, timeout=PATIENCE)
    with collect.log.open("a") as log:
        log.write(lines(5, 8))
    expect(page.locator(".event")).to_have_count(8, timeout=PATIENCE)
    expect(page.locator(".event").first).to_contain_text("record 7")
    page.goto(f"{address(collect)}/health")
    for sink in ("sink here", "sink out"):
        expect(page.locator(".check", has_text=sink)).to_contain_text("It takes events")
    page.goto(f"{address(collect)}/metrics")
    expect(page.locator("body")).to_contain_text('stratoscope_emitted_events_total{sink="here"}')
    assert collect.end() == 0
