"""Settings of the agents exporter: one cloud, with one or several regions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from parsers.secret import Secret

Component = Literal["nova", "neutron", "cinder", "heat", "octavia", "manila", "ironic", "designate"]
Interface = Literal["public", "internal", "admin"]


@dataclass(frozen=True, slots=True)
class CloudsYaml:
    """Log in as an entry of `clouds.yaml` says, `secure.yaml` beside it included."""

    cloud: str
    """Name of the entry."""

    kind: Literal["clouds_yaml"] = "clouds_yaml"

    file: Path | None = None
    """The file. Default: $OS_CLIENT_CONFIG_FILE, else in ., ~/.config/openstack or /etc/openstack, as usual."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Log in as the variables OS_AUTH_URL, OS_USERNAME, OS_PASSWORD ... say, as an `openrc` sets them."""

    kind: Literal["environment"] = "environment"


@dataclass(frozen=True, slots=True)
class Password:
    """Log in with a password, for a project."""

    auth_url: str
    """Keystone, as `https://keystone.example/v3`."""

    username: str
    """Name of the user."""

    password: Secret
    """Password of the user."""

    project_name: str
    """Name of the project; of a cloud's administrators where Nova, Neutron and Cinder have their usual policies."""

    kind: Literal["password"] = "password"

    user_domain_name: str = "Default"
    """Domain of the user; `Default` is the one that Keystone makes itself."""

    project_domain_name: str = "Default"
    """Domain of the project."""


@dataclass(frozen=True, slots=True)
class ApplicationCredential:
    """Log in with an application credential: it can be taken back without a new password, and its project stands in it."""

    auth_url: str
    """Keystone, as `https://keystone.example/v3`."""

    id: str
    """Id of the application credential."""

    secret: Secret
    """Its secret."""

    kind: Literal["application_credential"] = "application_credential"


Login = CloudsYaml | Environment | Password | ApplicationCredential


@dataclass(frozen=True, slots=True)
class AgentsSettings:
    """A cloud whose agents are watched."""

    name: str
    """What the cloud is called: the label `cloud` of all series, and the target of the frame's own."""

    login: Login
    """How to log in."""

    regions: tuple[str, ...] = ()
    """Regions to ask. Default: those that the login names, else all in the catalog of Keystone."""

    interface: Interface | None = None
    """Endpoints to ask. Default: what the login names, else `public`, as OpenStack's clients."""

    ca_file: Path | None = None
    """Certificates to trust, for Keystone and the APIs. Default: what the login names, else the system's."""

    components: tuple[Component, ...] = ("nova", "neutron", "cinder", "heat", "octavia", "manila", "ironic", "designate")
    """APIs to ask. One that is not in the catalog costs nothing."""

    stale_after: Annotated[float, "seconds"] = 86400.0
    """An agent that is down for longer counts as `stale`, not as `down`: rows of removed hosts stay for ever. A day, so that
    nothing that breaks in the evening is forgotten in the morning."""

    vanished_for: Annotated[float, "seconds"] = 3600.0
    """How long an agent that is no longer listed is told of. An hour: long enough to be seen, and to be deleted on purpose."""

    serve_old_for: Annotated[float, "seconds"] = 300.0
    """How old a list may be that stands in for one that could not be had. Five minutes: alerts do not start anew because one
    request of five failed."""

    ovn_interval: Annotated[float, "seconds"] = 50.0
    """With ML2/OVN, Neutron is not asked for its agents again before this: each asking writes a row per chassis. A little less
    than a minute, so that who looks once a minute, more or less, asks each time."""

    max_agents: int = 20_000
    """Agents per API and region that get series; more are counted as dropped. 5,000 computes have some 10,000."""

    max_body: Annotated[int, "bytes"] = 64 << 20
    """The longest answer that is read. 5,000 agents with all their fields are 8 MB."""

    parallel: int = 8
    """Requests at the same time. Eight: as many as there are APIs in a region, so that a sick one holds up nobody."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What no cloud can be watched with."""
        for key in ("stale_after", "vanished_for", "serve_old_for", "ovn_interval"):
            if getattr(self, key) < 0:
                yield key, "is less than nothing; give seconds, 0 or more"
        for key in ("max_agents", "max_body", "parallel"):
            if getattr(self, key) < 1:
                yield key, "is less than one"
        if not self.components:
            yield "components", "is empty: nothing would be asked; leave it out to ask all"
        if isinstance(self.login, Password | ApplicationCredential) and not self.login.auth_url.startswith(
            ("http://", "https://")
        ):
            yield "login.auth_url", "is no http:// or https:// address of Keystone"
