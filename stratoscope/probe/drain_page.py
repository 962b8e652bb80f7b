"""`/drain/SERVICE`, for preStop: who may ask, and an answer that comes when the drain has ended."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from stratoscope.probe.aside import Aside
from stratoscope.probe.drains import shown
from stratoscope.probe.watched import Watched
from stratoscope.serving.light import Later
from stratoscope.serving.light_http import Reply, Request

if TYPE_CHECKING:
    from probes.drain.conductor import Drain

FindService = Callable[[str], Watched | None]
_METHODS = ("GET", "POST", "DELETE")


class DrainPage:
    """Answers a request. `allowed`: networks, besides the pod itself; as they are in the settings now."""

    def __init__(self, service: FindService, allowed: Callable[[], tuple[str, ...]]) -> None:
        self._service = service
        self._allowed = allowed

    def __call__(self, name: str, request: Request) -> Reply | Later:
        """GET (as preStop does) and POST drain, and are answered at the end of it; DELETE takes it back."""
        if request.method not in _METHODS:
            return Reply(405, "GET or POST drains, DELETE takes it back.\n", headers=(("Allow", ", ".join(_METHODS)),))
        if not may_ask(request, self._allowed()):
            text = f"{request.peer} may not drain; ask from the pod itself, name its network in drain_from, or show a password"
            return Reply(403, f"{text}\n")
        watched = self._service(name)
        if watched is None:
            return Reply(404, f"there is no service {name[:60]!r} that is looked at here\n")
        if request.method == "DELETE":
            return _cancelled(watched)
        drain = watched.drains.begin()
        return lambda: _ended(drain)


def may_ask(request: Request, networks: tuple[str, ...]) -> bool:
    """Whether who asks may drain: the pod itself, a named network, who has shown a password. Never a page in a browser."""
    if "origin" in request.headers or "sec-fetch-site" in request.headers:
        return False
    if request.known or request.peer == request.local:
        return True
    try:
        peer = ip_address(request.peer)
    except ValueError:
        return False
    return peer.is_loopback or any(peer in ip_network(one) for one in networks)


def _ended(drain: "Drain") -> Reply | None:
    """The answer once it has ended, whatever came of it: the kubelet goes on with the pod's end in any case."""
    status = drain.status()
    return Reply(200, f"{shown(status).told}\n") if status.outcome is not None else None


def _cancelled(watched: Watched) -> Later:
    aside = Aside("cancel")
    aside.begin(watched.drains.cancel)

    def ended() -> Reply | None:
        return None if aside.busy else Reply(200, "it is drained no more\n")

    return ended
