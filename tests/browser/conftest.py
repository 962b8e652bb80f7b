"""A real browser, the page over a store in a real server, and a watch over all that a browser complains about."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from stratoscope.collect.metrics import registry_of
from stratoscope.serving.metrics_page import registry_renderer
from stratoscope.serving.server import Server
from stratoscope.web.app import create_app
from stratoscope.web.listening import bind_page
from stratoscope.web.model import Check, Checks, Fact, Link
from tests.browser.made import START, cloud, hostile, put

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""It may run as root in a container, and asks nobody on the Internet."""
PATIENCE = 60_000
"""Milliseconds: two slow cores may run another test process beside it."""
GIVEN_UP = "net::ERR_ABORTED"
WATCH = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
        window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
    });
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
    }).observe({ type: "layout-shift", buffered: true });
"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the session: as long as it runs, no other test of the process may have an event loop in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS), timeout=PATIENCE)
        yield browser
        browser.close()


@contextlib.contextmanager
def served(store: Path) -> Iterator[str]:
    """The address of the page over a store. Its clock stands at a quarter of an hour after the first event."""

    def health() -> tuple[Checks, ...]:
        facts = (
            Fact("profile", "nova-compute", "enforce"),
            Fact("liveness", "hung: no worker has answered for 5 min, and 12 kB wait unread", "fails"),
            Fact("proof: unanswered", "holds for 5 min"),
            Fact("proof: backlog", "holds for 4 min 50 s"),
            Fact("rpc (compute.cmp001)", "0 of 1 answered rpc_ping in 5 s; 3 s ago", "silent"),
            Fact("sockets", "3 connections to port 5672, 12,288 bytes wait unread; 1 s ago", "stuck"),
        )
        book = Link("Runbook", "https://wiki.example.org/runbooks/probes/ProbeServiceHung.md")
        events = Link("Its events", "/?q=service%3Anova-compute")
        hung = "No worker has answered for 5 min, and what it is sent stays unread."
        probes = (
            Check("nova-compute", "bad", hung, "hung", START + 600, facts, (events, book)),
            Check("keystone", "good", "2 of 2 workers answer in 3 ms", "healthy", START, facts[:1]),
            Check("neutron-server", "unknown", "looking for its processes", "starting", START + 890),
        )
        blame = Link("Errors that blame it", "/errors?q=dependency%3Agalera")
        node = (Fact("db3 wsrep_cluster_status", "non-Primary"), Fact("db1 wsrep_cluster_size", "2"))
        exporters = (
            Check("galera main", "good", "Answered 4 s ago.", "reachable", facts=node[:1], links=(blame,)),
            Check("cluster main", "warning", "node not primary; member missing", "degraded", facts=node),
            Check(
                "rabbitmq main", "bad", "mq1:15672: Connection refused; is it running? (last good answer: never)", "unreachable"
            ),
        )
        return Checks("Probes", probes), Checks("Exporters", exporters), Checks("Others", (), "None runs here.")

    app = create_app(store, registry_renderer(registry_of()), health, now=lambda: START + 900)
    with Server(app, bind_page("127.0.0.1:0", None)) as server:
        yield server.url


@pytest.fixture(scope="session")
def cloud_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page that no test changes."""
    store = tmp_path_factory.mktemp("cloud") / "events.db"
    put(store, cloud())
    with served(store) as url:
        yield url


@pytest.fixture(scope="session")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One whose log lines are made to harm."""
    store = tmp_path_factory.mktemp("hostile") / "events.db"
    put(store, hostile())
    with served(store) as url:
        yield url


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens pages, each with a browser profile of its own; at the end there was nothing to complain about in any."""
    complaints: list[str] = []
    with contextlib.ExitStack() as stack:

        def make(url: str, *, theme: Any = "light", width: int = 1280, script: bool = True, allow: str = "") -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": 800}, color_scheme=theme, java_script_enabled=script
            )
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            context.set_default_navigation_timeout(PATIENCE)
            page = context.new_page()
            if script:
                page.add_init_script(WATCH)

            def complain(text: str) -> None:
                if not allow or allow not in text:
                    complaints.append(text)

            page.on("console", lambda message: complain(f"console: {message.text}"))
            page.on("pageerror", lambda error: complain(f"error: {error}"))
            page.on("dialog", lambda dialog: complain(f"dialog: {dialog.message}"))
            # what is still on its way when one goes on to the next page is given up, and that is no fault
            page.on("requestfailed", lambda one: None if one.failure == GIVEN_UP else complain(f"{one.url} {one.failure}"))
            page.on("request", lambda request: None if request.url.startswith(url[:20]) else complain(request.url))
            page.goto(url)
            return page

        yield make
    assert complaints == []
