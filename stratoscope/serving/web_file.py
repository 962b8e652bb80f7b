"""The web configuration file in force, read anew when it or a file that it names has changed. The listener stays."""

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, Self

from stratoscope.serving.web_config import TlsServer, WebConfig
from stratoscope.settings.load import load
from stratoscope.settings.mistakes import SettingsError

LOOK_EVERY = 1.0
"""Seconds between two looks at the files: certificates are renewed days before they end."""
_log = logging.getLogger("stratoscope.serving")
Signature = tuple[tuple[Path, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """What was read together."""

    users: Mapping[str, str]
    context: ssl.SSLContext | None


class Web(Protocol):
    """What a server asks, for each connection and request, how it is to be served."""

    def current(self) -> InForce:
        """What is in force now. Cheap; from any thread."""


class WebFile:
    """A web configuration file. Raises SettingsError where it is wrong when it is made; later the old one stays in force."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        config, self._signature, self._now = _read(path)
        self._files = _files(path, config)
        self._looked = clock()
        self._wrong = ""

    def current(self) -> InForce:
        """What is in force now. Cheap; from any thread."""
        with self._lock:
            if self._clock() - self._looked >= LOOK_EVERY:
                self._looked = self._clock()
                self._look()
            return self._now

    def _look(self) -> None:
        if signature_of(self._files) == self._signature and not self._wrong:
            return
        try:
            config, signature, now = _read(self._path)
            if (now.context is None) != (self._now.context is None):
                raise SettingsError([f"{self._path}: TLS was switched on or off; that takes a restart"])  # noqa: TRY301
        except SettingsError as error:
            if str(error) != self._wrong:  # told once, and tried again until it is right
                self._wrong = str(error)
                _log.warning("the web configuration has changed and cannot be used; the old one stays in force: %s", error)
            return
        self._wrong, self._now, self._signature, self._files = "", now, signature, _files(self._path, config)
        _log.info("the web configuration has changed and was read again")


def _read(path: Path) -> tuple[WebConfig, Signature, InForce]:
    config = load(path, WebConfig)
    signature = signature_of(_files(path, config))  # before reading: what changes meanwhile is seen by the next look
    context = None if config.tls_server_config is None else _context(path, config.tls_server_config)
    return config, signature, InForce(MappingProxyType(config.basic_auth_users), context)


def _context(path: Path, tls: TlsServer) -> ssl.SSLContext:
    try:
        return tls.context()
    except OSError as error:
        names = ", ".join(str(file) for file in tls.files())
        what = error.strerror or str(error)
        raise SettingsError([f"{path}: tls_server_config: {names}: {what}; are they PEM files that fit together?"]) from None


def _files(path: Path, config: WebConfig) -> list[Path]:
    return [path, *(config.tls_server_config.files() if config.tls_server_config else ())]


def signature_of(files: Iterable[Path]) -> Signature:
    """Kubernetes swaps a link to the folder, so it is followed; what is gone has no signature, and is new when it is back."""
    found = []
    for path in files:
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((path, stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


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
