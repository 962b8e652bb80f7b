"""The settings of the injector: what it puts in unless an annotation of the pod says otherwise."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from probes.profiles.table import PROFILES
from stratoscope.inject.mounts import wrong_pattern

Replaced = Literal["missing", "exec", "all", "none"]


@dataclass(frozen=True, slots=True)
class Resources:
    """Requests and limits of a sidecar, as Kubernetes writes quantities. None limits CPU: a throttled probe is late."""

    cpu: str = "10m"
    """Requested. A sidecar takes 5 thousandths of a core."""
    memory: str = "48Mi"
    """Requested. The probe sidecar takes 30 MB."""
    memory_limit: str = "128Mi"
    """While a black box is written it takes 32 MB more."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Pods of one more kind of service: which labels they have, and how they are looked at."""

    labels: dict[str, str] = field(default_factory=dict)
    """All of these must be there with these values."""
    container: str = ""
    """The container that is the service; by default the first one."""
    profile: str = ""
    """A profile (`stratoscope probe --list`)."""
    log_files: tuple[str, ...] = ()
    """Where it logs to files: patterns as its container sees them."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be used."""
        if not self.labels:
            yield "labels", "would fit every pod; write at least one label"
        if not self.profile and not self.log_files:
            yield "profile", "is missing, and so are log_files; name at least one of the two"
        if self.profile and self.profile not in {one.name for one in PROFILES}:
            yield "profile", f"there is no profile {self.profile[:60]!r}; `stratoscope probe --list` names them"
        for index, pattern in enumerate(self.log_files):
            if wrong := wrong_pattern(pattern):
                yield f"log_files[{index}]", f"{wrong}; write as /var/log/nova/*.log"


@dataclass(frozen=True, slots=True)
class InjectSettings:
    """What is put beside which services."""

    image: str = ""
    """Of stratoscope, for both sidecars, with its tag or digest. It must be here, or given to `inject` as --image."""
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """A sidecar that is pulled anew at each start keeps its service waiting."""
    parts: tuple[Literal["probes", "drain", "logs"], ...] = ("probes", "drain", "logs")
    """What is put in."""
    mode: Literal["observe", "enforce"] = "observe"
    """Whether a hang fails liveness; see docs/probes/README.md. For a first week: observe."""
    probes: Replaced = "missing"
    """Which probes of the service are set: liveness and readiness that it has not (`missing`), also all that run a command
    (`exec`, as openstack-helm's, which kill in every outage of RabbitMQ), `all`, or `none`."""
    user: Literal["own", "same"] = "own"
    """`own`: `uid`, which sees least. `same`: the user of the service, which sees which socket and descriptor is whose. Where a
    profile cannot work with `own` (sockets of root alone), it says so, and `same` is taken."""
    uid: int = 42931
    """User and group of the sidecars, where `user` is `own`."""
    seccomp: bool = True
    """Ask for the runtime's seccomp profile. False for OpenShift where the security context constraint `anyuid` refuses the
    whole pod for it."""
    share_process_namespace: bool = False
    """Set shareProcessNamespace in pods that have neither that nor hostPID: threads, processes and stacks are seen then. The
    service is not process 1 any more; what counts on that (a `kill 1` in a hook) breaks."""
    drain_from: tuple[str, ...] = ("node",)
    """Networks from which a drain may be asked: `node` for the kubelet of the pod's node, or 10.1.0.0/16."""
    black_box: bool = False
    """Whether the probe sidecar writes down what it sees of a suspect, into its emptyDir."""
    port: int = 9768
    """Of probe sidecars in pods with a network of their own. Under hostNetwork each profile has its own, from this one on."""
    host_listen: Literal["loopback", "node"] = "loopback"
    """Where probe sidecars listen under hostNetwork: on 127.0.0.1, where only the node itself reaches them, or on the addresses
    of the node, where Prometheus does too, and whoever reaches its port: verdicts, reasons and settings are no secrets."""
    log_output: str = "stdout"
    """Where log sidecars hand events to: `stdout`, from where the node's agent takes them, or `forward:HOST:PORT` of a
    Fluent Bit."""
    probe_resources: Resources = field(default_factory=Resources)
    log_resources: Resources = field(default_factory=lambda: Resources(memory="64Mi", memory_limit="192Mi"))
    workloads: tuple[Workload, ...] = ()
    """More than the built-in table knows; asked before it."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be used."""
        if not 0 < self.uid < 2**31:
            yield "uid", "must be that of an ordinary user: more than 0"
        if not 1024 <= self.port <= 32700:
            yield "port", "must be between 1024 and 32700, below those that the kernel gives to outgoing connections"
        for index, network in enumerate(self.drain_from):
            if network != "node" and (wrong := _not_a_network(network)):
                yield f"drain_from[{index}]", f"{wrong}; write `node`, or a network as 10.1.0.0/16"
        if self.log_output != "stdout" and not self.log_output.startswith("forward:"):
            yield "log_output", "must be stdout, or forward:HOST:PORT"


def _not_a_network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        return str(error)
    return ""
