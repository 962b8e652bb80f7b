"""uWSGI's stats server (`--stats`): its master tells what its workers do, also when none of them answers.

Its answer holds the header fields of the requests that run now, tokens among them. Nothing but method and path is shown.
"""

import json
import re
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from clients.model import Deadline, MalformedError, TargetError
from clients.sockets import Endpoint, told
from probes.checks.looking import Look, Past, address_mistakes, shown
from probes.model import Context, Evidence, Finding

_LIMIT = 8 << 20
"""Bytes of an answer: 64 workers of 32 threads give 600 kB, each with the header of its request."""
_CHUNK = 256 << 10
_RESET = struct.pack("ii", 1, 0)
_VARIABLE = re.compile(rb'^"(.*)"(,?)\r?$', re.MULTILINE)
_REQUEST = b"GET / HTTP/1.0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Settings:
    """Whom to ask."""

    address: str
    """`tcp:HOST:PORT` or `unix:/PATH` of the stats server."""
    http: bool = False
    """Whether it wants an HTTP request (`--stats-http`). Default: no; it then tells all to whoever connects."""
    stuck_after: Annotated[float, "seconds"] = 120.0
    """A worker that has been at the same request for so long is stuck. Default: twice the longest that an API call should take;
    an upload of an image takes longer: raise it there."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """An address that is none."""
        yield from address_mistakes("address", self.address, "tcp", "unix")
        if self.stuck_after <= 0:
            yield "stuck_after", "must be more than 0 seconds"


@dataclass(frozen=True, slots=True)
class Core:
    """A thread of a worker, which takes one request at a time. `request`: what tells it from the next one; empty if idle."""

    pid: int
    number: int
    request: str
    path: str


@dataclass(frozen=True, slots=True)
class Stats:
    """What the stats server says. `queue`: connections that wait, of at most `limit`; that of a unix socket it sees as 0."""

    cores: tuple[Core, ...]
    statuses: Mapping[str, int]
    requests: int
    exceptions: int
    harakiri: int
    queue: int
    limit: int
    applications: int


class Workers:
    """FINE: at least one worker is free, or all are busy and get on.

    PARTIAL about a pid: a worker has been at one request for `stuck_after`. DRAINED: all are busy, and connections wait or not
    one request was finished since the last look: saturated. All stuck is DRAINED too, and never STUCK: workers that wait for a
    hung database look just the same, and a restart would not help them. UNFIT: the listen queue is full, so clients are turned
    away. NOT_YET, and UNFIT once it was fine: no worker, or no application loaded. SILENT: the master says nothing. NOT_YET,
    and GONE once it was fine: nobody listens. UNKNOWN: no stats server there.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoint = Endpoint.parse(settings.address)
        self._past = Past()
        self._since: dict[tuple[int, int, str], float] = {}
        self._requests: int | None = None

    def look(self, deadline: Deadline) -> tuple[Evidence, ...]:
        """Ask once."""
        look = Look(deadline)
        try:
            said = fetched(self._endpoint, deadline, _REQUEST if self._settings.http else b"")
            stats = parsed(said, str(self._endpoint))
        except TargetError as failed:
            return (look.saw(self._past.without_answer(failed), str(failed)),)
        return self._judged(look, stats)

    def close(self) -> None:
        """Nothing is kept: the stats server hangs up after each answer."""

    def _judged(self, look: Look, stats: Stats) -> tuple[Evidence, ...]:
        busy = [core for core in stats.cores if core.request]
        keys = {(core.pid, core.number, core.request) for core in busy}
        self._since = {key: self._since.get(key, look.at) for key in keys}
        moved, self._requests = stats.requests != self._requests or self._requests is None, stats.requests
        figures = {
            "workers": len(stats.cores), "busy": len(busy), "listen_queue": stats.queue, "listen_queue_limit": stats.limit,
            "exceptions": stats.exceptions, "harakiri": stats.harakiri,
        }  # fmt: skip
        told_statuses = ", ".join(f"{count} {status}" for status, count in sorted(stats.statuses.items()))
        what = f"{self._endpoint}: {told_statuses or 'no worker'}; {stats.queue} of {stats.limit} wait"
        if not stats.cores or not stats.applications:
            lacks = "no application is loaded" if stats.cores else "it has no worker"
            return (look.saw(self._past.lacking(), f"{what}; {lacks}", **figures),)
        if stats.limit and stats.queue >= stats.limit:
            return (look.saw(Finding.UNFIT, f"{what}: the listen queue is full", **figures),)
        if len(busy) == len(stats.cores) and (stats.queue or not moved):
            return (look.saw(Finding.DRAINED, f"{what}: all workers are busy{self._longest(look, busy)}", **figures),)
        self._past.fine = True
        return tuple(self._stuck(look, busy)) or (look.saw(Finding.FINE, what, **figures),)

    def _stuck(self, look: Look, busy: Sequence[Core]) -> Iterator[Evidence]:
        for core in busy:
            seconds = look.at - self._since[core.pid, core.number, core.request]
            if seconds >= self._settings.stuck_after:
                text = f"{self._endpoint}: worker {core.pid} has been at {core.path} for {seconds:.0f} s"
                yield look.saw(Finding.PARTIAL, text, str(core.pid), request_seconds=seconds)

    def _longest(self, look: Look, busy: Sequence[Core]) -> str:
        core = min(busy, key=lambda each: self._since[each.pid, each.number, each.request])
        return f", {core.pid} with {core.path} for {look.at - self._since[core.pid, core.number, core.request]:.0f} s"


