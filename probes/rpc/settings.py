"""The settings of the check `rpc`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from parsers.secret import Secret


@dataclass(frozen=True, slots=True)
class RpcTls:
    """TLS towards the broker, where it is not as in the service's own files."""

    ca: Path | None = None
    """File with the certificates of the authorities (PEM). Default: `ssl_ca_file` of the service, else the system's list."""

    certificate: Path | None = None
    """File with the client certificate and its chain (PEM). Default: `ssl_cert_file` of the service."""

    key: Path | None = None
    """File with the key of `certificate` (PEM, not encrypted). Default: `ssl_key_file` of the service."""

    verify_host: bool | None = None
    """Whether the broker's certificate must be for its host name. Default: `ssl_enforce_hostname_verification` where it stands
    in the service's files, else no: before 2026 no service looked at the name, and what it takes the probe must take."""


@dataclass(frozen=True, slots=True)
class Settings:
    """An RPC server and how to ping it."""

    topic: str
    """The topic that it serves: `compute`, `l3_agent`, `ironic.conductor_manager`."""

    exchange: str = "openstack"
    """The service's default for `control_exchange` (`nova`, `neutron`); its files go before it. oslo's own is `openstack`."""

    server: str = "{host}"
    """The server on the topic. `{host}` is [DEFAULT] host of the service, else the host's name. With `{backend}` in it each of
    `enabled_backends` is pinged (`{host}@{backend}` of cinder-volume)."""

    namespace: str | None = None
    """Namespace of the endpoint of `method`. Default: none."""

    version: str | None = None
    """A version that the endpoint of `method` takes: its major, minor 0. The wrong one is an error in the service's log."""

    method: str = ""
    """What is called where rpc_ping_enabled is not set: `ping`, or a name that nobody has and that ends in `_ignore_errors`,
    over which a service writes nothing. Default: nothing; then only the queues are looked at."""

    arguments: dict[str, str] = field(default_factory=dict)
    """Arguments of `method`. Default: none."""

    expect: Literal["reply", "pong", "no_such_method"] = "reply"
    """What `method` gives: any result, the text `pong`, or the failure of a method that is not there."""

    workers: int = 0
    """Workers that should consume; fewer are PARTIAL. Default: as many as do."""

    ping: Literal["auto", "rpc_ping", "recipe"] = "auto"
    """`rpc_ping`: oslo.messaging's own ping. `recipe`: `method`. `auto`: the first where the service's files set
    rpc_ping_enabled, else the second."""

    connect_timeout: Annotated[float, "seconds"] = 2.0
    """For connection and login at one broker; several are tried one after the other."""

    announce: bool = True
    """Whether hangs are announced to the other probes of the same service, by an exchange on the broker. Needs the right to
    configure `^stratoscope_probe_`; without it, it is left out."""

    url: Secret | None = None
    """A transport_url instead of that in the service's files, for a user of the probe's own."""

    tls: RpcTls = field(default_factory=RpcTls)
    """TLS towards the broker. Default: as in the service's files."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be meant."""
        if not self.topic:
            yield "topic", "is empty; name the topic that the service serves, such as compute"
        if self.workers < 0:
            yield "workers", "is less than 0; give the number of workers, or leave it out"
        if self.ping == "recipe" and not self.method:
            yield "method", "is missing; ping: recipe needs the method to call"
        if self.tls.key is not None and self.tls.certificate is None:
            yield "tls.key", "is set without tls.certificate; name the certificate that it belongs to"
