"""Settings of a wait."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from clients.kubernetes_access import ApiAccess
from parsers.secret import Secret
from probes.wait.graph import NODES, UnknownNodeError, node_of
from probes.wait.model import More
from probes.wait.target_settings import TargetSettings
from probes.wait.targets import TargetMistakeError, parse


@dataclass(frozen=True, slots=True)
class WaitSettings:
    """What to wait for, how long, and how often to ask."""

    targets: tuple[TargetSettings, ...] = ()
    """All of them are waited for, side by side."""
    oslo_config: tuple[Path, ...] = ()
    """A service's own configuration files (nova.conf, nova.conf.d), in its order: its broker (transport_url), its database
    ([database] connection) and its Keystone ([keystone_authtoken] auth_url) are waited for, with its own logins."""
    service: str = ""
    """A workload of openstack-helm (`nova-compute`): all that it needs is waited for. Default: none."""
    addresses: dict[str, str] = field(default_factory=dict)
    """Targets for services of `service` that are elsewhere than in openstack-helm: `{mariadb: "galera://wait@db:3306"}`; `none`
    leaves one out."""
    namespace: str = ""
    """Of Kubernetes objects that name none. Default: that of our own pod."""
    api: ApiAccess = field(default_factory=ApiAccess)
    """How the Kubernetes API is reached."""
    deadline: Annotated[float, "seconds"] = 1800.0
    """How long all of it may take, then it ends with 1. Default: half an hour. An init container that has failed is started
    again by the kubelet, and shows in the pod's state meanwhile."""
    timeout: Annotated[float, "seconds"] = 5.0
    """How long one attempt may take. Default: five seconds; a watch of the Kubernetes API lasts longer."""
    first: Annotated[float, "seconds"] = 0.5
    """The first pause after a failure; of each, between its half and the whole, by chance. Default: half a second."""
    most: Annotated[float, "seconds"] = 15.0
    """The longest pause. Default: 15 seconds; a login that is refused is a line in the server's log each time."""
    heartbeat: Annotated[float, "seconds"] = 30.0
    """How often a line says what is still waited for. Default: every 30 seconds."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Times that contradict each other, services that are not known."""
        for key in ("deadline", "timeout", "first", "most", "heartbeat"):
            if getattr(self, key) < 0.01:
                yield key, "must be at least 10ms"
        if self.first > self.most:
            yield "first", f"is longer than the longest pause, {self.most:g} s; make `most` longer"
        if self.service:
            try:
                node_of(self.service, NODES)
            except UnknownNodeError as error:
                yield "service", str(error)
        for name, url in self.addresses.items():
            yield from _address_mistakes(name, url, self.service)


def _address_mistakes(name: str, url: str, service: str) -> Iterator[tuple[str, str]]:
    key = f"addresses.{name}"
    if not service:
        yield key, "is of no use without `service`"
    if url == "none":
        return
    try:
        parse(url, More(password=Secret("")))  # its password may come with the arguments
    except TargetMistakeError as error:
        yield key, str(error)
