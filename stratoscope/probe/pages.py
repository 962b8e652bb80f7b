"""What the endpoint says to a request, out of the newest snapshot. Reads, and waits for nothing.

Liveness has one rule more than the others: it fails only when the policy says so. A name that is not known, a verdict that
is too old and a fault of ours answer 200, as a failing liveness probe kills.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from stratoscope.probe.debug import debug_text
from stratoscope.probe.happenings import Happenings
from stratoscope.probe.snapshot import DEAD_AFTER, Snapshot, View
from stratoscope.serving.light import Later
from stratoscope.serving.light_http import Reply, Request

_log = logging.getLogger("stratoscope.probe")
Render = Callable[[Request], Reply]
Drain = Callable[[str, Request], Reply | Later]
PATHS = ("/livez", "/readyz", "/startupz", "/-/healthy", "/debug", "/metrics", "/drain")
_INDEX = """stratoscope probe

/livez/SERVICE     whether killing it would help: 503 only then
/readyz            whether all are ready; /readyz/SERVICE for one
/startupz/SERVICE  whether it has started
/debug             what each verdict rests on; /debug/SERVICE for one
/metrics           for Prometheus
/drain/SERVICE     for preStop: takes it out of service, and answers when that is done
/-/healthy         whether this sidecar itself is well
"""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the pages take things from. `clock` is monotonic."""

    snapshot: Callable[[], Snapshot]
    metrics: Render
    drain: Drain
    happenings: Happenings
    clock: Callable[[], float] = time.monotonic


class Pages:
    """Answers requests."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def __call__(self, request: Request) -> Reply | Later:
        """One request."""
        path, name = _split(request.path)
        try:
            reply = self._reply(path, name, request)
        except Exception:
            if path != "/livez":
                raise
            _log.exception("a fault in the answer to %s", request.path)
            reply = Reply(200, "fine as far as is known: a fault of stratoscope; its log has more\n")
        if isinstance(reply, Reply):
            self._sources.happenings.asked(path if path in PATHS else "other", reply.status)
        return reply

    def _reply(self, path: str, name: str, request: Request) -> Reply | Later:
        if path == "/drain":
            return self._sources.drain(name, request)
        if request.method not in ("GET", "HEAD"):
            return Reply(405, "Only GET and HEAD.\n", headers=(("Allow", "GET, HEAD"),))
        snapshot, now = self._sources.snapshot(), self._sources.clock()
        match path, name:
            case "/livez", _:
                reply = self._live(name, snapshot, now)
            case "/readyz" | "/startupz", _:
                reply = _ready(path, name, snapshot, now)
            case "/-/healthy", _:
                reply = _healthy(snapshot, now)
            case "/metrics", "":
                reply = self._sources.metrics(request)
            case "/debug", _:
                reply = _debug(name, snapshot, now)
            case "/", "":
                reply = Reply(200, _INDEX)
            case _:
                reply = Reply(404, "There is no such page; / tells which there are.\n")
        return reply

    def _live(self, name: str, snapshot: Snapshot, now: float) -> Reply:
        view = _chosen(name, snapshot)
        if view is None:
            self._sources.happenings.asked_for_unknown(f"/livez/{name}".removesuffix("/"))
            return Reply(200, f"fine as far as is known: {_unknown(name, snapshot)}\n")
        if view.stale(now):
            return Reply(200, f"{_stale(view, now)}; a service is never killed for that\n")
        return Reply(200 if view.live.ok else 503, f"{view.live.reason}\n")


def _ready(path: str, name: str, snapshot: Snapshot, now: float) -> Reply:
    """/readyz and /startupz, of one service or of all. What is stale is not ready; but it has started: that probe kills."""
    views = [snapshot.views[name]] if name in snapshot.views else [] if name else list(snapshot.views.values())
    if not views:
        return Reply(404 if name and not snapshot.trouble else 503, f"{_unknown(name, snapshot)}\n")
    told: list[tuple[bool, str]] = []
    for view in views:
        answer = view.ready if path == "/readyz" else view.started
        fine, reason = (path == "/startupz", _stale(view, now)) if view.stale(now) else (answer.ok, answer.reason)
        told.append((fine, reason if len(views) == 1 else f"{view.verdict.service}: {reason}"))
    bad = [line for fine, line in told if not fine]
    return Reply(503 if bad else 200, "".join(f"{line}\n" for line in (bad or [line for _, line in told])))


def _healthy(snapshot: Snapshot, now: float) -> Reply:
    if snapshot.age(now) > DEAD_AFTER:
        return Reply(503, f"the loop has stood still for {snapshot.age(now):.0f} s; this sidecar should be restarted\n")
    return Reply(200, "Healthy\n")


def _debug(name: str, snapshot: Snapshot, now: float) -> Reply:
    if name and name not in snapshot.views:
        return Reply(404, f"{_unknown(name, snapshot)}\n")
    return Reply(200, debug_text(snapshot, now, only=name))


def _chosen(name: str, snapshot: Snapshot) -> View | None:
    if not name and len(snapshot.views) == 1:
        return next(iter(snapshot.views.values()))
    return snapshot.views.get(name)


def _unknown(name: str, snapshot: Snapshot) -> str:
    if snapshot.trouble or not snapshot.views:
        return snapshot.trouble or "nothing is looked at yet"
    known = ", ".join(snapshot.views)
    return f"there is no service {name[:60]!r} here, only {known}" if name else f"which service? There are {known}"


def _stale(view: View, now: float) -> str:
    return f"stale: the last verdict is {view.age(now):.0f} s old, as this sidecar was stopped or is overloaded"


def _split(path: str) -> tuple[str, str]:
    """`/livez/nova-compute` -> /livez, nova-compute; `/-/healthy` stays whole."""
    if path.startswith("/-/"):
        return path.rstrip("/"), ""
    head, _, name = path.removeprefix("/").partition("/")
    return f"/{head}", name.rstrip("/")
