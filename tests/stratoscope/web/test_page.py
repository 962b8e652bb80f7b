"""The page, asked without a socket: what each view shows, and that nothing of a log reaches the browser as markup."""

import html
import re
from pathlib import Path
from typing import Any

import pytest

from stratoscope.collect.metrics import registry_of
from stratoscope.serving.metrics_page import registry_renderer
from stratoscope.telemetry.log_metrics import LogMetrics
from stratoscope.web.app import create_app
from stratoscope.web.errors import BLAMERS, DEPENDENCIES
from stratoscope.web.events import NEWER
from stratoscope.web.health import SERVICES
from stratoscope.web.model import Check, Checks
from tests.stratoscope.made import event, failed
from tests.stratoscope.store.sums import sums
from tests.stratoscope.web.made import Client, put

EVIL = "<script>alert(1)</script> \x1b[31mred \u202etxt.exe\x00 \"'&"
VIEWS = ("/", "/errors", "/request", "/dependencies", "/health")
REQUEST = "req-5f1c1b2e-0000-4000-8000-000000000002"
OWN_SCRIPT = '<script src="/page.js" defer></script>'


def of_request(made: dict[str, Any]) -> dict[str, Any]:
    made["attributes"]["openstack.request_id"] = REQUEST
    return made


def without_tags(text: str) -> str:
    return html.unescape(re.sub("<[^<>]*>", "", text))


