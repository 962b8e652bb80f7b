"""OTLP over gRPC. Whoever imports this module loads gRPC: 40 MB of memory."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import grpc
from google.protobuf.message import DecodeError, Message

from collectors.model import RetryError, TooLargeError
from collectors.sinks.http import ANSWER_BYTES, LONGEST_WAIT, headers_of
from collectors.sinks.otlp.status import retry_delay
from collectors.sinks.otlp.transport import RefusedError, Signal
from collectors.sinks.remote import TlsSettings
from collectors.sinks.settings import OtlpGrpcSettings

_Code = grpc.StatusCode
_AGAIN = frozenset(
    {_Code.CANCELLED, _Code.DEADLINE_EXCEEDED, _Code.ABORTED, _Code.OUT_OF_RANGE, _Code.UNAVAILABLE, _Code.DATA_LOSS}
)
"""The specification's table; RESOURCE_EXHAUSTED is in it only with RetryInfo."""
_DETAILS = "grpc-status-details-bin"
_TOO_LARGE = ("larger than max", "exceeds maximum size", "too large")
"""How servers in Go and C, in Java, and others say that a message is beyond their limit, as RESOURCE_EXHAUSTED."""

_OPTIONS = (
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", ANSWER_BYTES),
    # After an outage it would try again only after two minutes, and fail all calls until then.
    ("grpc.initial_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 5_000),
)


class GrpcTransport:
    """A channel to one receiver."""

    def __init__(self, settings: OtlpGrpcSettings) -> None:
        self._settings = settings
        self._metadata = [(name.lower(), value) for name, value in headers_of(settings).items()]
        self._compression = grpc.Compression.Gzip if settings.gzip else grpc.Compression.NoCompression
        self._channel: grpc.Channel | None = None
        self._calls: dict[str, Callable[..., bytes]] = {}

    def export(self, signal: Signal, request: bytes, timeout: float) -> Message:
        """See Transport."""
        call = self._call(signal)
        try:
            answer = call(request, timeout=timeout, metadata=self._metadata, compression=self._compression)
        except grpc.RpcError as error:
            raise self._mapped(error) from error
        try:
            return signal.response.FromString(answer)
        except DecodeError as error:
            raise RetryError(f"{self._settings.url}: its answer is not OTLP's; check url") from error

    def close(self) -> None:
        """See Transport."""
        self._calls.clear()
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _call(self, signal: Signal) -> Callable[..., bytes]:
        call = self._calls.get(signal.method)
        if call is None:
            if self._channel is None:
                self._channel = _channel(self._settings)
            call = self._calls[signal.method] = self._channel.unary_unary(signal.method)
        return call

    def _mapped(self, error: grpc.RpcError) -> Exception:
        """Ours for an error of a call, by the specification's table."""
        code, text = error.code(), (error.details() or "")[:300]
        said = f"{self._settings.url}: gRPC {code.name}: {text}"
        trailers: Any = error.trailing_metadata() or ()  # its type has names for the two, but it is a tuple
        after = retry_delay(dict(trailers).get(_DETAILS, b""))
        if code in _AGAIN or (code is _Code.RESOURCE_EXHAUSTED and after is not None):
            if code is _Code.UNAVAILABLE and self._settings.url.startswith("https"):
                self.close()  # the next channel reads renewed certificates
            return RetryError(f"{said}; it will be tried again", None if after is None else min(after, LONGEST_WAIT))
        if code is _Code.RESOURCE_EXHAUSTED and any(words in text for words in _TOO_LARGE):
            return TooLargeError(said)
        return RefusedError(said)


def _channel(settings: OtlpGrpcSettings) -> grpc.Channel:
    parts = urlsplit(settings.url)
    secure = parts.scheme == "https"
    target = f"{parts.netloc}" if parts.port else f"{parts.netloc}:{443 if secure else 4317}"
    if secure:
        return grpc.secure_channel(target, _credentials(settings.tls), options=_OPTIONS)
    return grpc.insecure_channel(target, options=_OPTIONS)


def _credentials(settings: TlsSettings) -> grpc.ChannelCredentials:
    key = settings.key or settings.certificate
    try:
        read = [path.read_bytes() if path else None for path in (settings.ca, key, settings.certificate)]
    except OSError as error:
        raise RetryError(f"tls: {error.filename}: {error.strerror}; correct the file or the setting") from error
    return grpc.ssl_channel_credentials(*read)
