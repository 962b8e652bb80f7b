"""Which events are wanted: --since --until --level --service --request-id --grep, together.

A filter is a function from an event to whether it is wanted. Without filters no event is looked at.
"""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime

from parsers.model import Event
from parsers.severity import number_of
from stratoscope.errors import StratoscopeError
from stratoscope.output import ORIGINAL
from stratoscope.when import moment

GREP_SECONDS = 1.0
"""A pattern may search one event for so long. Even the largest event (1 MiB) takes a harmless pattern some milliseconds."""

SHORTEST_ID = 6
"""Digits of a request id that are enough to ask for it."""

Filter = Callable[[Event], bool]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What every command that filters events understands."""
    group = parser.add_argument_group("which events are printed")
    group.add_argument("--since", metavar="TIME", help="not before: 15m, 2h, 03:33, 2026-11-23, 2026-11-23T03:33:01Z (UTC)")
    group.add_argument("--until", metavar="TIME", help="not after")
    group.add_argument("-l", "--level", help="at least this severe: debug, info, warning, error, critical")
    group.add_argument("-s", "--service", action="append", metavar="NAME", help="of this service; nova stands for nova-* too")
    group.add_argument("-r", "--request-id", action="append", metavar="ID", help="of this request; its first digits will do")
    group.add_argument("--grep", metavar="PATTERN", help="whose text has this regular expression")


def filters_of(arguments: argparse.Namespace, now: float) -> list[Filter]:
    """The filters that the arguments ask for. Raises StratoscopeError for those that cannot be understood."""
    filters: list[Filter] = []
    if arguments.level:
        filters.append(_level(arguments.level))
    if arguments.service:
        filters.append(_service(arguments.service))
    if arguments.request_id:
        filters.append(_request(arguments.request_id))
    if arguments.since or arguments.until:
        since, until = _time("--since", arguments.since, now), _time("--until", arguments.until, now)
        filters.insert(0, Window(since.rstrip("0").rstrip("."), until and f"{until}000"))
    if arguments.grep is not None:
        filters.append(_grep(arguments.grep))
    return filters


def needs_original(arguments: argparse.Namespace) -> bool:
    """Whether the filters look at the original text."""
    return arguments.grep is not None


class Window:
    """Times from `since` to `until`, both included; RFC 3339 in UTC without the Z.

    Texts are compared: a shorter one stands before all that begin with it, so `since` is written as short and `until` as
    long as can be, and .808 and .808000 are the same.

    An event without a time was logged after the one before it in its file, and goes with that one.
    """

    def __init__(self, since: str, until: str) -> None:
        """Empty for no limit."""
        self._since = since
        self._until = until or "9"
        self._before: dict[str | None, bool] = {}

    def __call__(self, event: Event) -> bool:
        """Whether the event lies inside."""
        file = event["source"].get("file")
        timestamp: str | None = event.get("timestamp")
        if timestamp is None:
            return self._before.get(file, not self._since)
        inside = self._before[file] = self._since <= timestamp[:-1] <= self._until
        return inside


def _time(option: str, text: str | None, now: float) -> str:
    """To the microsecond."""
    if not text:
        return ""
    try:
        time = datetime.fromtimestamp(moment(text, now), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise StratoscopeError(f"{option}: {error}") from None
    return f"{time:%Y-%m-%dT%H:%M:%S.%f}"


def _level(text: str) -> Filter:
    least = number_of(text)
    if least is None:
        raise StratoscopeError(f"--level: {text!r} is no level; write debug, info, warning, error or critical")
    return lambda event: event.get("severity_number", 0) >= least


def _service(names: list[str]) -> Filter:
    whole = frozenset(names)
    parts = tuple(f"{name}-" for name in names)

    def wanted(event: Event) -> bool:
        service = event["resource"].get("service.name", "")
        return service in whole or service.startswith(parts)

    return wanted


def _request(ids: list[str]) -> Filter:
    wanted_ids = tuple(map(_digits, ids))
    if min(map(len, wanted_ids)) < SHORTEST_ID:
        raise StratoscopeError(f"--request-id: at least {SHORTEST_ID} digits are needed; write req-5f1c2ab3 or all of it")

    def wanted(event: Event) -> bool:
        attributes = event["attributes"]
        known = (attributes.get("openstack.request_id"), attributes.get("openstack.global_request_id"), event.get("trace_id"))
        return any(_digits(one).startswith(wanted_ids) for one in known if one)

    return wanted


def _digits(request_id: str) -> str:
    """`req-5F1C2AB3-...` and `5f1c2ab3...` are the same request."""
    return request_id.lower().removeprefix("req-").replace("-", "")


def _grep(text: str) -> Filter:
    import regex  # noqa: PLC0415  8 MB, and only --grep needs its time limit

    try:
        pattern = regex.compile(text, regex.MULTILINE)
    except regex.error as error:
        raise StratoscopeError(f"--grep: {text!r}: {error}; write a backslash before a character that means itself") from None

    def wanted(event: Event) -> bool:
        attributes = event["attributes"]
        # What the log has, and what a reader sees: in a JSON log quotes are escaped, in a colour log words are cut by codes
        texts = (attributes[ORIGINAL], event.get("body", ""), attributes.get("exception.stacktrace", ""))
        try:
            return any(pattern.search(one, timeout=GREP_SECONDS) for one in texts)
        except TimeoutError:
            where = "{file}, line {first_line}".format(**{"file": "input", **event["source"]})
            raise StratoscopeError(
                f"--grep: {text!r} took more than {GREP_SECONDS:g} s on one event ({where}); avoid nested repeats such as (a+)+"
            ) from None

    return wanted
