"""Prometheus' web configuration file, as far as we go with it; https://prometheus.io/docs/prometheus/latest/configuration/https/.

The same file serves node_exporter and its kin. What of it we do not support is refused, not ignored: who asks for
client certificates must not get a port without.
"""

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

_HASH = re.compile(r"\$2[abxy]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
_MAX_COST = 14
"""Of bcrypt: a check takes about a second then. Go's default is 10."""
_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_CLIENTS = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


@dataclass(frozen=True, slots=True)
class TlsServer:
    """TLS on the port. Relative paths are relative to this file."""

    cert_file: Path
    """PEM file with our certificate and what stands between it and the root; read anew when it changes."""
    key_file: Path
    """PEM file with its private key, without a password."""
    client_auth_type: Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"] = "NoClientCert"
    """Whether who asks must show a certificate. Two more types of Go's ask for one and do not check it: not supported."""
    client_ca_file: Path | None = None
    """PEM file with the authorities whose client certificates are taken."""
    min_version: Literal["TLS12", "TLS13"] = "TLS12"
    """The oldest version that is spoken, as in Prometheus."""
    max_version: Literal["TLS12", "TLS13"] = "TLS13"
    """The newest version that is spoken."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What does not fit together."""
        if self.client_auth_type != "NoClientCert" and self.client_ca_file is None:
            yield "client_auth_type", f"{self.client_auth_type} needs the authorities to check against; add client_ca_file"
        if self.min_version > self.max_version:
            yield "min_version", f"{self.min_version} is newer than max_version; write it the other way round"

    def files(self) -> list[Path]:
        """What it is made of."""
        return [path for path in (self.cert_file, self.key_file, self.client_ca_file) if path is not None]

    def context(self) -> ssl.SSLContext:
        """Reads the files. Raises OSError, of which ssl.SSLError is a kind."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = _VERSIONS[self.min_version]
        context.maximum_version = _VERSIONS[self.max_version]
        context.load_cert_chain(self.cert_file, self.key_file, password=_no_password)
        if self.client_ca_file is not None:
            context.load_verify_locations(self.client_ca_file)
        context.verify_mode = _CLIENTS[self.client_auth_type]
        return context


def _no_password() -> str:
    """OpenSSL would ask for one on the terminal, and wait."""
    return ""


@dataclass(frozen=True, slots=True)
class WebConfig:
    """The file. Without tls_server_config it is plain HTTP, without basic_auth_users everybody may ask."""

    tls_server_config: TlsServer | None = None
    """TLS on the port."""
    basic_auth_users: dict[str, str] = field(default_factory=dict)
    """User: bcrypt hash of the password, as `htpasswd -nBC 10 USER` prints it."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Which hashes are none; they are not shown."""
        for user, hashed in self.basic_auth_users.items():
            found = _HASH.fullmatch(hashed)
            if found is None:
                yield f'basic_auth_users."{user}"', "this is no bcrypt hash; make one with htpasswd -nBC 10 USER"
            elif not 4 <= int(found[1]) <= _MAX_COST:
                yield f'basic_auth_users."{user}"', f"a cost of {int(found[1])} is not supported; make a hash of cost 10"