# -- what the views show ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "No events yet."),
        ("/errors", "No errors."),
        ("/request", "No failed request is known."),
        ("/dependencies", "Nothing is blamed."),
        ("/health", "nothing was read yet"),
    ],
)
def test_an_empty_store_has_every_view(client: Client, path: str, text: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert text in answer.text


def test_the_first_page_shows_events_counts_and_facets(client: Client, store: Path) -> None:
    put(store, event("Starting up"), failed("It broke", 5))
    text = without_tags(client.get("/").text)
    for shown in (
        "Starting up",
        "It broke",
        "DBConnectionError",
        "galera",
        "nova-compute",
        "2 events",
        "1 error",
        "11-23 03:33:01.808",
    ):
        assert shown in text


def test_a_search_shows_what_it_finds_and_keeps_what_was_typed(client: Client, store: Path) -> None:
    put(store, event("Starting up"), failed("It broke", 5))
    text = client.get("/", params={"q": 'level>=ERROR "it broke"'}).text
    assert "It broke" in text
    assert "Starting up" not in text
    assert 'value="level&gt;=ERROR &#34;it broke&#34;"' in text
    assert "Nothing matches." in client.get("/", params={"q": "zebra"}).text


@pytest.mark.parametrize("path", ["/", "/errors"])
def test_a_search_that_cannot_be_understood_is_told_where_it_is_wrong(client: Client, path: str) -> None:
    answer = client.get(path, params={"q": "broke servce:nova"})
    assert answer.status_code == 400
    assert "did you mean service?" in answer.text
    assert "<pre>broke <mark>s</mark>ervce:nova</pre>" in answer.text
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize("parameters", [{"since": "yesterday"}, {"since": "1h", "until": "2h"}])
def test_times_that_cannot_be_understood_are_told(client: Client, parameters: dict[str, str]) -> None:
    answer = client.get("/", params=parameters)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_times_in_the_address_bound_the_search(client: Client, store: Path) -> None:
    put(store, event("early"), event("late", 5, timestamp="2026-11-23T05:00:00Z"))
    text = client.get("/", params={"since": "2026-11-23T04:00:00Z"}).text
    assert "late" in text
    assert "early" not in text
    assert "early" in client.get("/", params={"until": "2026-11-23T04:00:00Z"}).text


def test_an_event_unfolds_in_place_without_a_script(client: Client, store: Path) -> None:
    put(store, failed("It broke", 5))
    first = client.get("/").text
    assert "by rule" not in first
    (link,) = re.findall('class="row" href="([^"#]*)#', first)
    assert "by rule" in client.get(html.unescape(link)).text


def test_a_parsed_traceback_marks_own_frames_and_folds_the_others(client: Client, store: Path) -> None:
    made = failed("It broke", 5)
    frames = [
        {"file": "/a/eventlet/hub.py", "line": 1, "function": "run", "module": "eventlet.hub", "code": "go()", "in_app": False},
        {"file": "/a/nova/api.py", "line": 39, "function": "chain", "module": "nova.api", "code": "inner()", "in_app": True},
        {"file": "/a/pymysql/err.py", "line": 143, "function": "fail", "module": "pymysql.err", "in_app": False},
    ]
    made["exceptions"] = [
        {"type": "pymysql.err.OperationalError", "message": "(2013, 'x')", "link": "root", "frames": []},
        {"type": "oslo_db.exception.DBConnectionError", "message": "lost", "link": "cause", "frames": frames},
    ]
    put(store, made)
    (row,) = re.findall('<li class="event error" id="e([0-9]+)"', client.get("/").text)
    text = client.get(f"/event/{row}/part").text
    assert "1 frame in eventlet" in text
    assert re.search('<li class="app">.*nova.api</span>:39|<li class="app">.*nova.api:39', text)
    assert "which caused" in text
    assert text.index("OperationalError") < text.index("which caused")


def test_errors_are_grouped_and_new_ones_marked(client: Client, store: Path) -> None:
    put(store, failed("It broke", 5), failed("It broke", 9), failed("Another", 15, "2026-11:def"))
    text = client.get("/errors", params={"new": "2026-11-23"}).text
    assert text.count('<li class="group new">') == 2
    assert '<b class="number">2</b>' in text
    assert "blames galera" in text
    assert "cmp1" in text
    assert '<li class="group">' in client.get("/errors", params={"new": "2026-12-01"}).text
    assert client.get("/errors", params={"q": "another"}).text.count('<li class="group') == 1


@pytest.mark.parametrize("order", ["count", "last", "first", "nonsense"])
def test_errors_in_every_order(client: Client, store: Path, order: str) -> None:
    put(store, failed("It broke", 5), failed("Another", 15, "2026-11:def"))
    assert client.get("/errors", params={"sort": order, "new": "nonsense"}).text.count('<li class="group') == 2


@pytest.mark.parametrize("ident", [REQUEST, REQUEST[4:], REQUEST[4:].replace("-", ""), f" {REQUEST} "])
def test_a_request_is_told_across_services(client: Client, store: Path, ident: str) -> None:
    first = of_request(event("Started", service="nova-api"))
    put(store, first, of_request(failed("It broke", 5)), event("Somebody else", 9))
    text = without_tags(client.get("/request", params={"id": ident}).text)
    assert "Went wrong in nova-compute on cmp1 after 0 ms, because of galera" in text
    assert "pymysql.err.OperationalError: (2013, 'x')" in text
    assert "2 events of 2 services" in text
    assert "Somebody else" not in text


def test_a_request_that_nobody_names(client: Client) -> None:
    answer = client.get("/request", params={"id": EVIL})
    assert answer.status_code == 404
    assert "No event names" in answer.text


def test_requests_that_failed_are_offered(client: Client, store: Path) -> None:
    put(store, of_request(failed("It broke", 5)))
    assert f"/request?id={REQUEST}" in client.get("/request").text


def test_dependencies_show_who_blames_them(client: Client, store: Path) -> None:
    put(store, failed("It broke", 5), failed("It broke", 9))
    text = without_tags(client.get("/dependencies").text)
    assert re.search(r"galera\s+2 times by 1 service", text)
    assert "nova-compute" in text
    assert "Nothing is blamed in this time." in client.get("/dependencies", params={"until": "2026-11-20"}).text


@pytest.mark.parametrize("path", ["/errors", "/dependencies"])
def test_a_view_is_back_in_time_with_what_it_has_and_says_so(tmp_path: Path, path: str) -> None:
    sums(tmp_path / "many.db", 60)
    parts = (path.removeprefix("/"), f"Not all {path.removeprefix('/')}:")
    for patience, told in ((60.0, False), (0.0, True)):
        app = create_app(tmp_path / "many.db", registry_renderer(registry_of()), patience=patience)
        text = Client(app, base_url="http://localhost").get(path).text
        assert (parts[1] in text) is told
        assert "galera" in text if path == "/errors" else "dependency" in text


def test_a_dependency_that_everybody_blames_and_many_dependencies(client: Client, store: Path) -> None:
    made = [failed("It broke", number) for number in range(60)]
    for number, one in enumerate(made):
        one["resource"]["service.name"] = f"service-{number}"
        if number > BLAMERS + 2:
            one["dependency"] = {"name": f"dep{number}"}
    put(store, *made)
    text = without_tags(client.get("/dependencies").text)
    assert f"and {13 - BLAMERS} more services" in text
    assert f"and {48 - DEPENDENCIES} more dependencies" in text


def test_services_that_fell_silent_are_bounded(client: Client, store: Path) -> None:
    put(store, *[event("x", number, service=f"s{number}") for number in range(SERVICES + 7)])
    text = client.get("/health").text
    assert text.count("/?q=service%3As") == SERVICES
    assert "(7 more were heard later)" in text


def test_health_shows_what_the_process_tells(store: Path) -> None:
    checks = Checks("Probes", [Check("nova-compute", "bad", "It hangs <since> 5 min.")])
    empty = Checks("Exporters", [], "None runs here.")
    app = create_app(store, registry_renderer(registry_of(LogMetrics())), lambda: (checks, empty))
    text = Client(app, base_url="http://localhost").get("/health").text
    assert "It hangs &lt;since&gt; 5 min." in text
    assert "None runs here." in text
    assert '<span class="state bad">Not well</span>' in text


def test_what_is_newer_comes_as_lines_of_the_list(client: Client, store: Path) -> None:
    put(store, event("old"))
    (after,) = re.findall('data-after="([0-9]+)"', client.get("/").text)
    put(store, event("new one", 50, timestamp="2026-11-23T03:34:00Z"), event("late one", 60, timestamp="2026-11-20T03:33:00Z"))
    text = client.get("/newer", params={"after": after}).text
    assert re.findall('<li class="event info( late)?"', text) == ["", " late"]
    assert "data-more" not in text
    (next_one,) = re.findall('data-after="([0-9]+)"', text)
    assert "<li" not in client.get("/newer", params={"after": next_one}).text
    assert "new one" not in client.get("/newer", params={"after": after, "q": "late"}).text


def test_more_than_a_look_shows_is_told(client: Client, store: Path) -> None:
    put(store, *[event(f"line {number}", number) for number in range(NEWER + 1)])
    text = client.get("/newer?after=0").text
    assert text.count("<li") == NEWER
    assert "data-more" in text


@pytest.mark.parametrize("query", [{}, {"after": "x"}, {"after": "1", "q": "("}])
def test_asked_for_what_is_newer_in_a_wrong_way(client: Client, query: dict[str, str]) -> None:
    assert "must be such as the page gives them" in client.get("/newer", params=query).text


def test_every_link_of_the_page_leads_somewhere(client: Client, store: Path) -> None:
    made = of_request(failed('A "quoted" <b>', 5))
    made["attributes"]["openstack.user_id"] = '"<x>& y'
    put(store, made, *[event(str(i), 10 + i) for i in range(120)])
    seen: set[str] = set()
    waiting = list(VIEWS)
    while waiting:
        link = waiting.pop()
        answer = client.get(link)
        assert answer.status_code == 200, link
        if len(seen) < 150:
            found = {html.unescape(found).partition("#")[0] for found in re.findall('href="(/[^"]*)"', answer.text)}
            waiting += found - seen
            seen |= found
    assert len(seen) > 100


# -- nothing of a log is obeyed -----------------------------------------------------------------------------------------


def evil(field: str) -> dict[str, Any]:
    made = of_request(failed("broke", 5))
    if field == "body":
        made["body"] = EVIL
        made["fingerprint"]["template"] = EVIL
    elif field == "service":
        made["resource"]["service.name"] = EVIL
    elif field == "logger":
        made["attributes"]["log.logger"] = EVIL
    elif field == "trace":
        made["attributes"]["exception.stacktrace"] = EVIL
        made["attributes"]["exception.type"] = EVIL
        frame = {"file": EVIL, "line": EVIL, "function": EVIL, "module": EVIL, "code": EVIL, "in_app": True}
        made["exceptions"] = [{"type": EVIL, "message": EVIL, "link": EVIL, "frames": [frame], "notes": [EVIL]}]
        made["dependency"]["name"] = EVIL
    elif field == "fingerprint":
        made["fingerprint"]["id"] = EVIL
    elif field == "file":
        made["source"]["file"] = EVIL
    elif field == "request":
        made["attributes"]["openstack.request_id"] = EVIL
    else:
        made["attributes"][EVIL] = EVIL
        made["quality"] = [EVIL]
    return made


@pytest.mark.parametrize("field", ["body", "service", "logger", "trace", "fingerprint", "file", "request", "key"])
def test_what_a_log_says_is_shown_and_never_obeyed(client: Client, store: Path, field: str) -> None:
    put(store, evil(field))
    first = client.get("/").text
    (row,) = re.findall('id="e([0-9]+)"', first)
    paths = [*VIEWS, f"/event/{row}", f"/event/{row}/part", f"/?open={row}", f"/request?id={REQUEST}", "/newer?after=0"]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in (200, 404)
        assert not re.search("<script", answer.text.replace(OWN_SCRIPT, ""), re.IGNORECASE), path
        assert not set(answer.text) & {"\x1b", "\u202e", "\x00"}, path
    if field == "body":
        assert "&lt;script&gt;alert(1)&lt;/script&gt; " in first
        assert '<span class="hid">␛</span>[31mred <span class="hid">&lt;U+202E&gt;</span>txt.exe' in first


def test_what_was_typed_is_never_obeyed(client: Client) -> None:
    typed = '"><script>alert(1)</script>\u202e'
    for path, name in (("/", "q"), ("/errors", "q"), ("/request", "id"), ("/", "since"), ("/errors", "new")):
        answer = client.get(path, params={name: typed})
        assert "<script" not in answer.text.replace(OWN_SCRIPT, ""), path
        assert "\u202e" not in answer.text, path


def test_a_message_of_a_megabyte_is_cut_and_can_be_had_whole(client: Client, store: Path) -> None:
    put(store, event("<b>" * 350_000))
    first = client.get("/")
    assert len(first.content) < 20_000
    (row,) = re.findall('id="e([0-9]+)"', first.text)
    unfolded = client.get(f"/event/{row}/part")
    assert len(unfolded.content) < 400_000
    assert f'href="/event/{row}/text"' in unfolded.text
    whole = client.get(f"/event/{row}/text")
    assert whole.headers["content-type"].startswith("text/plain")
    assert whole.text.count("<b>") == 350_000


def test_lines_of_nothing_but_control_characters_stay_small(client: Client, store: Path) -> None:
    put(store, *[event("a\x1b" * 5000, number, service="b\x07" * 500) for number in range(100)])
    text = client.get("/").text
    assert text.count('class="hid"') <= 100 * 2 * 20 + 20 * 20
    assert not set(text) & {"\x1b", "\x07"}


def test_the_browser_is_told_to_run_nothing_but_our_script(client: Client) -> None:
    for path in (*VIEWS, "/style.css", "/page.js", "/metrics", "/nowhere", "/event/1"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; script-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    for path in VIEWS:
        text = client.get(path).text
        assert "style=" not in text
        assert not re.search(r"\son[a-z]+=", text)
        assert set(re.findall('(?:src|href)="(https?:|//)', text)) == set()


def test_a_page_elsewhere_cannot_ask_by_another_name(client: Client) -> None:
    for host, status in {
        "evil.example:8765": 421,
        "localhost:8765": 200,
        "127.0.0.1": 200,
        "[::1]:8765": 200,
        "[::1]": 200,
        "": 421,
    }.items():
        assert client.get("/", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/event/1", "/event/1/part", "/event/1/text", "/event/99999999999999999999999", "/event/x", "/../etc/passwd"],
)
def test_what_there_is_not(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Not here" in answer.text


@pytest.mark.parametrize("path", [*VIEWS, "/request?id=x", "/newer?after=1"])
def test_a_store_that_is_gone_is_told(client: Client, store: Path, path: str) -> None:
    store.unlink()
    answer = client.get(path)
    assert answer.status_code == 503
    assert "there is no store at" in answer.text


def test_metrics_count_events_and_exceptions(store: Path) -> None:
    metrics = LogMetrics()
    metrics.observe([event("x"), failed("y", 5)])
    text = Client(create_app(store, registry_renderer(registry_of(metrics))), base_url="http://localhost").get("/metrics").text
    for line in (
        'openstack_log_events_total{component="nova-compute",severity="info"} 1.0',
        (
            'openstack_log_exceptions_total{component="nova-compute",dependency="galera",'
            'exception="oslo_db.exception.DBConnectionError"} 1.0'
        ),
        'stratoscope_label_overflow_total{metric="openstack_log_events_total"} 0.0',
    ):
        assert line in text.splitlines()


def test_labels_are_bounded_and_what_is_beyond_is_counted(store: Path) -> None:
    metrics = LogMetrics()
    metrics.observe([event(service=f"s{i}") for i in range(1200)])
    text = Client(create_app(store, registry_renderer(registry_of(metrics))), base_url="http://localhost").get("/metrics").text
    assert text.count("openstack_log_events_total{") == 1001
    assert 'openstack_log_events_total{component="other",severity="other"} 200.0' in text
    assert 'stratoscope_label_overflow_total{metric="openstack_log_events_total"} 200.0' in text
