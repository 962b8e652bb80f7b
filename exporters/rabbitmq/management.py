"""What the management API says, read into values. Pure; the requests themselves stand here as text.

Asked are only the cheap ones: rows of nodes, health checks (a millisecond each), queues without statistics, connections, each
with the columns that are used. Bare `/api/queues` takes a broker of 24,000 queues 12 to 25 seconds; it is never asked for.

A page costs a broker nearly as much as all of the listing, which it makes and sorts for each: at 24,000 queues 0.5 s of CPU for
one of the 48 pages, 1 s for the whole. So a listing of several pages is asked for as a whole, while it is not too long to hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

from clients.model import MalformedError

NODES = "/api/nodes?columns=name,running,partitions"
ALARMS = "/api/health/checks/alarms"
QUORUM = "/api/health/checks/node-is-quorum-critical"
OVERVIEW = "/api/overview?columns=disable_stats"
PAGE_SIZE = 500
"""The most that the API gives (`MAX_PAGE_SIZE` of `rabbit_mgmt_util.erl`)."""

CHECKED = (200, 503)
"""Status of a health check: all is well, or the body says what is not."""

RESOURCES = ("memory", "disk", "file_descriptor_limit", "other")
"""Values of the label `resource`."""

TYPES = ("classic", "quorum", "stream", "other")
"""Values of the label `type`."""

_NAMED_QUEUES = 20


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """A resource of a member is used up: publishers are blocked in the whole cluster."""

    member: str
    resource: str


@dataclass(frozen=True, slots=True)
class Peer:
    """A member as another one sees it; `partitions` are those from which it has been cut off (Mnesia only)."""

    name: str
    running: bool
    partitions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuorumCritical:
    """Quorum queues that would lose their quorum without the member that was asked: how many, and some by name."""

    count: int
    some: tuple[str, ...] = ()


class QueueRow(NamedTuple):
    """A queue as the slow lane sees it. `expires` is whether it goes by itself when unused."""

    vhost: str
    name: str
    kind: str
    state: str
    expires: bool


class ConnectionRow(NamedTuple):
    """A connection: the name that the client gave it (empty: none), its state, its channels."""

    name: str
    state: str
    channels: int


def queues_path(vhost: str | None, page: int | None) -> str:
    """A page of queues, or all: no statistics, as these are what makes it dear."""
    where = "" if vhost is None else f"/{quote(vhost, safe='')}"
    return f"/api/queues{where}?disable_stats=true&columns=vhost,name,type,state,arguments,policy{_paged(page)}"


def connections_path(vhost: str | None, page: int | None) -> str:
    """A page of connections, or all. Their names come with the statistics only (3.10), so these are not left out here."""
    where = "/api/connections" if vhost is None else f"/api/vhosts/{quote(vhost, safe='')}/connections"
    return f"{where}?columns=user_provided_name,state,channels{_paged(page)}"


def _paged(page: int | None) -> str:
    return "" if page is None else f"&page={page}&page_size={PAGE_SIZE}"


def peers(answer: Any) -> tuple[Peer, ...]:
    """Of NODES. Raises MalformedError."""
    return tuple(
        Peer(_text(row, "name"), row.get("running") is True, tuple(map(str, row.get("partitions") or ())))
        for row in _rows(answer)
    )


def alarms(answer: Any) -> tuple[Alarm, ...]:
    """Of ALARMS. Raises MalformedError."""
    rows = _rows(_check(answer).get("alarms", []))
    return tuple(Alarm(_text(row, "node"), _one_of(RESOURCES, row.get("resource"))) for row in rows)


def quorum_critical(answer: Any) -> QuorumCritical:
    """Of QUORUM. Raises MalformedError."""
    rows = _rows(_check(answer).get("queues", []))
    return QuorumCritical(len(rows), tuple(str(row.get("readable_name", "?")) for row in rows[:_NAMED_QUEUES]))


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a listing, how many pages it has, how many rows in all."""

    rows: list[Mapping[str, Any]]
    pages: int
    total: int


def page_of(answer: Any) -> Page:
    """Of a path with a page; also of one past the last, as rows may have gone meanwhile. Raises MalformedError."""
    page = _mapping(answer)
    if page.get("error") == "page_out_of_range":
        return Page([], 0, 0)
    pages, total = page.get("page_count"), page.get("filtered_count")
    if not isinstance(pages, int) or not isinstance(total, int):
        raise MalformedError("the management API gave no page where one was asked for")
    return Page(_rows(page.get("items")), pages, total)


def whole_of(answer: Any) -> Page:
    """Of a path without a page. Raises MalformedError."""
    rows = _rows(answer)
    return Page(rows, 1, len(rows))


def queue_row(row: Mapping[str, Any]) -> QueueRow:
    """A row of queues_path. A policy is taken for one that lets the queue expire: its definition is not in the answer."""
    arguments = row.get("arguments")
    expires = bool(row.get("policy")) or (isinstance(arguments, Mapping) and "x-expires" in arguments)
    kind = str(row.get("type", "classic")).removeprefix("rabbit_").removesuffix("_queue")
    return QueueRow(_text(row, "vhost"), _text(row, "name"), _one_of(TYPES, kind), str(row.get("state", "")), expires)


def connection_row(row: Mapping[str, Any]) -> ConnectionRow:
    """A row of connections_path."""
    channels = row.get("channels")
    name = row.get("user_provided_name")
    named = name if isinstance(name, str) else ""
    return ConnectionRow(named, str(row.get("state", "")), channels if isinstance(channels, int) else 0)


def without_statistics(answer: Any) -> bool:
    """Of OVERVIEW: whether the broker keeps no statistics for the management API, and with them no names of connections."""
    return _mapping(answer).get("disable_stats") is True


def _check(answer: Any) -> Mapping[str, Any]:
    """The answer of a health check."""
    if (status := _mapping(answer).get("status")) not in {"ok", "failed"}:
        raise MalformedError(f"the management API gave a health check with the status {status!r:.20}")
    return _mapping(answer)


def _rows(answer: Any) -> list[Mapping[str, Any]]:
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise MalformedError("the management API gave no list where one belongs")
    return answer


def _mapping(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise MalformedError("the management API gave no object where one belongs")
    return answer


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise MalformedError(f"the management API gave a row without {key!r}")
    return value


def _one_of(words: tuple[str, ...], value: object) -> str:
    return value if isinstance(value, str) and value in words else "other"
