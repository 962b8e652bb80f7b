"""How values become HTML: the templates, their filters, and what holds for all views: the store, the clock, patience.

All that comes from a log passes `visible` or `marked` here, so that what is hidden in it is seen, and autoescape after it.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from clients.model import Deadline
from stratoscope.store.reader import Reader
from stratoscope.store.records import Hit
from stratoscope.store.schema import StoreError
from stratoscope.store.tallies import level_of
from stratoscope.store.terms import dependency_of, fingerprint_of
from stratoscope.summary import clock
from stratoscope.telemetry.log_metrics import LEVEL_NAMES
from stratoscope.text import pieces, visible
from stratoscope.web import charts
from stratoscope.web.asked import Asked, asked, instant, quoted, term
from stratoscope.web.model import WORDS
from stratoscope.web.tracebacks import raised

PATIENCE = 5.0
"""Seconds that one look at a view may take; what was found by then is shown, and said to be a part."""
SHOWN = 20_000
"""Characters of a text that are shown in a view; a link leads to the whole."""
MARKS = 20
"""Marks in one text: a line of nothing but control characters must not become thousands of elements."""
LINKS = {
    "openstack.request_id": "request_id",
    "openstack.global_request_id": "request_id",
    "openstack.instance_uuid": "instance",
    "openstack.user_id": "user",
    "openstack.project_id": "project",
    "log.logger": "logger",
    "exception.type": "exception",
    "http.response.status_code": "status",
    "service.name": "service",
    "host.name": "host",
    "k8s.node.name": "host",
    "k8s.pod.name": "pod",
    "k8s.namespace.name": "namespace",
    "k8s.container.name": "container",
}
"""Attributes that a click searches for, and the field of the search language that does it."""
_STORIES = ("openstack.request_id", "openstack.global_request_id", "openstack.instance_uuid")
"""Attributes whose value has a story."""


class Site:
    """What all views share."""

    def __init__(self, store: Path, now: Callable[[], float] = time.time, patience: float = PATIENCE) -> None:
        self.store = store
        self.now = now
        self._patience = patience
        # a template without its file, or a name it does not know, is a fault to be seen, not an empty place
        self._templates = Environment(
            loader=PackageLoader("stratoscope.web"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "ago": _ago,
            "blamed": lambda hit: dependency_of(hit.event),
            "clock": clock,
            "fingerprint": lambda hit: fingerprint_of(hit.event),
            "instant": instant,
            "json": _json,
            "level": level,
            "marked": marked,
            "number": "{:,}".format,
            "of": counted,
            "phrase": quoted,
            "raised": raised,
            "seconds": seconds,
            "spark": charts.spark,
            "term": lambda value, field: term(field, value),
            "tick": tick,
        }
        self._templates.globals |= {"links": LINKS, "stories": _STORIES, "limit": SHOWN, "states": WORDS}

    def asked(self, path: str, parameters: Any) -> Asked:
        """What an address asks for, now."""
        return asked(path, parameters, self.now())

    def reader(self) -> Reader:
        """A look at the store. Raises StoreError."""
        return Reader(self.store)

    def deadline(self) -> Deadline:
        """By when a look must be over."""
        return Deadline.after(self._patience)

    def hit(self, row: int) -> Hit | None:
        """One event; None where there is none, or no store."""
        try:
            with self.reader() as reader:
                return reader.event(row)
        except (StoreError, OverflowError):
            return None

    def html(self, template: str, values: dict[str, Any], status: int = 200) -> Response:
        """A page, or a part of one."""
        html = self._templates.get_template(template).render({"now": self.now(), **values})
        return HTMLResponse(html.encode("utf-8", "backslashreplace"), status)

    def missing(self) -> Response:
        """The answer to an address that there is not."""
        return self.html("missing.html", {"asked": self.asked("/", {})}, 404)


def plain(text: str) -> Response:
    """Text as text, safe for a terminal as well."""
    return PlainTextResponse(visible(text).encode("utf-8", "backslashreplace"))


def level(hit: Hit) -> str:
    """The name of an event's severity level."""
    return LEVEL_NAMES[min(level_of(hit.event), 21)]


def tick(time: float) -> str:
    """A moment to the millisecond, without the year: it stands in each line."""
    return datetime.fromtimestamp(time, UTC).strftime("%m-%d %H:%M:%S.%f")[:-3]


def seconds(value: float) -> str:
    """A length of time as people say it."""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.2f}".rstrip("0").rstrip(".") + " s"
    for below, size, name, part, small in ((3600, 60, "min", 1, "s"), (2 * 86400, 3600, "h", 60, "min")):
        if value < below:
            rest = int(value % size // part)
            return f"{int(value // size)} {name}" + (f" {rest} {small}" if rest else "")
    return f"{value / 86400:.0f} days"


def counted(number: int, noun: str) -> str:
    """`1 event`, `2,000 events`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def marked(value: object, limit: int = SHOWN) -> Markup:
    """Text, cut, in which what stands for something hidden is marked as such, the first `MARKS` times."""
    html, marks = [], 0
    for piece, hidden in pieces(str(value)[:limit]):
        marks += hidden
        html.append(Markup('<span class="hid">{}</span>').format(piece) if hidden and marks <= MARKS else escape(piece))
    return Markup("").join(html)


def _ago(time: float, now: float) -> str:
    passed = int(now - time)
    return f"{seconds(passed)} ago" if passed >= 1 else "now"


def _shown(value: object) -> object:
    """Every value of a template passes here before it is escaped."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
