"""`stratoscope search`: the events of the store that match, printed like a log: the newest at the end.

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
from stratoscope.errors import NOTHING_MATCHED, OK, StratoscopeError
from stratoscope.query import QueryError, parse
from stratoscope.store.reader import Reader
from stratoscope.store.schema import default_path

LIMIT = 50
MAX_LIMIT = 1_000_000


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


def execute(arguments: argparse.Namespace) -> int:
    """Print what is found; the exit code."""
    if output.form_of(arguments) == "raw":
        raise StratoscopeError("-o raw: the store keeps events, not the original text; use -o json or -o pretty")
    return run(search_of(arguments), time.time(), output.standard_output(arguments).write)


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
    try:
        query = parse(search.query, now)
    except QueryError as error:
        raise StratoscopeError(str(error)) from None
    with Reader(search.store) as reader:
        hits = reader.search(query, search.limit + 1)
    if not hits:
        return NOTHING_MATCHED
    write([hit.event for hit in reversed(hits[: search.limit])])
    if len(hits) > search.limit:
        sys.stderr.write(f"Only the newest {search.limit} are shown; -n shows more.\n")
    return OK
