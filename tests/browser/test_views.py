"""Every view in a real browser: nothing it complains of, in both themes and at every width, for every kind of reader."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it carries no types
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.made import EVIL, request

pytestmark = pytest.mark.servers

VIEWS = {
    "events": "/",
    "unfolded": "/?q=level%3E%3DERROR&open=",
    "nothing": "/?q=zebra",
    "live": "/?live=1",
    "errors": "/errors?new=1h",
    "request": f"/request?id={request(6)}",
    "requests": "/request",
    "dependencies": "/dependencies",
    "health": "/health",
}
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def first_error(page: Page, url: str) -> str:
    page.goto(f"{url}/?q=level%3E%3DERROR")
    return str(page.locator(".event").first.get_attribute("id"))[1:]


def violations_of(page: Page) -> list[str]:
    """What axe finds wrong for those who do not see, or not well."""
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found.response["violations"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_accessible_and_fits_every_screen(open_page: Open, cloud_page: str, view: str, theme: str) -> None:
    page = open_page(cloud_page, theme=theme)
    path = VIEWS[view] + (first_error(page, cloud_page) if view == "unfolded" else "")
    page.goto(f"{cloud_page}{path}")
    assert violations_of(page) == []
    assert page.evaluate("window.violations") == []
    assert page.evaluate("window.shifted") == 0
    for width in (360, 768, 1440, 3840):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@pytest.mark.parametrize("path", ["/", "/errors", "/request", "/dependencies", "/health"])
def test_lines_that_want_to_be_more_than_text(open_page: Open, hostile_page: str, path: str) -> None:
    page = open_page(f"{hostile_page}{path}")
    assert page.evaluate("window.violations") == []
    assert "owned" not in page.title()
    assert page.locator("main img, main script, main style").count() == 0
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
    assert not set(page.content()) & set("\u202e\u2066\u200b\x1b\x00\x07")


def test_a_hostile_event_unfolds_as_text(open_page: Open, hostile_page: str) -> None:
    page = open_page(f"{hostile_page}/?q=level%3E%3DERROR")
    rows = page.locator(".row")
    assert rows.count() == len(EVIL)
    for number in range(len(EVIL)):
        rows.nth(number).click()
        expect(page.locator(".inside")).to_have_count(number + 1)
    text = page.locator(".events").inner_text()
    for shown in ("<script>document.title='owned'</script>", "<U+202E>", "␛[31mred", "{{ 7 * 7 }}", "</pre></li></ol><style>"):
        assert shown in text
    assert page.locator(".hid").count() > 0
    assert "owned" not in page.title()
    assert page.evaluate("window.violations") == []


def test_a_megabyte_in_one_line(open_page: Open, hostile_page: str) -> None:
    page = open_page(f"{hostile_page}/?q=-level%3E%3DERROR")
    page.locator(".row").click()
    page.locator(".inside .whole").first.wait_for()
    assert page.evaluate("document.documentElement.outerHTML.length") < 400_000
    page.locator(".inside pre.body .whole").click()
    page.wait_for_url("**/text")
    assert page.evaluate("document.body.innerText.length") > 1_000_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_fault_in_the_search_is_shown_where_it_is(open_page: Open, cloud_page: str, theme: str) -> None:
    page = open_page(f"{cloud_page}/?q=broke+servce:nova", theme=theme, allow="status of 400")
    expect(page.get_by_role("alert")).to_contain_text("Column 7: there is no field 'servce'; did you mean service?")
    expect(page.get_by_role("alert").locator("mark")).to_have_text("s")
    assert violations_of(page) == []
