"""When a certificate ends, out of its DER (X.690, RFC 5280 section 4.1): the one thing of it that we tell.

`ssl` tells it only of certificates of others, and the library that reads them whole takes 18 MB.
"""

from datetime import UTC, datetime

_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18


class WrongDerError(Exception):
    """This is no certificate."""


def not_after(der: bytes) -> float:
    """Seconds since 1970. Raises WrongDerError."""
    try:
        return _time(*_ends(der))
    except (IndexError, ValueError) as error:
        raise WrongDerError("the certificate cannot be read") from error


def _ends(der: bytes) -> tuple[int, bytes]:
    """Tag and content of notAfter: Certificate, TBSCertificate, then the fields up to validity."""
    body = _content(_content(der, _SEQUENCE), _SEQUENCE)
    tag, _, rest = _value(body)
    if tag == _VERSION:  # left out in the first version of X.509
        _, _, rest = _value(rest)
    for _ in ("signature", "issuer"):
        _, _, rest = _value(rest)
    _, _, after_begin = _value(_content(rest, _SEQUENCE))
    tag, content, _ = _value(after_begin)
    return tag, content


def _time(tag: int, content: bytes) -> float:
    text = content.decode("ascii")
    if tag == _UTC_TIME:  # two digits of the year; below 50 it is 20xx
        text = ("20" if int(text[:2]) < 50 else "19") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError(tag)
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _content(data: bytes, expected: int) -> bytes:
    tag, content, _ = _value(data)
    if tag != expected:
        raise ValueError(tag)
    return content


def _value(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag and content of the first value, and what follows it."""
    length, begin = data[1], 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(data[2:begin], "big")
    if begin + length > len(data):
        raise ValueError(length)
    return data[0], data[begin : begin + length], data[begin + length :]
