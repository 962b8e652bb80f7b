"""All rules, in the order in which they are told."""

from collections.abc import Iterator

from stratoscope.doctor.inventory import Decide, ServiceCount, seen, services
from stratoscope.doctor.model import Cluster, Finding, Severity
from stratoscope.doctor.ourselves import inject_settings
from stratoscope.doctor.rules.exporters import exporters
from stratoscope.doctor.rules.injector import injector
from stratoscope.doctor.rules.logs import logs
from stratoscope.doctor.rules.monitors import monitors
from stratoscope.doctor.rules.ourselves import ourselves
from stratoscope.doctor.rules.rights import rights
from stratoscope.doctor.rules.security import security
from stratoscope.doctor.rules.sidecars import broken, declined, missing
from stratoscope.doctor.rules.versions import versions
from stratoscope.doctor.rules.view import Rule, View, named
from stratoscope.inject.deciding import decide

RULES: tuple[tuple[str, Rule], ...] = (
    ("versions", versions),
    ("injector", injector),
    ("ourselves", ourselves),
    ("broken", broken),
    ("missing", missing),
    ("declined", declined),
    ("security", security),
    ("exporters", exporters),
    ("monitors", monitors),
    ("logs", logs),
    ("rights", rights),
)
_ORDER = tuple(Severity)


def view_of(cluster: Cluster) -> View:
    """What the rules get: pods judged as the cluster's own injector judges them."""
    settings = inject_settings(cluster)
    judge: Decide = lambda subject: decide(subject, settings)  # noqa: E731
    return View(cluster, settings, seen(cluster, judge))


def findings(view: View) -> list[Finding]:
    """All of them, the worst first."""
    found = [one for name, rule in RULES for one in named(name, rule(view))]
    return sorted(found, key=lambda one: _ORDER.index(one.severity))


def running(view: View) -> Iterator[ServiceCount]:
    """What runs."""
    return services(view.pods)
