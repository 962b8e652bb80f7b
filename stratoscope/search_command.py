"""`stratoscope search`: the events that match, in the store, Loki or OpenSearch, printed like a log: the newest at the end.

Exit codes: 0 something matched, 1 nothing did, 2 the search or the store is at fault.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from parsers.model import Event
from stratoscope import output
from stratoscope.backends.model import BACKENDS, Backend
from stratoscope.errors import NOTHING_MATCHED, OK, StratoscopeError
from stratoscope.query import Query, QueryError, parse
from stratoscope.store.reader import Reader
from stratoscope.store.schema import default_path

LIMIT = 50
MAX_LIMIT = 1_000_000
MAX_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for: a search (see `stratoscope.query`), and how many of the newest events at most."""

    query: str
    store: Path
    limit: int = LIMIT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `search` understands."""
    query = 'words, "phrases", service:nova, level>=ERROR, since:15m; OR, NOT, ( ); without: the newest events'
    parser.add_argument("query", nargs="*", metavar="QUERY", help=query)
    parser.add_argument("--store", type=Path, help=f"the file that `stratoscope run` writes ({default_path()})")
    parser.add_argument("--backend", choices=BACKENDS, help="look there instead, where `collect` has sent events to")
    parser.add_argument("--url", help="where that is")
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", help="settings: url, credentials, index, tenant")
    parser.add_argument("--timeout", type=seconds_of, default=60.0, metavar="SECONDS", help="for a backend (%(default)g)")
    parser.add_argument("-n", "--limit", type=limit_of, default=LIMIT, help="the newest so many (%(default)s)")
    parser.add_argument("--since", metavar="TIME", help="15m, 2h, 03:33, 2026-11-23T03:33:01Z; as since: in QUERY")
    parser.add_argument("--until", metavar="TIME", help="as until: in QUERY")
    parser.add_argument("-l", "--level", help="at least this severe; as level>= in QUERY")
    parser.add_argument("-s", "--service", metavar="NAME", help="as service: in QUERY")
    parser.add_argument("-r", "--request-id", metavar="ID", help="as request_id: in QUERY")
    output.add_arguments(parser)


def limit_of(text: str) -> int:
    """A number of events. Raises argparse.ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MAX_LIMIT}")
    return int(text)


def seconds_of(text: str) -> float:
    """Seconds. Raises argparse.ArgumentTypeError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds up to {MAX_SECONDS}")
    return seconds


def execute(arguments: argparse.Namespace) -> int:
    """Print what is found; the exit code."""
    if output.form_of(arguments) == "raw":
        raise StratoscopeError("-o raw: events are kept, not the original text; use -o json or -o pretty")
    search, write = search_of(arguments), output.standard_output(arguments).write
    if arguments.backend is None and arguments.config is None:
        if arguments.url is not None:
            raise StratoscopeError(f"--url needs --backend {' or '.join(BACKENDS)}")
        return run(search, time.time(), write)
    if arguments.store is not None:
        raise StratoscopeError("--store is the embedded store; leave it out, or the backend")
    from stratoscope.backends.make import backend_of  # noqa: PLC0415  the embedded store needs no HTTP

    backend = backend_of(arguments.backend, arguments.url, arguments.config)
    return run_at(backend, search, time.time(), arguments.timeout, write)


def search_of(arguments: argparse.Namespace) -> Search:
    """The search that parsed arguments ask for."""
    query = " ".join(arguments.query)
    options = ("since:", "until:", "level>=", "service:", "request_id:")
    values = (arguments.since, arguments.until, arguments.level, arguments.service, arguments.request_id)
    fields = [f'{option}"{value}"' for option, value in zip(options, values, strict=True) if value is not None]
    if query and fields:
        query = f"({query})"  # or else `a OR b` and `-s nova` would be `a OR (b service:nova)`
    return Search(" ".join([query, *fields]).strip(), arguments.store or default_path(), arguments.limit)


def run(search: Search, now: float, write: Callable[[list[Event]], None]) -> int:
    """Hand the events found to `write`, oldest first; the exit code."""
    query = _parsed(search, now)
    with Reader(search.store) as reader:
        hits = reader.search(query, search.limit + 1)
    return _shown([hit.event for hit in hits], search.limit, write)


def run_at(backend: Backend, search: Search, now: float, timeout: float, write: Callable[[list[Event]], None]) -> int:
    """The same, asking a backend within so many seconds."""
    query = _parsed(search, now)
    try:
        found = backend.search(query, search.limit + 1, timeout)
    finally:
        backend.close()
    for note in found.notes:
        sys.stderr.write(f"Note: {note}.\n")
    return _shown(found.events, search.limit, write)


def _parsed(search: Search, now: float) -> Query:
    try:
        return parse(search.query, now)
    except QueryError as error:
        raise StratoscopeError(str(error)) from None


def _shown(events: list[Event], limit: int, write: Callable[[list[Event]], None]) -> int:
    """Print events that are given newest first; the exit code."""
    if not events:
        return NOTHING_MATCHED
    write(events[limit - 1 :: -1] if len(events) > limit else events[::-1])
    if len(events) > limit:
        sys.stderr.write(f"Only the newest {limit} are shown; -n shows more.\n")
    return OK
