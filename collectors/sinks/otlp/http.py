"""OTLP over HTTP, binary."""

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

from collectors.model import RetryError, TooLargeError
from collectors.sinks.http import Answer, HttpClient
from collectors.sinks.otlp.status import message_of
from collectors.sinks.otlp.transport import RefusedError, Signal
from collectors.sinks.settings import OtlpHttpSettings

_PROTOBUF = "application/x-protobuf"
_AGAIN = frozenset({429, 502, 503, 504})
"""All others of 400 and more "MUST NOT be retried"."""


class HttpTransport:
    """Posts to one receiver."""

    def __init__(self, settings: OtlpHttpSettings) -> None:
        self._client = HttpClient(settings)
        self._url = settings.url.rstrip("/")

    def export(self, signal: Signal, request: bytes, timeout: float) -> Message:
        """See Transport."""
        answer = self._client.post(signal.path, request, {"Content-Type": _PROTOBUF}, timeout)
        if 200 <= answer.status < 300:
            return self._decoded(signal, answer)
        if answer.status in _AGAIN:
            raise RetryError(f"{self._said(signal, answer)}; it will be tried again", answer.after)
        if answer.status < 400:
            raise RetryError(f"{self._said(signal, answer)}; redirects are not followed, set url to where it leads")
        if answer.status == 413:
            raise TooLargeError(self._said(signal, answer))
        raise RefusedError(self._said(signal, answer))

    def close(self) -> None:
        """See Transport."""
        self._client.close()

    def _decoded(self, signal: Signal, answer: Answer) -> Message:
        """An empty answer is a full success. A page of something else that answers 200 there is none at all."""
        try:
            if not answer.body or answer.content_type.startswith(_PROTOBUF):
                return signal.response.FromString(answer.body)
            if answer.content_type.startswith("application/json"):
                return json_format.Parse(answer.body, signal.response(), ignore_unknown_fields=True)
        except (DecodeError, json_format.ParseError, UnicodeDecodeError):
            pass  # it is not what it says it is: told below, with all other answers that are not OTLP's
        kind = answer.content_type or "no content type"
        raise RetryError(f"{self._url}{signal.path}: answers HTTP {answer.status} with {kind}, which is not OTLP's; check url")

    def _said(self, signal: Signal, answer: Answer) -> str:
        message = message_of(answer.body) if answer.content_type.startswith(_PROTOBUF) else ""
        said = Answer(answer.status, message.encode()).said if message else answer.said
        return f"{self._url}{signal.path}: {said}"
