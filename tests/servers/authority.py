"""A certificate authority for tests, and what it signs."""

import ssl
from pathlib import Path

import grpc
import trustme

from collectors.sinks.remote import TlsSettings


class Authority:
    """A certificate authority of the test, and its files."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def server(self, *, asks: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert("localhost").configure_cert(context)
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            self._authority.configure_trust(context)
        return context

    def grpc_server(self) -> grpc.ServerCredentials:
        """For a gRPC server that asks for a certificate."""
        made = self._authority.issue_cert("localhost")
        chain = b"".join(blob.bytes() for blob in made.cert_chain_pems)
        return grpc.ssl_server_credentials(
            [(made.private_key_pem.bytes(), chain)],
            root_certificates=self._authority.cert_pem.bytes(),
            require_client_auth=True,
        )

    def client(self, folder: Path) -> TlsSettings:
        certificate = self._authority.issue_cert("stratoscope")
        certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "our.pem"))
        return TlsSettings(ca=self.file, certificate=folder / "our.pem")
