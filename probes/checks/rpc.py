"""Pings each worker of an oslo.messaging service through its own broker, and tells where the way is broken.

Broker, exchange, host and TLS come from the service's own configuration files. They are read again for a new connection, where
they have changed. The connection stays open between looks.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Iterable
from dataclasses import replace

from clients.model import Deadline, TargetError
from probes.model import Context, Evidence
from probes.oslo.configuration import stamp
from probes.oslo.ini import ConfigurationError
from probes.rpc import findings
from probes.rpc.access import RightsError
from probes.rpc.findings import Asked, Known
from probes.rpc.fleet import WINDOW, Fleet, announcement
from probes.rpc.link import Link, opened
from probes.rpc.ping import Pinger, Recipe, Round
from probes.rpc.plan import Plan, planned
from probes.rpc.settings import Settings

__all__ = ["RpcCheck", "Settings", "make"]
_MARGIN = 0.1
"""Seconds before the deadline at which a look ends, so that its evidence is there in time."""
_FINISH = 2.0
"""Seconds that open pings are waited for when the check is closed."""
_FLEET_EVERY = 60.0
"""Seconds between two looks at how many servers the whole topic has."""
_MISFITS = frozenset({"UnsupportedVersion", "NoSuchMethod"})
"""Replies over which the service logs an error each time."""


def make(settings: Settings, context: Context) -> "RpcCheck":
    """The check. Connects at its first look."""
    return RpcCheck(settings, context)


class RpcCheck:
    """See the module. `announce` and `hung_peers` may be called from any thread, all else from one."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._host = context.host or socket.gethostname()
        self._identity = os.environ.get("POD_UID") or self._host
        self._fleet = Fleet(self._host)
        self._pinger = Pinger(self._fleet)
        self._known = Known()
        self._plan: Plan | None = None
        self._stamp: object = None
        self._link: Link | None = None
        self._first = 0
        self._misfits: dict[str, str] = {}
        self._size: float | None = None
        self._sized = float("-inf")
        self._hung: float | None = None
        self._lock = threading.Lock()

    def look(self, deadline: Deadline) -> Iterable[Evidence]:
        """One round: evidence about the service, and, by a name that ends in `_control`, about the way to it."""
        with self._lock:
            at = deadline.clock()
            end = Deadline(deadline.at - _MARGIN, deadline.clock)
            try:
                return self._looked(at, end)
            except (ConfigurationError, RightsError) as error:
                return findings.unknown(at, deadline.clock() - at, str(error))
            except TargetError as error:
                return findings.no_broker(at, deadline.clock() - at, str(error))

    def close(self) -> None:
        """Wait a moment for open pings and take leave of the broker. While a look is stuck, only let go."""
        if not self._lock.acquire(timeout=_FINISH):
            return
        try:
            link, self._link = self._link, None
            if link is not None:
                with contextlib.suppress(TargetError):
                    self._pinger.finish(link, Deadline.after(_FINISH))
                link.close()
        finally:
            self._lock.release()

    def announce(self, now: float) -> None:
        """Tell the other probes of this service, with the next look, that this one sees a hang at `now` (monotonic seconds)."""
        self._hung = now

    def hung_peers(self, now: float) -> int:
        """Hosts whose probes of this service announced a hang within the minute before `now` (monotonic seconds)."""
        return self._fleet.hung(now)

    def _looked(self, at: float, deadline: Deadline) -> list[Evidence]:
        plan = self._planned()
        recipe = next((one for one in plan.recipes if one.name not in self._misfits), None)
        seen, took = self._round(plan, recipe, deadline)
        asked = Asked(recipe.name if recipe else "", self._settings.workers, took, self._mute(plan) if recipe is None else "")
        found = findings.evidence(at, deadline.clock() - at, seen, asked, self._known)
        self._known.learn(seen)
        self._learn(recipe, seen)
        return [self._with_fleet(found[0]), *found[1:]]

    def _planned(self) -> Plan:
        """Files are read again for a new connection, where they have changed."""
        if self._plan is None or self._link is None:
            now = stamp(self._context.config_files)
            if self._plan is None or now != self._stamp:
                self._plan = planned(self._settings, self._context, self._host, self._identity)
                self._stamp = now
        return self._plan

    def _round(self, plan: Plan, recipe: Recipe | None, deadline: Deadline) -> tuple[Round, float]:
        """A round, and how long it took. A connection that broke since the last look is made anew; that is no finding."""
        kept = self._link is not None
        try:
            return self._round_once(plan, recipe, deadline)
        except TargetError:
            self._drop()
            if not kept or deadline.clock() >= deadline.at:
                raise
        try:
            return self._round_once(plan, recipe, deadline)
        except TargetError:
            self._drop()
            raise

    def _round_once(self, plan: Plan, recipe: Recipe | None, deadline: Deadline) -> tuple[Round, float]:
        if self._link is None:
            self._link = self._opened(plan, deadline)
        begun = deadline.clock()
        seen = self._pinger.round(self._link, plan.targets, recipe, deadline)
        took = deadline.clock() - begun
        if not seen.blocked and seen.control is not None:
            self._talk_to_fleet(self._link, deadline)
        return seen, took

    def _opened(self, plan: Plan, deadline: Deadline) -> Link:
        """A link to any broker. When there was time for none, the next look begins with the next one."""
        first = self._first % len(plan.brokers)
        try:
            return opened(plan.access, plan.brokers[first:] + plan.brokers[:first], self._settings.connect_timeout, deadline)
        except TargetError:
            self._first += 1
            raise

    def _talk_to_fleet(self, link: Link, deadline: Deadline) -> None:
        hung, self._hung = self._hung, None
        if hung is not None and deadline.clock() - hung < WINDOW:
            link.announce(announcement(self._host), deadline)
        if deadline.clock() - self._sized >= _FLEET_EVERY:
            self._sized = deadline.clock()
            self._size = link.consumers(self._settings.topic, deadline)

    def _with_fleet(self, evidence: Evidence) -> Evidence:
        figures = dict(evidence.figures)
        if self._size is not None:
            figures["fleet"] = self._size
        trouble = self._link.fleet_trouble if self._link is not None else ""
        text = f"{evidence.text}; {trouble}" if trouble else evidence.text
        return replace(evidence, figures=figures, text=text)

    def _learn(self, recipe: Recipe | None, seen: Round) -> None:
        """A call that the service logs as an error is not made again, until its servers were gone: they may be new then."""
        if any(not one.consumers for one in seen.pinged):
            self._misfits.clear()
        odd = next((one.odd for one in seen.pinged if one.odd is not None and one.odd.failure in _MISFITS), None)
        if recipe is not None and odd is not None:
            self._misfits[recipe.name] = f"{odd.failure}: {' '.join(odd.message.split())[:160]}"

    def _mute(self, plan: Plan) -> str:
        """Why nothing is sent."""
        if not plan.recipes:
            return "nothing to ping with: set rpc_ping_enabled = true in the service's [DEFAULT], or method in the settings"
        said = "; ".join(f"{one.name} ({self._misfits.get(one.name, '')})" for one in plan.recipes)
        return f"no pings any more, as the service logs each as an error: {said}; set version and namespace as its endpoint has"

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.drop()
