"""The settings of `stratoscope probe`, as values. How they are read stands in `reading`, which takes 5 MB more memory."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from probes.blackbox.settings import BlackBoxSettings
from probes.drain.settings import DrainSettings
from probes.model import Profile
from probes.table import CHECKS, Row
from probes.verdict.settings import PolicySettings
from stratoscope.probe.node import NODE
from stratoscope.probe.plan import Plan, plan_of
from stratoscope.serving.listen import ListenError, address_of

AUTO = "auto"
NONE = "none"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""As containers are called."""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """A check of the profile, where it should differ from it; or one more, which then needs `check` and `roles`."""

    off: bool = False
    """Do not look at this."""
    period: Annotated[float, "seconds"] | None = None
    """Time from one look to the next; that of the profile by default."""
    timeout: Annotated[float, "seconds"] | None = None
    """After this a look has failed; that of the profile by default."""
    check: str | None = None
    """For one more: which check it is."""
    roles: tuple[Literal["liveness", "readiness", "startup", "control"], ...] = ()
    """For one more: what it counts for."""
    proof: Literal["unanswered", "backlog", "still", "stopped", "quiet"] | None = None
    """For one more: of which family of evidence its silence is; without one it proves no hang."""
    options: dict[str, Any] = field(default_factory=dict)
    """What the check itself is told; see docs/probes/checks.md."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be used."""
        for key, value in (("period", self.period), ("timeout", self.timeout)):
            if value is not None and not 0.05 <= value <= 86400:
                yield key, "must be between 50ms and 1d; write for example 10s"


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """One service: a container of the pod."""

    profile: str = AUTO
    """How it is looked at: a profile (`stratoscope probe --list`), `auto` to find it from the processes of the pod, or `none`
    for one that is made of `checks` alone."""
    config_files: tuple[Path, ...] = ()
    """Its own configuration files, in the order in which it reads them; folders (nova.conf.d) as well. Mount them read-only."""
    processes: tuple[str, ...] = ()
    """Regular expressions on command lines by which its processes are found; those of the profile by default."""
    uid: int | None = None
    """User that its processes run as, to tell them apart from others on the node; any by default."""
    host: str = ""
    """Its host name, where its configuration does not say; that of the pod by default, which with hostNetwork is the node's."""
    mode: Literal["observe", "enforce"] | None = None
    """As `policy.mode`, for this service only."""
    hang_after: Annotated[float, "seconds"] | None = None
    """For so long two proofs must have held before it is called hung; that of the profile by default."""
    start_after: Annotated[float, "seconds"] | None = None
    """A start that takes longer is told as overdue; that of the profile by default."""
    drain: DrainSettings = field(default_factory=DrainSettings)
    """How it is drained, and how much time its pod has for that."""
    log_files: tuple[Path, ...] = ()
    """Its log, for the last lines in a black box; where it logs to files that are mounted here."""
    kill_hung_workers: bool = False
    """Send SIGKILL to one worker of several that is hung, so that its parent starts another one. Needs a shared process
    namespace and its user. Off, as it is a kill that no kubelet has asked for."""
    checks: dict[str, CheckSettings] = field(default_factory=dict)
    """Checks by their names in the profile, where they should differ; and more of them."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be used."""
        for index, pattern in enumerate(self.processes):
            try:
                re.compile(pattern)
            except re.error as error:
                yield f"processes[{index}]", f"is no regular expression: {error}; see Python's re"
        if self.profile == AUTO and self.checks:
            yield "checks", "which ones there are depends on the profile; name it in profile, or leave checks out"
        if self.profile == NONE and not self.checks:
            yield "checks", "a service without a profile needs some; name a profile, or write checks"
        for key, value in (("hang_after", self.hang_after), ("start_after", self.start_after)):
            if value is not None and not 0 < value <= 7 * 86400:
                yield key, "must be more than 0 and at most 7d"


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """The file."""

    listen: str = "127.0.0.1:9768"
    """HOST:PORT of the endpoint. With hostNetwork stay on 127.0.0.1 and take a port of its own for each sidecar on a node,
    below 32768; without, write :9768, as the kubelet comes from outside the pod."""
    web_config: Path | None = None
    """Prometheus' web configuration file, for TLS and passwords on this port. Takes 10 MB more memory; the kubelet's paths
    (/livez, /readyz, /startupz) are answered to everybody."""
    state: Path | None = None
    """Folder of what outlives a restart of the sidecar: restart budgets, and which process has started. A small emptyDir."""
    black_box: BlackBoxSettings | None = None
    """What is written down of a suspect before it is killed; nothing by default."""
    drain_from: tuple[str, ...] = ()
    """Networks (10.1.0.0/16) from which /drain may be asked, besides the pod itself and who has a password: that of the
    kubelets, unless preStop asks 127.0.0.1 under hostNetwork. `node`: the addresses of this pod's node, out of the variable
    HOST_IP, and the pod's way out."""
    policy: PolicySettings = field(default_factory=PolicySettings)
    """Whether a hang fails liveness, and what withholds that."""
    services: dict[str, ServiceSettings] = field(default_factory=dict)
    """What is looked at; each name is that of a container, as in /livez/NAME."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be used."""
        try:
            address_of(self.listen)
        except ListenError as error:
            yield "listen", str(error).removeprefix("--listen ")
        for index, network in enumerate(self.drain_from):
            if network != NODE and (wrong := _not_a_network(network)) is not None:
                yield f"drain_from[{index}]", f"{wrong}; write node, or one as 10.1.0.0/16"
        for name in self.services:
            if not _NAME.fullmatch(name):
                yield f'services."{name}"', "is no name of a container: small letters, digits and -, at most 63"
        if not self.services:
            yield "services", "there is nothing to look at; name a service, as in docs/probes/README.md"


def _not_a_network(text: str) -> str | None:
    from ipaddress import ip_network  # noqa: PLC0415  most files have none

    try:
        ip_network(text)
    except ValueError as error:
        return str(error)
    return None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What settings can name: profiles, and checks. `source`: MODULE:NAME of what gives it, for another process."""

    profiles: Sequence[Profile]
    checks: Sequence[Row] = CHECKS
    source: str = "stratoscope.probe.settings:catalogue"

    def profile(self, name: str) -> Profile:
        """One that is there."""
        return next(profile for profile in self.profiles if profile.name == name)


def catalogue() -> Catalogue:
    """That of the product."""
    from probes.profiles.table import PROFILES  # noqa: PLC0415  data of all services

    return Catalogue(PROFILES)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A settings file that is right. `plans` has no service whose profile is still to be found. `version`: ours."""

    settings: ProbeSettings
    plans: Mapping[str, Plan]
    catalogue: Catalogue
    version: str = ""

    def plan(self, name: str, profile: Profile) -> Plan:
        """That of a service whose profile was found. Raises PlanError."""
        return plan_of(name, self.settings.services[name], profile, self.catalogue.checks)


EMPTY = Profile(NONE, "A service that is made of checks in the settings.", (), (), start_seconds=300.0, grace_seconds=30.0)
"""What `profile: none` begins with."""
