"""What the settings and the service's own files come to: which broker, which queues, which calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probes.model import Context
from probes.oslo.configuration import DEFAULT, Configuration, read
from probes.oslo.ini import ConfigurationError
from probes.oslo.messaging import Messaging, RabbitTls, messaging
from probes.oslo.transport import Broker
from probes.rpc.access import Access, Tls
from probes.rpc.messages import Call
from probes.rpc.ping import Recipe, Target
from probes.rpc.settings import RpcTls, Settings

RPC_PING = "oslo_rpc_server_ping"
"""What `rpc_ping_enabled` switches on in every RPC server of a process, since oslo.messaging 12.4.0 (2020)."""
_NAME_LENGTH = 200
"""Bytes of a queue's name that are left for what we put into it; AMQP allows 255 in all."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`recipes`: what to ping with, the best first; none when neither rpc_ping nor a method is there."""

    access: Access
    brokers: tuple[Broker, ...]
    targets: tuple[Target, ...]
    recipes: tuple[Recipe, ...]


def planned(settings: Settings, context: Context, host: str, identity: str) -> Plan:
    """Read the files and put it all together. `host`: of this machine. `identity`: what tells this probe from all others.

    Raises ConfigurationError.
    """
    if not context.config_files and settings.url is None:
        raise ConfigurationError("the service's configuration files are not known; name them under config_files, or set url")
    configuration = read(context.config_files, {(DEFAULT, "host"): host})
    found = messaging(configuration, settings.url.reveal() if settings.url is not None else None)
    service = context.service or settings.topic
    access = Access(
        virtual_host=found.transport.virtual_host,
        method=found.login_method,
        queue=_short(f"reply_stratoscope_{identity}_{service}"),
        exchange=_short(f"stratoscope_probe_{service}") if settings.announce else "",
        name=f"stratoscope:{service}@{host}",
        tls=_tls(found.tls, settings.tls),
    )
    exchange = found.exchange or settings.exchange
    targets = tuple(
        Target(exchange, f"{settings.topic}.{server}", name) for name, server in _servers(settings, configuration, found, host)
    )
    return Plan(access, found.transport.brokers, targets, tuple(_recipes(settings, found)))


def _servers(settings: Settings, configuration: Configuration, found: Messaging, host: str) -> Iterator[tuple[str, str]]:
    """Name and server of each target."""
    own = found.host or host
    if "{backend}" not in settings.server:
        yield "", settings.server.replace("{host}", own)
        return
    backends = configuration.words(DEFAULT, "enabled_backends")
    if not backends:
        raise ConfigurationError(
            "the setting server has {backend}, and none of the files sets enabled_backends; write the server out"
        )
    for backend in backends:
        # A back end may stand under a host of its own, so that another node can take it over.
        at = configuration.text(backend, "backend_host") or own
        yield backend, settings.server.replace("{host}", at).replace("{backend}", backend)


def _recipes(settings: Settings, found: Messaging) -> Iterator[Recipe]:
    if settings.ping == "rpc_ping" or (settings.ping == "auto" and found.rpc_ping):
        yield Recipe("rpc_ping", Call(RPC_PING), "pong")
    if settings.ping != "rpc_ping" and settings.method:
        call = Call(settings.method, settings.namespace, settings.version, tuple(settings.arguments.items()))
        yield Recipe(settings.method, call, settings.expect)


def _tls(found: RabbitTls | None, ours: RpcTls) -> Tls | None:
    """Our own settings go before the service's; a certificate and its key are taken from the same side."""
    if found is None and ours == RpcTls():
        return None
    theirs = found or RabbitTls()
    pair = (ours.certificate, ours.key) if ours.certificate is not None else (theirs.certificate, theirs.key)
    verify = theirs.verify_host if ours.verify_host is None else ours.verify_host
    return Tls(_text(ours.ca or theirs.ca), _text(pair[0]), _text(pair[1]), verify)


def _text(path: Path | None) -> str | None:
    return str(path) if path is not None else None


def _short(name: str) -> str:
    return name.encode()[:_NAME_LENGTH].decode(errors="ignore")
