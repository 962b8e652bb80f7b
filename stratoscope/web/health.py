"""The view of health: what the store holds, who has fallen silent, and what else of this process tells how it fares."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from stratoscope.store.records import ServiceTally, Totals
from stratoscope.store.schema import StoreError
from stratoscope.web.model import Check, Checks, Health, worst
from stratoscope.web.rendering import Site, counted, seconds

STALE = 900.0
"""Seconds after which it is worth a look that nothing newer has come."""
SERVICES = 100
"""That are shown, those longest silent."""


class HealthView:
    """Answers to how things fare."""

    def __init__(self, site: Site, health: Health) -> None:
        self._site = site
        self._health = health

    def page(self, request: Request) -> Response:  # noqa: ARG002  starlette gives it
        """All checks, and the services by when they were heard last."""
        values: dict[str, Any] = {"asked": self._site.asked("/health", {}), "view": "health", "failure": ""}
        values |= {"services": [], "silent_more": 0}
        status, stored = 200, []
        try:
            with self._site.reader() as reader:
                stored = [store_checks(reader.totals(), self._site.now())]
                services = sorted(reader.services(), key=_heard)
                values |= {"services": services[:SERVICES], "silent_more": max(0, len(services) - SERVICES)}
        except StoreError as error:
            values["failure"], status = str(error), 503
        groups = [*self._health(), *stored]
        summary = worst(check.state for group in groups for check in group.checks)
        return self._site.html("health.html", {**values, "groups": groups, "worst": summary}, status)


def store_checks(totals: Totals, now: float) -> Checks:
    """What the store's sums tell."""
    if totals.newest is None or totals.oldest is None:
        return Checks("Store", [Check("events", "unknown", "The store is empty: nothing was read yet.")])
    old = now - totals.newest
    checks = [
        Check(
            "events",
            "good",
            f"{counted(totals.events, 'event')} of {counted(totals.files, 'file')}, "
            f"over {seconds(totals.newest - totals.oldest)}.",
        ),
        Check(
            "newest event",
            "warning" if old > STALE else "good",
            f"{seconds(max(0, int(old)))} old by this machine's clock"
            + (": nothing newer was logged, or the files are not followed." if old > STALE else "."),
        ),
    ]
    if totals.dropped:
        checks.append(Check("retention", "good", f"{totals.dropped:,} oldest events were dropped to stay below the bound."))
    return Checks("Store", checks)


def _heard(service: ServiceTally) -> float:
    return service.newest
