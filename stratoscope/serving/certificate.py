"""A certificate and its key in two files, read anew when they have changed: for a port that has no web configuration file.

Kubernetes swaps a link to the folder of a Secret; others write one file after the other, so that for a moment they do not fit
together. What cannot be used is told once and tried again, and the old one stays in force.
"""

import base64
import logging
import re
import threading
import time
from collections.abc import Callable
from types import MappingProxyType

from stratoscope.serving.der import WrongDerError, not_after
from stratoscope.serving.web_config import TlsServer
from stratoscope.serving.web_file import LOOK_EVERY, InForce, Signature, signature_of
from stratoscope.settings.mistakes import SettingsError

_log = logging.getLogger("stratoscope.serving")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


class CertificateFiles:
    """Raises SettingsError where they cannot be used when it is made; later the old ones stay in force.

    `read` and `refused` count: how often new files were taken, and how often something new could not be.
    """

    def __init__(self, tls: TlsServer, clock: Callable[[], float] = time.monotonic) -> None:
        self.read = self.refused = 0
        self._tls = tls
        self._clock = clock
        self._lock = threading.Lock()
        self._signature, self._now, self._until = _read(tls)
        self._looked = clock()
        self._wrong = ""

    def current(self) -> InForce:
        """What is in force now."""
        with self._lock:
            if self._clock() - self._looked >= LOOK_EVERY:
                self._looked = self._clock()
                self._look()
            return self._now

    @property
    def not_after(self) -> float:
        """When the certificate in force ends: seconds since 1970."""
        self.current()
        return self._until

    @property
    def fine(self) -> bool:
        """Whether what is in force is what is in the files."""
        self.current()
        return not self._wrong

    def _look(self) -> None:
        if signature_of(self._tls.files()) == self._signature and not self._wrong:
            return
        try:
            signature, now, until = _read(self._tls)
        except SettingsError as error:
            if str(error) != self._wrong:
                self._wrong = str(error)
                self.refused += 1
                _log.error("the new certificate cannot be used; the old one stays in force: %s", error)
            return
        self._wrong, self._signature, self._now, self._until = "", signature, now, until
        self.read += 1
        _log.info("a new certificate is in force", extra={"certificate.not_after": until})


def _read(tls: TlsServer) -> tuple[Signature, InForce, float]:
    signature = signature_of(tls.files())  # before reading: what changes meanwhile is seen by the next look
    try:
        context = tls.context()
        until = _end_of(tls.cert_file.read_bytes())
    except (OSError, WrongDerError) as error:
        names = ", ".join(str(file) for file in tls.files())
        what = getattr(error, "strerror", None) or str(error)
        raise SettingsError([f"{names}: {what}; are they PEM files that fit together?"]) from None
    return signature, InForce(MappingProxyType({}), context), until


def _end_of(pem: bytes) -> float:
    """Of the first certificate in a file: ours; what follows are those that stand between it and its root."""
    found = _PEM.search(pem)
    try:
        return not_after(base64.b64decode(found[1] if found else b""))
    except ValueError:
        raise WrongDerError("the certificate is no PEM") from None
