"""The arguments that say how logs are read, and the parser made from them: for every command that reads logs."""

import argparse
import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta, timezone, tzinfo
from typing import TypeVar

from collectors.problems import shown
from parsers.oslo_profile import Profile
from parsers.parser import JsonParser, Parser, ParserOptions, format_names
from stratoscope.errors import StratoscopeError
from stratoscope.service_names import service_of_file

_OSLO = {
    "context_format": "logging_context_format_string",
    "default_format": "logging_default_format_string",
    "exception_prefix": "logging_exception_prefix",
    "user_identity_format": "logging_user_identity_format",
    "date_format": "log_date_format",
}
_OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3]):?([0-5][0-9])")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What every command that reads logs understands."""
    group = parser.add_argument_group("how the logs are read")
    group.add_argument("--format", action="append", metavar="NAME", help="try only this format; again for more; help lists all")
    for name, option in _OSLO.items():
        group.add_argument(f"--oslo-{name.replace('_', '-')}", metavar="STRING", help=f"{option} of your services")
    group.add_argument("--tz", type=zone_of, metavar="ZONE", help="zone of times that tell none: Europe/Prague, +02:00 (UTC)")
    group.add_argument("--as-service", metavar="NAME", help="service.name of all events; else file names and loggers tell it")
    group.add_argument("--no-mask", action="store_true", help="show passwords and tokens that stand in messages")


def zone_of(text: str) -> tzinfo:
    """The zone of `UTC`, `+02:00` or a name such as `Europe/Prague`. Raises argparse.ArgumentTypeError."""
    offset = _OFFSET.fullmatch(text)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    if text.upper() in {"UTC", "Z"}:
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415  only who names a zone pays for it

    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"no zone {text!r} on this machine; write an offset such as +02:00") from None


AnyParser = TypeVar("AnyParser", Parser, JsonParser)


def maker(arguments: argparse.Namespace, kind: type[AnyParser], *, raw: bool) -> Callable[[str, int, int], AnyParser]:
    """What makes the parser of a file, from its path, and the byte offset and line number to begin at.

    The file's name tells the service where no argument does; where that says nothing, the parser looks at each event.
    `raw`: events carry their original text. Raises StratoscopeError for arguments that make no sense.
    """
    profiles = _profiles(arguments)
    base = ParserOptions(
        zone=arguments.tz,
        service=arguments.as_service,
        profiles=profiles,
        formats=_formats(arguments.format),
        masking=not arguments.no_mask,
        raw=raw,
    )

    def make(path: str, offset: int, line: int) -> AnyParser:
        return kind(options_of(base, path), offset=offset, line=line)

    return make


def options_of(base: ParserOptions, path: str, service: str | None = None) -> ParserOptions:
    """The options of one input: `base`, and what its name tells. `service`: what else is known of its writer."""
    named = base.service or service or service_of_file(path)
    return replace(base, service=named, file=shown(path), year=year_of(path))


def year_of(path: str) -> int:
    """The year of times that are logged without one: when the file was last written, now for a stream."""
    try:
        written = os.stat(path).st_mtime  # noqa: PTH116  as in collectors: pathlib would cost 1.5 MB
    except OSError:
        written = time.time()
    return time.gmtime(written).tm_year


def _formats(names: list[str] | None) -> frozenset[str] | None:
    unknown = sorted(set(names or ()) - set(format_names()))
    if unknown:
        raise StratoscopeError(f"--format: {unknown[0]!r} is not known; --format help lists all")
    return frozenset(names) if names else None


def _profiles(arguments: argparse.Namespace) -> tuple[Profile, ...]:
    given = {name: text for name in _OSLO if (text := getattr(arguments, f"oslo_{name}")) is not None}
    if not given:
        return ()
    try:
        return (Profile.from_oslo_strings(**given),)
    except ValueError as error:
        options = ", ".join(f"--oslo-{name.replace('_', '-')}" for name in given)
        raise StratoscopeError(f"{options}: {error}") from None
