"""The web configuration file in force, read anew when it or a file that it names has changed. The listener stays."""

import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, Self

from stratoscope.serving.kept import Held, Kept, signature_of
from stratoscope.serving.web_config import TlsServer, WebConfig
from stratoscope.settings.load import load
from stratoscope.settings.mistakes import SettingsError

_log = logging.getLogger("stratoscope.serving")


@dataclass(frozen=True, slots=True)
class InForce:
    """What was read together."""

    users: Mapping[str, str]
    context: ssl.SSLContext | None


class Web(Protocol):
    """What a server asks, for each connection and request, how it is to be served."""

    def current(self) -> InForce:
        """What is in force now. Cheap; from any thread."""


class WebFile(Kept[InForce]):
    """A web configuration file. Raises SettingsError where it is wrong when it is made; later the old one stays in force."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        super().__init__(clock)

    def current(self) -> InForce:
        """What is in force now. Cheap; from any thread."""
        return self.value()

    def _read(self, before: InForce | None) -> Held[InForce]:
        config = load(self._path, WebConfig)
        tls = config.tls_server_config
        files = (self._path, *(tls.files() if tls else ()))
        signature = signature_of(files)
        now = InForce(MappingProxyType(config.basic_auth_users), None if tls is None else _context(self._path, tls))
        if before is not None and (now.context is None) != (before.context is None):
            raise SettingsError([f"{self._path}: TLS was switched on or off; that takes a restart"])
        return Held(files, signature, now)

    def _taken(self, value: InForce) -> None:  # noqa: ARG002  all of it is told in the same words
        _log.info("the web configuration has changed and was read again")

    def _refused(self, error: SettingsError) -> None:
        _log.warning("the web configuration has changed and cannot be used; the old one stays in force: %s", error)


def _context(path: Path, tls: TlsServer) -> ssl.SSLContext:
    try:
        return tls.context()
    except OSError as error:
        names = ", ".join(str(file) for file in tls.files())
        what = error.strerror or str(error)
        raise SettingsError([f"{path}: tls_server_config: {names}: {what}; are they PEM files that fit together?"]) from None


class ReloadingContext(ssl.SSLContext):
    """A TLS context for a server that lives on: each new connection is taken by the context that is in force then."""

    def __new__(cls, web: Web) -> Self:  # noqa: ARG004  the base wants to know of the protocol only
        """OpenSSL's context behind it is never used."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(self, web: Web) -> None:
        super().__init__()
        self._web = web

    def wrap_bio(self, *args: Any, **named: Any) -> ssl.SSLObject:
        """What asyncio calls for each connection."""
        context = self._web.current().context
        assert context is not None  # noqa: S101  it is made for files with TLS only, and those stay so
        return context.wrap_bio(*args, **named)
