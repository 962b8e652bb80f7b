"""A certificate and its key in two files, read anew when they have changed: for a port that has no web configuration file.

Kubernetes swaps a link to the folder of a Secret; others write one file after the other, so that for a moment they do not fit
together. What cannot be used is told once and tried again, and the old one stays in force.
"""

import base64
import logging
import re
import time
from collections.abc import Callable
from types import MappingProxyType

from stratoscope.serving.der import WrongDerError, not_after
from stratoscope.serving.kept import Held, Kept, signature_of
from stratoscope.serving.web_config import TlsServer
from stratoscope.serving.web_file import InForce
from stratoscope.settings.mistakes import SettingsError

_log = logging.getLogger("stratoscope.serving")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


class CertificateFiles(Kept[tuple[InForce, float]]):
    """Raises SettingsError where they cannot be used when it is made; later the old ones stay in force.

    `read` and `refused` count: how often new files were taken, and how often something new could not be.
    """

    def __init__(self, tls: TlsServer, clock: Callable[[], float] = time.monotonic) -> None:
        self.read = self.refused = 0
        self._tls = tls
        super().__init__(clock)

    def current(self) -> InForce:
        """What is in force now."""
        return self.value()[0]

    @property
    def not_after(self) -> float:
        """When the certificate in force ends: seconds since 1970."""
        return self.value()[1]

    def _read(self, before: tuple[InForce, float] | None) -> Held[tuple[InForce, float]]:  # noqa: ARG002  any may follow any
        files = tuple(self._tls.files())
        signature = signature_of(files)
        try:
            context = self._tls.context()
            until = _end_of(self._tls.cert_file.read_bytes())
        except (OSError, WrongDerError) as error:
            names = ", ".join(str(file) for file in files)
            what = getattr(error, "strerror", None) or str(error)
            raise SettingsError([f"{names}: {what}; are they PEM files that fit together?"]) from None
        return Held(files, signature, (InForce(MappingProxyType({}), context), until))

    def _taken(self, value: tuple[InForce, float]) -> None:
        self.read += 1
        _log.info("a new certificate is in force", extra={"certificate.not_after": value[1]})

    def _refused(self, error: SettingsError) -> None:
        self.refused += 1
        _log.error("the new certificate cannot be used; the old one stays in force: %s", error)


def _end_of(pem: bytes) -> float:
    """Of the first certificate in a file: ours; what follows are those that stand between it and its root."""
    found = _PEM.search(pem)
    try:
        return not_after(base64.b64decode(found[1] if found else b""))
    except ValueError:
        raise WrongDerError("the certificate is no PEM") from None
