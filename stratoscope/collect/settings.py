"""The settings file of `stratoscope collect`, as it is written. What is made of it stands in `stratoscope.collect.wiring`."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Literal

from collectors.fluentbit.settings import FluentBitSettings
from collectors.forward.settings import ForwardInput, ForwardOutput
from collectors.kubernetes.settings import KubernetesInput
from collectors.pipeline.settings import BatchSettings, BufferSettings, RetrySettings
from collectors.pipeline.worker import TIMEOUT
from collectors.pods.settings import PodsInput
from collectors.sinks.settings import (
    FileSettings,
    LokiSettings,
    OpenSearchSettings,
    OtlpGrpcSettings,
    OtlpHttpSettings,
    StdoutSettings,
)
from collectors.traces.settings import TraceSettings
from parsers.limits import DEFAULT_LIMITS
from parsers.oslo_profile import Profile
from parsers.parser import ParserOptions, format_names
from stratoscope.parser_options import zone_of
from stratoscope.serving.listen import ListenError, address_of
from stratoscope.settings.document import Document
from stratoscope.settings.load import load, settings_of
from stratoscope.settings.mistakes import suggestion
from stratoscope.store.records import MAX_SIZE
from stratoscope.web.settings import PageSettings

_NO_STORE = "there is no store to be shown; add a sink with to: {kind: store, path: ...}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesInput:
    """Log files, followed through rotation. Below /var/log/pods and /var/log/containers paths tell pod and container."""

    paths: tuple[str, ...]
    """Files, directories (their logs, and those below) and globs. New ones are found within a second."""
    kind: Literal["files"] = "files"
    """Files."""
    exclude: tuple[str, ...] = ()
    """Globs of paths that are left out, as `*_stratoscope-*`: an agent should not read what it writes."""
    max_open: int = 256
    """Files kept open; the ones that were quiet the longest are closed, and opened again when they grow."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is missing."""
        if not self.paths:
            yield "paths", "names at least one file, directory or glob"
        if not 16 <= self.max_open <= 4096:
            yield "max_open", "must be between 16 and 4096; 256 is usual"


