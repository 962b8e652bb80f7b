"""What the settings describe is made here: sources, sinks, parsers. Nothing is connected or read yet."""

import os
from collections.abc import Mapping

from collectors.files.following import Limits
from collectors.files.source import FileSource
from collectors.forward.settings import ForwardInput, ForwardOutput
from collectors.kubernetes.settings import KubernetesInput
from collectors.model import Chunk, Position, Sink, Source
from collectors.pipeline.dead_letters import DeadLetters
from collectors.pipeline.spool import Spool, SpoolVersionError
from collectors.pipeline.streams import MakeParser
from collectors.pods.names import resource_of_path
from collectors.pods.settings import PodsInput
from collectors.positions import Positions
from collectors.problems import Report
from parsers.parser import Parser
from stratoscope.collect.settings import (
    CollectSettings,
    FilesInput,
    ParserSettings,
    SinkSettings,
    SourceSettings,
    StdinInput,
    StoreSettings,
)
from stratoscope.collect.telemetry import Pushed, Telemetry
from stratoscope.errors import StratoscopeError
from stratoscope.parser_options import options_of

# ruff: noqa: PLC0415  TLS, gRPC and SQLite are loaded only by who uses them


def parser_maker(settings: ParserSettings) -> MakeParser:
    """What makes the parser of a stream."""
    base = settings.options()

    def make(chunk: Chunk) -> Parser:
        options = options_of(base, chunk.path, chunk.resource.get("service.name"))
        return Parser(options, offset=chunk.offset, line=chunk.line)

    return make


def source_of(settings: SourceSettings, positions: Positions, known: Mapping[str, Position], report: Report) -> Source:
    """A source. Raises StratoscopeError.

    `known`: positions that count more than those on disk, as they were given out in this life.
    """
    match settings:
        case FilesInput():
            return FileSource(
                settings.paths,
                follow=True,
                report=report,
                positions={**positions.all(), **known},
                remember=positions.note,
                exclude=settings.exclude,
                resource_of=resource_of_path,
                limits=Limits(max_open=settings.max_open),
            )
        case PodsInput():
            from collectors.pods.source import PodSource

            return PodSource(settings, report, positions={**positions.all(), **known}, remember=positions.note)
        case KubernetesInput():
            from collectors.kubernetes.source import KubernetesSource

            return KubernetesSource(settings, report, positions={**positions.all(), **known}, remember=positions.note)
        case StdinInput():
            return FileSource(["-"], follow=True, report=report)
        case ForwardInput():
            from collectors.forward.server import ForwardSource
            from collectors.forward.sockets import AddressError

            try:
                return ForwardSource(settings, report)
            except AddressError as error:
                raise StratoscopeError(str(error)) from error


def pushed(source: Source) -> Pushed:
    """How a forward source fares."""
    from collectors.forward.server import ForwardSource

    assert isinstance(source, ForwardSource)  # noqa: S101  the settings said so
    return Pushed(dict(source.counts), dict(source.ended), source.connections, source.unacknowledged)


def sink_of(name: str, settings: SinkSettings, telemetry: Telemetry) -> Sink:
    """A sink. Raises StratoscopeError."""
    match settings.to:
        case StoreSettings(path=path, max_size=max_size, max_age=max_age):
            from stratoscope.store.sink import StoreSink
            from stratoscope.store.writer import Writer

            return StoreSink(name, Writer(path, max_size, max_age), telemetry.stored)
        case ForwardOutput() as forward:
            from collectors.forward.client import ForwardSink
            from collectors.forward.sockets import AddressError

            try:
                return ForwardSink(name, forward)
            except AddressError as error:
                raise StratoscopeError(str(error)) from error
        case other:
            from collectors.sinks import make

            return make.sink_of(name, other)


def spool_of(name: str, settings: CollectSettings, telemetry: Telemetry) -> Spool | None:
    """The spool of a sink: one that the settings want, or one that still holds something. Raises StratoscopeError."""
    folder = os.path.join(settings.state, "spool", name)  # noqa: PTH118  the collectors take text
    wanted = settings.sinks[name].buffer.bounds(len(settings.sinks)).spool
    if not wanted and not os.path.isdir(folder):  # noqa: PTH112
        return None

    def lost(events: int) -> None:
        telemetry.dropped(name, events, "spool_damaged", intended=False)

    try:
        return Spool(folder, lost)
    except SpoolVersionError as error:
        raise StratoscopeError(str(error)) from error
    except OSError as error:
        raise StratoscopeError(f"{folder} cannot be used as a spool: {error.strerror}; see `state`") from error


def dead_letters_of(name: str, settings: CollectSettings) -> DeadLetters:
    """Where the events go that a sink refuses for good."""
    path = os.path.join(settings.state, "dead-letters", f"{name}.jsonl")  # noqa: PTH118
    return DeadLetters(path, settings.sinks[name].dead_letters, name)
