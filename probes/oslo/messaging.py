"""What oslo.messaging in a service goes by: broker, exchange, host, TLS; from the service's own files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probes.oslo.configuration import DEFAULT, Configuration
from probes.oslo.ini import Assignment, ConfigurationError
from probes.oslo.transport import Transport, TransportError, parse

RABBIT = "oslo_messaging_rabbit"
LOGIN_METHODS = ("AMQPLAIN", "PLAIN", "EXTERNAL")


@dataclass(frozen=True, slots=True)
class RabbitTls:
    """How the service trusts its brokers. `ca` None means the system's list.

    `verify_host` is what the files say. Before 2026 oslo.messaging never compared the broker's name with its certificate, so
    this is False unless `ssl_enforce_hostname_verification` is written down.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    verify_host: bool = False


@dataclass(frozen=True, slots=True)
class Messaging:
    """One service's messaging. `exchange` and `host` are None where no file sets them, and the service has its own default."""

    transport: Transport
    exchange: str | None = None
    host: str | None = None
    rpc_ping: bool = False
    tls: RabbitTls | None = None
    login_method: str = "AMQPLAIN"


def messaging(configuration: Configuration, url: str | None = None) -> Messaging:
    """From the files; `url` goes before their transport_url. Raises ConfigurationError."""
    transport = _transport(configuration, url)
    rabbit = _Rabbit(configuration, transport.options)
    return Messaging(
        transport=transport,
        exchange=configuration.text(DEFAULT, "control_exchange") or None,
        host=configuration.text(DEFAULT, "host") or None,
        rpc_ping=configuration.flag(DEFAULT, "rpc_ping_enabled"),
        tls=_tls(rabbit) if rabbit.flag("ssl", "rabbit_use_ssl") or transport.tls else None,
        login_method=_login_method(rabbit),
    )


def _transport(configuration: Configuration, url: str | None) -> Transport:
    where = "the setting url"
    if url is None:
        url = configuration.text(DEFAULT, "transport_url")
        found = configuration.assignment(DEFAULT, "transport_url")
        if not url or found is None:
            raise ConfigurationError(
                "none of the files sets [DEFAULT] transport_url; name all of them under config_files, or set url"
            )
        where = found.where
    try:
        return parse(url)
    except TransportError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _tls(rabbit: "_Rabbit") -> RabbitTls:
    return RabbitTls(
        ca=rabbit.path("ssl_ca_file", "kombu_ssl_ca_certs"),
        certificate=rabbit.path("ssl_cert_file", "kombu_ssl_certfile"),
        key=rabbit.path("ssl_key_file", "kombu_ssl_keyfile"),
        verify_host=rabbit.flag("ssl_enforce_hostname_verification"),
    )


def _login_method(rabbit: "_Rabbit") -> str:
    method = (rabbit.text("rabbit_login_method") or LOGIN_METHODS[0]).upper()
    if method not in LOGIN_METHODS:
        raise ConfigurationError(
            f"rabbit_login_method {method[:20]!r} is none of {', '.join(LOGIN_METHODS)}; the probe knows no other"
        )
    return method


class _Rabbit:
    """[oslo_messaging_rabbit], under what `?` in transport_url says."""

    def __init__(self, configuration: Configuration, options: Mapping[str, str]) -> None:
        # What stands in the URL is put above the files, so that it is read by the same rules.
        above = [Assignment(RABBIT, key, value, Path("transport_url"), 1) for key, value in options.items()]
        self._layers = (Configuration([above]), configuration)

    def text(self, key: str, *older: str) -> str | None:
        """Empty values count as none: that is how all of these options are left out."""
        return self._layer(key, older).text(RABBIT, key, *_names(older)) or None

    def flag(self, key: str, *older: str) -> bool:
        return self._layer(key, older).flag(RABBIT, key, *_names(older))

    def path(self, key: str, *older: str) -> Path | None:
        text = self.text(key, *older)
        return Path(text) if text else None

    def _layer(self, key: str, older: tuple[str, ...]) -> Configuration:
        above, below = self._layers
        return above if above.assignment(RABBIT, key, *_names(older)) else below


def _names(older: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(RABBIT, name) for name in older]
