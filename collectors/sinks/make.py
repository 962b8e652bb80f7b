"""Settings become sinks. Each module is loaded only if a sink of its kind is wanted: TLS takes 10 MB of memory, gRPC 40."""

# ruff: noqa: PLC0415  for that reason

from typing import TYPE_CHECKING

from collectors.model import Sink
from collectors.sinks.settings import (
    FileSettings,
    LokiSettings,
    OpenSearchSettings,
    OtlpGrpcSettings,
    OtlpHttpSettings,
    SinkSettings,
    StdoutSettings,
)

if TYPE_CHECKING:
    from collectors.sinks.otlp.transport import Transport


def sink_of(name: str, settings: SinkSettings) -> Sink:
    """The sink that the settings describe. Nothing is connected or opened before it is first used."""
    match settings:
        case StdoutSettings():
            from collectors.sinks.json_lines import StdoutSink

            return StdoutSink(name)
        case FileSettings():
            from collectors.sinks.json_lines import FileSink

            return FileSink(name, settings)
        case OtlpHttpSettings() | OtlpGrpcSettings():
            from collectors.sinks.otlp.sink import OtlpSink

            return OtlpSink(name, transport_of(settings), settings.request_bytes)
        case OpenSearchSettings():
            from collectors.sinks.opensearch import OpenSearchSink

            return OpenSearchSink(name, settings)
        case LokiSettings():
            from collectors.sinks.loki import LokiSink

            return LokiSink(name, settings)


def transport_of(settings: OtlpHttpSettings | OtlpGrpcSettings) -> "Transport":
    """The way to an OTLP receiver that the settings describe; for spans as for logs."""
    if isinstance(settings, OtlpGrpcSettings):
        from collectors.sinks.otlp.grpc import GrpcTransport

        return GrpcTransport(settings)
    from collectors.sinks.otlp.http import HttpTransport

    return HttpTransport(settings)
