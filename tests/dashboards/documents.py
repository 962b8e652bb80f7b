"""The tables of docs/alerts.md: all alerts, and what fires when something breaks. Made by `make docs`."""

from collections.abc import Iterable

from tests.dashboards.alerts.rules import AREAS, Alert, alerts, by_name
from tests.dashboards.live.faults import FAULTS, Fault


def alert_tables() -> str:
    """A table for each area."""
    return "\n".join(f"### {area}\n{_table(alert for alert in alerts() if alert.area == area)}" for area in AREAS)


def fault_table() -> str:
    """What was broken on real servers, and which alerts came of it."""
    head = "| what was broken | told | kept back by inhibition |\n| --- | --- | --- |\n"
    return head + "".join(f"| {fault.what} | {_told(fault)} | {_names(fault.silenced) or '-'} |\n" for fault in FAULTS)


def _table(some: Iterable[Alert]) -> str:
    rows = (
        f"| [`{alert.name}`](../dashboards/runbooks/{alert.area}/{alert.name}.md) | {alert.severity} | {_times(alert)} |"
        f" {_what(alert)} |\n"
        for alert in some
    )
    return "| alert | severity | for | what it says |\n| --- | --- | --- | --- |\n" + "".join(rows)


def _times(alert: Alert) -> str:
    keeps = f", keeps {alert.keep}" if alert.keep else ""
    return f"{alert.wait or 'at once'}{keeps}"


def _what(alert: Alert) -> str:
    """Its summary, with the names of labels where an alert has their values."""
    text = alert.annotations["summary"]
    for opening in ("{{ $labels.", "{{ $value"):
        while opening in text:
            start = text.index(opening)
            end = text.index("}}", start)
            name = text[start + len(opening) : end].strip() if "labels" in opening else "N"
            text = f"{text[:start]}*{name.upper()}*{text[end + 2 :]}"
    return text.replace("|", "\\|")


def _told(fault: Fault) -> str:
    shown = [by_name()[name] for name in fault.alerts if name not in fault.silenced]
    return ", ".join(f"`{alert.name}` ({alert.severity}, {alert.wait or 'at once'})" for alert in shown)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
