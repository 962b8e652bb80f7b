"""`transport_url`: where the brokers of a service are. Pure.

    rabbit://user:password@host:5672,user:password@host2:5672/virtual_host?ssl=1

It is no URL as others know it: several hosts stand between the slashes, each with its own user, and what stands behind `?`
goes before the same options of [oslo_messaging_rabbit] (oslo_messaging/transport.py and _drivers/common.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from parsers.secret import Secret

PORT = 5672
_PLAIN = frozenset({"rabbit", "amqp", "pyamqp"})
_TLS = frozenset({"rabbits", "amqps", "rabbit+ssl", "amqp+ssl", "rabbit+tls"})


class TransportError(ValueError):
    """It cannot be used. `str()` says why, without the URL, in which a password stands."""


@dataclass(frozen=True, slots=True)
class Broker:
    """One host of it. Without user and password there, oslo.messaging logs in as guest."""

    host: str
    port: int = PORT
    user: str = "guest"
    password: Secret = field(default_factory=lambda: Secret("guest"))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Transport:
    """All hosts, at least one. `tls`: whether the scheme alone asks for it. `options`: what stands behind `?`."""

    brokers: tuple[Broker, ...]
    virtual_host: str = "/"
    tls: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


def parse(url: str) -> Transport:
    """Read it. Raises TransportError."""
    scheme, colon, rest = url.strip().replace("\n", "").partition("://")
    scheme = scheme.lower().removeprefix("kombu+")
    if not colon or scheme not in _PLAIN | _TLS:
        raise TransportError(f"transport_url begins with {scheme[:20]!r}, and not with rabbit://; only RabbitMQ can be pinged")
    before, _, query = rest.partition("#")[0].partition("?")
    hosts, _, path = before.partition("/")
    options = {key: ",".join(values) for key, values in parse_qs(query).items()}
    # An empty path and a bare slash both mean the virtual host `/`, as does `//`.
    brokers = tuple(_broker(one) for one in hosts.split(",") if one)
    return Transport(brokers or (Broker("localhost"),), unquote(path) or "/", scheme in _TLS, options)


def _broker(text: str) -> Broker:
    login, at, place = text.rpartition("@")
    host, port = _place(place)
    if not at:
        return Broker(host, port)
    user, colon, password = login.partition(":")
    return Broker(host, port, unquote(user) or "guest", Secret((unquote(password) if colon else "") or "guest"))


def _place(text: str) -> tuple[str, int]:
    """Host and port of `host`, `host:port`, `[v6]`, `[v6]:port` and a bare IPv6 address."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    if not host or (port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536)):
        raise TransportError("transport_url has a host that is not HOST:PORT; brackets belong around IPv6, %XX into a password")
    return host, int(port) if port else PORT