@dataclass(frozen=True, slots=True, kw_only=True)
class StdinInput:
    """Standard input. It cannot be read again: what was read and not delivered when the process is killed is lost."""

    kind: Literal["stdin"] = "stdin"
    """Standard input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """The embedded store, which `stratoscope search` and the page of `stratoscope run` read."""

    path: Path
    """The file; made if it is not there."""
    kind: Literal["store"] = "store"
    """The embedded store."""
    max_size: Annotated[int, "bytes"] = MAX_SIZE
    """The oldest events are dropped when it grows beyond this."""
    max_age: Annotated[float, "seconds"] | None = None
    """Events are dropped when they are older, some sixteenth of it later. None: only by size."""


SourceSettings = FilesInput | PodsInput | KubernetesInput | StdinInput | ForwardInput
OutputSettings = (
    StdoutSettings
    | FileSettings
    | StoreSettings
    | ForwardOutput
    | OtlpHttpSettings
    | OtlpGrpcSettings
    | OpenSearchSettings
    | LokiSettings
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OsloStrings:
    """The format strings of your services' oslo.log (`[DEFAULT]` of nova.conf), if they are not the usual ones."""

    context_format: str | None = None
    """logging_context_format_string"""
    default_format: str | None = None
    """logging_default_format_string"""
    exception_prefix: str | None = None
    """logging_exception_prefix"""
    user_identity_format: str | None = None
    """logging_user_identity_format"""
    date_format: str | None = None
    """log_date_format"""

    def given(self) -> dict[str, str]:
        """Those that are set."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) is not None}

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What no parser can be made of."""
        try:
            if given := self.given():
                Profile.from_oslo_strings(**given)
        except ValueError as error:
            yield next(iter(given)), str(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserSettings:
    """How log text is read."""

    formats: tuple[str, ...] = ()
    """Try only these formats (`stratoscope parse --format help` lists them); left out, all."""
    oslo: OsloStrings = OsloStrings()
    """For services that have format strings of their own."""
    zone: str = ""
    """Zone of times that tell none: Europe/Prague, +02:00. Left out: from the container runtime's time, else UTC."""
    service: str = ""
    """service.name of all events; left out, file names and loggers tell it."""
    mask: bool = True
    """Hide passwords and tokens that stand in messages."""
    raw: bool = False
    """Add the original text to each event (log.record.original); about doubles what is sent."""
    idle: Annotated[float, "seconds"] = DEFAULT_LIMITS.idle_seconds
    """A record is whole when nothing was added for so long. The last record of a quiet file is delivered this much later."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is not known."""
        known = format_names()
        for index, name in enumerate(self.formats):
            if name not in known:
                yield f"formats[{index}]", f"{name!r} is not known; {suggestion(name, known)}"
        try:
            if self.zone:
                zone_of(self.zone)
        except argparse.ArgumentTypeError as error:
            yield "zone", str(error)
        if not 0.05 <= self.idle <= 60:
            yield "idle", "must be between 0.05s and 60s; 2s is usual"

    def options(self) -> ParserOptions:
        """The same for the parsers."""
        strings = self.oslo.given()
        return ParserOptions(
            zone=zone_of(self.zone) if self.zone else None,
            service=self.service or None,
            profiles=(Profile.from_oslo_strings(**strings),) if strings else (),
            formats=frozenset(self.formats) or None,
            masking=self.mask,
            raw=self.raw,
            limits=replace(DEFAULT_LIMITS, idle_seconds=self.idle),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkSettings:
    """One sink: where events go, and how stubbornly."""

    to: OutputSettings
    """The far side."""
    timeout: Annotated[float, "seconds"] = TIMEOUT
    """Seconds that one sending may take."""
    retry: RetrySettings = RetrySettings()  # noqa: RUF009  frozen
    """What is not taken is tried again, for ever."""
    buffer: BufferSettings = BufferSettings()  # noqa: RUF009  frozen
    """Where events wait meanwhile."""
    dead_letters: Annotated[int, "bytes"] = 64 << 20
    """Bytes kept of events that the far side will never take; the oldest go first."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        if not 0.1 <= self.timeout <= 600:
            yield "timeout", "must be between 0.1s and 600s; 30s is usual"
        if self.dead_letters < 1 << 20:
            yield "dead_letters", "must be at least 1M; 64M is usual"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings:
    """All of the file."""

    sources: dict[str, SourceSettings]
    """Where logs come from, by a name of your choice: the label `source` of metrics."""
    sinks: dict[str, SinkSettings]
    """Where events go, by a name of your choice: the label `sink` of metrics. Every sink gets every event."""
    state: Path = Path("/var/lib/stratoscope")
    """Folder for read positions, spools and dead letters. It must survive a restart; no two processes can share one."""
    parser: ParserSettings = ParserSettings()
    """How log text is read."""
    batch: BatchSettings = BatchSettings()  # noqa: RUF009  frozen
    """What goes to a sink at once."""
    traces: TraceSettings | None = None
    """Spans made of the events of one request, and where they go; left out, none."""
    fluent_bit: FluentBitSettings | None = None
    """The Fluent Bit beside us: what `--print-fluent-bit` makes its configuration of. It changes nothing here."""
    listen: str | None = None
    """`host:port` for /metrics and /-/healthy; left out, none."""
    web_config: Path | None = None
    """Prometheus' web configuration file, for TLS and passwords on `listen`."""
    page: PageSettings | None = None
    """A page to look at the events, where a sink is a store; left out, none. Takes 23 MB of memory (`listen` alone: 18)."""
    drain: Annotated[float, "seconds"] = 10.0
    """After SIGTERM, seconds for what is on its way to the sinks. Less than terminationGracePeriodSeconds."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is missing, or not to be had together."""
        for key in ("sources", "sinks"):
            if not getattr(self, key):
                yield key, "must have at least one"
            yield from (
                (f'{key}."{name}"', "a name has letters, digits, - and _ only")
                for name in getattr(self, key)
                if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii()
            )
        stdin = [name for name, source in self.sources.items() if isinstance(source, StdinInput)]
        if len(stdin) > 1:
            yield f"sources.{stdin[1]}", f"there is only one standard input, and sources.{stdin[0]} reads it"
        try:
            if self.listen is not None:
                address_of(self.listen)
        except ListenError:
            yield "listen", "write HOST:PORT, for example 127.0.0.1:9464"
        if self.web_config is not None and self.listen is None:
            yield "web_config", "is of no use without listen; set both or none"
        if not 0 < self.drain <= 600:
            yield "drain", "must be more than 0s and at most 600s; 10s is usual"
        if self.page is not None and (wrong := self._not_shown(self.page.sink)):
            yield ("page.sink" if self.page.sink else "page"), wrong

    def _stores(self) -> dict[str, Path]:
        return {name: sink.to.path for name, sink in self.sinks.items() if isinstance(sink.to, StoreSettings)}

    def _not_shown(self, sink: str) -> str:
        """Why there is no store for the page; empty where there is."""
        stores = self._stores()
        if sink and sink not in stores:
            return f"{sink!r} is no sink with to: {{kind: store}}; {suggestion(sink, stores)}" if stores else _NO_STORE
        if not sink and len(stores) != 1:
            return f"several sinks are stores; write sink: {' or '.join(stores)}" if stores else _NO_STORE
        return ""

    def shown(self) -> Path | None:
        """The store that the page shows; None where there is no page."""
        if self.page is None:
            return None
        stores = self._stores()
        return stores[self.page.sink or next(iter(stores))]


def settings_at(path: Path) -> CollectSettings:
    """The settings in a file. Raises SettingsError."""
    return load(path, CollectSettings)


def settings_in(document: Document, path: Path) -> CollectSettings:
    """The settings in a document read from `path`. Raises SettingsError."""
    return settings_of(document, CollectSettings, path)
