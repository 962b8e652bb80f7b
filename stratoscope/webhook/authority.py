"""A certificate for the webhook, and the authority that has signed it: made, and judged. Pure but for the keys' chance.

The authority signs one certificate, and its key is thrown away: there is nothing to be stolen but the key of the certificate
itself. So a renewal is another authority, and for some time both are trusted (see `certificate_job`).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_EARLIER = timedelta(hours=1)
"""A certificate begins so long before it was made: clocks of a cluster differ."""


@dataclass(frozen=True, slots=True)
class Pair:
    """PEM: a certificate, its key, and the authorities that are trusted, the one that signed it first."""

    certificate: bytes
    key: bytes
    authorities: bytes

    def __repr__(self) -> str:
        """Without the key."""
        return "Pair(...)"


def new_pair(names: Sequence[str], now: datetime, days: int) -> Pair:
    """A certificate for these DNS names."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name(f"stratoscope webhook {secrets.token_hex(4)}")  # another for each, so that both can stand in one file
    authority = (
        _begun(issuer, issuer, authority_key, now, days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_use(certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _begun(_name("stratoscope webhook"), issuer, key, now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_use(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    encoding, encrypted = serialization.Encoding.PEM, serialization.NoEncryption()
    return Pair(
        certificate.public_bytes(encoding),
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, encrypted),
        authority.public_bytes(encoding),
    )


def wrong_with(pair: Pair, names: Sequence[str], now: datetime, renew_days: int) -> str:
    """Why another one is needed, for the log; empty where this one is good for long enough."""
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate)
        key = serialization.load_pem_private_key(pair.key, None)
        authority = x509.load_pem_x509_certificates(pair.authorities)[0]
    except (ValueError, TypeError, IndexError):
        return "there is none that can be read"
    if key.public_key() != certificate.public_key():
        return "its key is another one's"
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return "it was not signed by the authority beside it"
    if missing := sorted({*names} - _names_of(certificate)):
        return f"it is not for {', '.join(missing)}"
    left = min(certificate.not_valid_after_utc, authority.not_valid_after_utc) - now
    if certificate.not_valid_before_utc > now or left < timedelta(days=renew_days):
        return f"it is good from {certificate.not_valid_before_utc:%Y-%m-%d} for {left.days} days from now"
    return ""


def _names_of(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return set()
    return {*names.get_values_for_type(x509.DNSName)}


def still_good(authorities: bytes, now: datetime) -> bytes:
    """Those of a bundle that have not ended; nothing where it cannot be read."""
    try:
        found = x509.load_pem_x509_certificates(authorities)
    except ValueError:
        return b""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in found if one.not_valid_after_utc > now)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _use(*, certificates: bool) -> x509.KeyUsage:
    """A key signs certificates, or else handshakes."""
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
