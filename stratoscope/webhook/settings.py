"""The settings file of `stratoscope webhook`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from clients.kubernetes_access import ApiAccess
from stratoscope.inject.settings import InjectSettings
from stratoscope.serving.listen import ListenError, address_of
from stratoscope.serving.web_config import TlsServer
from stratoscope.settings.document import Document
from stratoscope.settings.load import settings_of


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where it listens, and what it puts in."""

    certificate: Path
    """PEM file with the certificate for the name of its Service, and what stands between it and its authority; read anew when
    it changes."""
    key: Path
    """PEM file with its private key, without a password; read anew when it changes."""
    inject: InjectSettings
    """What is put into which pods; the keys are those of `stratoscope inject`."""
    listen: str = ":9443"
    """HOST:PORT of everything: reviews, /metrics, and the kubelet's probes. All addresses by default, as the API server is on
    another machine."""
    events: bool = True
    """Whether a pod's owner gets an Event when the pod is left alone for a reason that a person can mend."""
    access: ApiAccess = field(default_factory=ApiAccess)
    """How the API server is reached, for Events alone. They wait in a bounded queue, and no review waits for them."""
    settle: Annotated[float, "seconds"] = 5.0
    """How long it answers on after SIGTERM while it says that it is not ready: until no API server sends reviews here."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be used."""
        try:
            address_of(self.listen)
        except ListenError as error:
            yield "listen", str(error).removeprefix("--listen ")
        if not self.inject.image:
            yield "inject.image", "is required: the image with stratoscope in it, with its tag or digest"
        if not 0 <= self.settle <= 60:
            yield "settle", "must be between 0s and 1m; 5s is usual"

    def tls(self) -> TlsServer:
        """TLS of the port: 1.2 or newer. Client certificates are not asked for, as the kubelet has none for its probes."""
        return TlsServer(cert_file=self.certificate, key_file=self.key)


def settings_in(document: Document, path: Path) -> WebhookSettings:
    """The settings in a document that was read from `path`. Raises SettingsError."""
    return settings_of(document, WebhookSettings, path)
