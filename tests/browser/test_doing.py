"""What one does on the page: unfold, zoom, follow, narrow down; by mouse, by keys, and without a script."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, Open, served
from tests.browser.made import cloud, crowd, line, put, request
from tests.servers.process import wait_until

pytestmark = pytest.mark.servers

BUDGET_NODES = 2_500
BUDGET_BYTES = 250_000
MANY = 100_000
WHERE = "(row) => [row.parentElement.id, row.getBoundingClientRect().top]"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    put(path, cloud())
    return path


@pytest.fixture
def own_page(store: Path) -> Iterator[str]:
    """A page over a store that the test may add to."""
    with served(store) as url:
        yield url


def total(page: Page) -> int:
    """The number of events that the chart tells."""
    return int(re.sub("[^0-9]", "", page.locator(".legend b").inner_text()))


def test_unfolding_shows_the_chain_with_foreign_frames_folded(open_page: Open, cloud_page: str) -> None:
    page = open_page(f"{cloud_page}/?q=level%3E%3DERROR")
    row = page.locator(".row").first
    row.click()
    inside = page.locator(".inside").first
    expect(inside).to_be_visible()
    expect(row).to_have_attribute("aria-expanded", "true")
    expect(inside.locator(".frames .app")).to_contain_text("nova.compute.manager:2478 in _build_and_run_instance")
    folded = inside.locator("details.frames")
    expect(folded.locator("summary")).to_contain_text("2 frames in eventlet, oslo_messaging")
    expect(folded.locator("li").first).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.locator("li").first).to_be_visible()
    row.click()
    expect(page.locator(".inside")).to_have_count(0)


def test_keys_move_unfold_and_search(open_page: Open, cloud_page: str) -> None:
    page = open_page(f"{cloud_page}/?q=level%3E%3DERROR")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".row").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".row").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".event").first.locator(".inside")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("service:glance-api")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=service%3Aglance-api*")
    assert set(page.locator(".row .service").all_inner_texts()) == {"glance-api"}


def test_the_first_stop_of_tab_leads_to_the_content(open_page: Open, cloud_page: str) -> None:
    page = open_page(cloud_page)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_dragging_over_the_chart_zooms(open_page: Open, cloud_page: str) -> None:
    page = open_page(cloud_page)
    before = total(page)
    box = page.locator("#chart").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 30, steps=5)
    assert page.locator("#chart a.chosen").count() > 1
    page.mouse.up()
    page.wait_for_url("**since=*until=*")
    assert 0 < total(page) < before
    zoomed, within = page.url, total(page)
    page.get_by_role("link", name="Zoom out").click()
    page.wait_for_url(lambda url: url != zoomed)
    assert total(page) > within
    page.get_by_role("link", name="Remove this stretch of time").click()
    page.wait_for_url(lambda url: "since" not in url)
    assert total(page) == before


def test_keys_in_the_chart_zoom(open_page: Open, cloud_page: str) -> None:
    page = open_page(cloud_page)
    before = total(page)
    page.locator("#chart a[tabindex='0']").focus()
    for key in ("Home", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert page.locator("#chart a.chosen").count() == 3
    expect(page.locator("#chosen")).to_contain_text("From 2026-11-18T")
    page.keyboard.press("Enter")
    page.wait_for_url("**since=*until=*")
    assert 0 < total(page) < before


def test_without_a_script_it_can_be_read(open_page: Open, cloud_page: str) -> None:
    page = open_page(cloud_page, script=False)
    page.locator("#chart a").nth(5).click()
    page.wait_for_url("**since=*until=*")
    assert page.locator(".row").count() > 0
    page.locator(".row").first.click()
    page.wait_for_url("**open=*")
    expect(page.locator(".inside")).to_be_visible()
    page.goto(f"{cloud_page}/?live=1")
    assert page.locator("meta[http-equiv=refresh]").count() == 1
    page.goto(cloud_page)
    page.get_by_role("link", name="Older events").click()
    page.wait_for_url("**before=*")
    assert page.locator(".row").count() == 100
    page.goto(f"{cloud_page}/request?id={request(6)}")
    expect(page.locator(".verdict")).to_contain_text("Went wrong in nova-compute")


def test_facets_narrow_down_and_let_go(open_page: Open, cloud_page: str) -> None:
    page = open_page(cloud_page)
    link = page.locator("aside").get_by_role("link", name="nova-api", exact=True)
    link.click()
    page.wait_for_url("**q=service%3Anova-api")
    assert set(page.locator(".row .service").all_inner_texts()) == {"nova-api"}
    page.locator("aside a[aria-current]").click()
    page.wait_for_url(lambda url: "q=" not in url)
    page.get_by_role("link", name="Without nova-api").click()
    page.wait_for_url("**q=-service%3Anova-api")
    assert "nova-api" not in page.locator(".row .service").all_inner_texts()


def open_live(open_page: Open, url: str) -> Page:
    """The live view, with a clock that `look` can move on: nobody waits for its two seconds."""
    page = open_page(url)
    page.clock.install()
    page.goto(f"{url}/?live=1")
    expect(page.locator(".event")).to_have_count(100)
    return page


def look(page: Page, shows: Locator, text: str) -> None:
    """Let it look for what is new until something shows a text."""

    def found() -> bool:
        page.clock.fast_forward(2000)
        page.wait_for_timeout(20)
        return text in (shows.text_content() or "")

    wait_until(found, f"{text!r} is shown", PATIENCE / 1000)


def rows_of(page: Page) -> list[int]:
    return [int(row) for row in page.locator(".event").evaluate_all("(items) => items.map((item) => item.id.slice(1))")]


def test_new_events_appear_by_themselves(open_page: Open, own_page: str, store: Path) -> None:
    page = open_page(own_page)
    page.locator(".live").click()
    page.wait_for_url("**live=1")
    expect(page.locator(".event")).to_have_count(100)
    put(store, [line(5000, 650.0, "the newest of all")], "2b-1-1")
    expect(page.locator(".event").first).to_contain_text("the newest of all", timeout=PATIENCE)
    assert page.evaluate("window.violations") == []


def test_what_is_read_late_appears_where_it_belongs_and_moves_nothing(open_page: Open, own_page: str, store: Path) -> None:
    page = open_live(open_page, own_page)
    for _ in range(30):
        page.keyboard.press("j")
    focused = page.locator(".row:focus")
    ident, place = focused.evaluate(WHERE)
    assert page.evaluate("scrollY") > 0
    put(store, [line(5000 + number, 700.0 + number, f"newer {number}") for number in range(20)], "2b-1-1")
    put(store, [line(5100, 580.5, "minutes late"), line(5101, -86_400.0, "a day late")], "3c-1-1")
    look(page, page.locator("#came"), "2 read late, each in its place")
    assert focused.evaluate(WHERE) == [ident, pytest.approx(place, abs=1)]
    assert rows_of(page) == sorted(rows_of(page), reverse=True)
    assert len(rows_of(page)) == 122
    assert page.locator(".event.late .message").all_inner_texts() == ["read late minutes late", "read late a day late"]
    expect(page.locator(".event").last).to_contain_text("a day late")
    for turn in range(5):
        burst = [line(6000 + 200 * turn + number, 800.0 + 10 * turn + number / 100, f"turn {turn}") for number in range(120)]
        put(store, burst, f"4d-{turn}-1")
        look(page, page.locator(".event").first, f"turn {turn}")
    expect(page.locator("#came")).to_contain_text("more came than is shown")
    assert len(rows_of(page)) == 500
    assert rows_of(page) == sorted(rows_of(page), reverse=True)
    assert focused.evaluate(WHERE)[0] == ident, "what is being read is not dropped"
    assert page.locator(".event.late").count() == 2
    assert page.evaluate("window.violations") == []


def test_from_an_error_to_its_request_and_back(open_page: Open, cloud_page: str) -> None:
    page = open_page(f"{cloud_page}/errors")
    expect(page.locator(".group")).to_have_count(1)
    page.get_by_role("link", name="newest example").click()
    page.wait_for_url("**/event/*")
    page.locator("a.story").first.click()
    page.wait_for_url("**/request?id=*")
    expect(page.locator(".verdict")).to_contain_text("because of galera")
    assert page.locator(".lanes li").count() >= 1
    page.locator(".event.error .row").first.click()
    expect(page.locator(".inside")).to_be_visible()
    page.get_by_role("link", name="The event that tells it").click()
    page.wait_for_url("**/event/*")


def test_a_hundred_thousand_events_stay_within_the_screens_budget(open_page: Open, tmp_path: Path) -> None:
    """Logs that have as much of everything as they can: each view is cut somewhere, and none is empty."""
    store = tmp_path / "many.db"
    put(store, crowd(MANY))
    with served(store) as url:
        page = open_page(url)
        for path, rows, least in (
            ("/", ".event", 100),
            ("/?q=line", ".event", 100),
            ("/?q=service:service-7&since=2026-11-18", ".event", 100),
            ("/?live=1", ".event", 100),
            ("/errors", ".group", 50),
            ("/errors?q=number", ".group", 50),
            (f"/request?id={request(0)}", ".event", 250),
            ("/request", ".event", 20),
            ("/dependencies", ".dependency", 20),
            ("/health", "tbody tr", 100),
        ):
            page.goto(f"{url}{path}")
            assert page.locator(rows).count() == least, path
            nodes = page.evaluate("document.querySelectorAll('*').length")
            assert nodes <= BUDGET_NODES, (path, nodes)
            size = len(page.content().encode())
            assert size <= BUDGET_BYTES, (path, size)
            assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path
        page.goto(f"{url}/request?id={request(0)}")
        assert page.locator(".lanes li").count() == 40