def fetched(endpoint: Endpoint, deadline: Deadline, request: bytes = b"") -> bytes:
    """All that the stats server says. It hangs up first; we answer with a reset, as that end would stay in TIME_WAIT."""
    what = str(endpoint)
    data = bytearray()
    with endpoint.connect(deadline) as held, told(what):
        if request:
            held.settimeout(deadline.left(what))
            held.sendall(request)
        while True:
            held.settimeout(deadline.left(what))
            piece = held.recv(_CHUNK)
            if not piece:
                break
            data += piece
            if len(data) > _LIMIT:
                raise MalformedError(f"{what}: an answer of more than {_LIMIT} bytes; is this a stats server of uWSGI?")
        if held.family != socket.AF_UNIX:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    return bytes(data.partition(b"\r\n\r\n")[2] if data.startswith(b"HTTP/") else data)


def parsed(data: bytes, what: str) -> Stats:
    """Read it. Raises MalformedError.

    uWSGI puts the variables of requests into it as they came, one a line without indentation, bytes and backslashes that no
    JSON may have included; all but two of them are taken out first.
    """
    try:
        found = json.loads(_VARIABLE.sub(_variable, data).decode(errors="replace"))
        workers, sockets = _rows(found["workers"]), _rows(found["sockets"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MalformedError(f"{what}: this is not what a stats server of uWSGI says; is it the right address?") from error
    statuses: dict[str, int] = {}
    for worker in workers:
        status = shown(str(worker.get("status", "")), 20)
        statuses[status] = statuses.get(status, 0) + 1
    alive = [worker for worker in workers if _number(worker, "pid") and worker.get("status") not in {"cheap", "pause"}]
    return Stats(
        cores=tuple(_core(worker, core) for worker in alive for core in _rows(worker.get("cores"))),
        statuses=statuses,
        requests=sum(_number(worker, "requests") for worker in alive),
        exceptions=sum(_number(worker, "exceptions") for worker in workers),
        harakiri=sum(_number(worker, "harakiri_count") for worker in workers),
        queue=max((_number(row, "queue") for row in sockets), default=0),
        limit=max((_number(row, "max_queue") for row in sockets), default=0),
        applications=sum(len(_rows(worker.get("apps"))) for worker in alive),
    )


def _variable(line: re.Match[bytes]) -> bytes:
    wanted = line[1].startswith((b"REQUEST_METHOD=", b"PATH_INFO="))
    return json.dumps(line[1].decode(errors="replace") if wanted else "").encode() + line[2]


def _core(worker: Mapping[str, Any], core: Mapping[str, Any]) -> Core:
    request = path = ""
    if _number(core, "in_request"):
        info = core.get("req_info")
        started = _number(info, "request_start") if isinstance(info, Mapping) else 0
        request = f"{started} after {_number(core, 'requests')}"
        names = core.get("vars") if isinstance(core.get("vars"), list) else []
        fields = dict(name.partition("=")[::2] for name in names or [] if isinstance(name, str))
        path = shown(f"{fields.get('REQUEST_METHOD', '')} {fields.get('PATH_INFO', '')}".strip() or "a request", 80)
    return Core(_number(worker, "pid"), _number(core, "id"), request, path)


def _rows(found: Any) -> list[Mapping[str, Any]]:
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def _number(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def make(settings: Settings, context: Context) -> Workers:  # noqa: ARG001  the contract of a check's module
    """The check."""
    return Workers(settings)
