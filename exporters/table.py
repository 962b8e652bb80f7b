"""All exporters: a literal table. A new one is a package that keeps to the names below, and a row here.

    exporters/NAME/settings.py     NameSettings, a dataclass
    exporters/NAME/metrics.py      METRICS, a tuple of `Metric`
    exporters/NAME/collector.py    NameCollector, a `Collector`, made from `settings` and what the row says it is `given`

Only the collectors that the settings ask for are imported: their clients are most of the memory of a process.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from exporters.frame.plan import Plan
from exporters.frame.view import View
from exporters.metrics import Metric
from exporters.model import Collector


@dataclass(frozen=True, slots=True)
class Exporter:
    """One row. `prefixes`: how the names of its metrics begin. `plan`: how it is asked where the settings do not say.

    `given`: what its collector is made from besides settings: `target`, where these have no name of their own, and `view`.
    `apart`: the setting by which the series of two targets are told apart; empty where one process can have only one.
    `needs`: the exporter without which it has nothing to tell.
    """

    name: str
    summary: str
    prefixes: tuple[str, ...]
    plan: Plan
    given: tuple[Literal["target", "view"], ...] = ()
    package: str = "exporters"
    apart: str = "name"
    needs: str = ""

    @property
    def joins(self) -> bool:
        """Whether it reads the snapshots of others."""
        return "view" in self.given

    def settings(self) -> type[Any]:
        """Its settings class."""
        return self._named("settings", f"{self.name.capitalize()}Settings")  # type: ignore[no-any-return]

    def metrics(self) -> tuple[Metric, ...]:
        """All that it may give out."""
        return tuple(self._named("metrics", "METRICS"))

    def build(self, settings: Any, target: str, view: View) -> Collector[Any]:
        """A collector of one target."""
        more = {name: one for name, one in (("target", target), ("view", view)) if name in self.given}
        collector = self._named("collector", f"{self.name.capitalize()}Collector")
        return collector(settings=settings, **more)  # type: ignore[no-any-return]

    def _named(self, module: str, name: str) -> Any:
        return getattr(import_module(f"{self.package}.{self.name}.{module}"), name)


EXPORTERS: tuple[Exporter, ...] = (
    Exporter(
        "galera",
        "Galera clusters of MariaDB and Percona: all nodes seen in one instant, and one verdict for each cluster.",
        ("galera_",),
        Plan("background", 15.0, 10.0),
    ),
    Exporter(
        "rabbitmq",
        "RabbitMQ clusters as oslo.messaging uses them: who serves a topic, what waits, who is blocked, and one verdict.",
        ("rabbitmq_oslo_",),
        Plan("background", 30.0, 25.0),
    ),
    Exporter(
        "ovs",
        "Open vSwitch on this host: both daemons, ports, bonds, the datapath and its saturation.",
        ("ovs_",),
        Plan("scrape", 15.0, 5.0, max_series=150_000),
        given=("target",),
        apart="host",
    ),
    Exporter(
        "ovn",
        "OVN: its databases and their raft, ovn-northd, chassis, ports and gateways, and ovn-controller on this host.",
        ("ovn_",),
        Plan("background", 15.0, 10.0),
        given=("target",),
    ),
    Exporter(
        "agents",
        "The agents of Nova, Neutron, Cinder and other services of a cloud, as their APIs tell of them.",
        ("openstack_",),
        Plan("background", 60.0, 90.0, max_series=200_000),
    ),
    Exporter(
        "hosts",
        "One state for each hypervisor, joined from the other exporters of the same process.",
        ("openstack_host",),
        Plan("scrape", 30.0, 10.0, max_series=100_000),
        given=("view",),
        apart="",
        needs="agents",
    ),
)
"""In the order of the documents."""
