"""A whole printed traceback: groups, chains and remote exceptions put together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from parsers.model import ExceptionInfo
from parsers.tracebacks.chain import chain_of, is_linked, said
from parsers.tracebacks.groups import Segment, is_grouped, segments
from parsers.tracebacks.remote import Carried, carried

_REMOTE_DEPTH = 4
"""How many remote tracebacks are looked for inside of each other (a call that calls a call ...)."""

# eventlet's hub says which socket it gives up, Python 2's logging which line of code logged.
_AFTERMATH = re.compile(r"\n(?:Removing descriptor: \d+|Logged from file .*, line \d+)\Z")

_DEPTH_LIMIT = re.compile(r"\.\.\. \(max_group_depth is \d+\)")


@dataclass(frozen=True, slots=True)
class ParsedTraceback:
    """Exceptions as printed, oldest first, and which of them was raised out.

    `raised` is an index into `exceptions`; None if there are none. It is the last one that is neither member of a group nor
    remote (a member's own chain has the links `context` and `cause` too, so the links alone do not tell).
    """

    exceptions: tuple[ExceptionInfo, ...] = ()
    raised: int | None = None


def parse_traceback(text: str, summary: str | None = None) -> tuple[ExceptionInfo, ...]:
    """The exceptions that `text` shows, oldest first, as printed; see `parse`."""
    return parse(text, summary).exceptions


def parse(text: str, summary: str | None = None) -> ParsedTraceback:
    """Reads what CPython printed (prefixes and ANSI colours removed; newlines at the end do not matter).

    A group's own exception comes first, then its members. A remote exception, or the chain of them, follows the one whose
    message carries it. Notes cannot be told from a message's further lines, unless `summary` says what the exception that was
    raised out says without them (`module.Type: message`, all lines). Any text is accepted: what shows no exception gives none.
    """
    found: list[ExceptionInfo] = []
    raised: int | None = None
    for level, exception in _local(_AFTERMATH.sub("", text.rstrip("\n"))):
        if level == 0:
            raised = len(found)
        found.append(exception)
        found.extend(_remote(exception, _REMOTE_DEPTH))
    parsed = ParsedTraceback(tuple(found), raised)
    return parsed if summary is None else with_summary(parsed, summary)


def with_summary(parsed: ParsedTraceback, summary: str) -> ParsedTraceback:
    """`parsed` as `parse` gives it with this `summary`: for who must see the exceptions before he knows it."""
    if parsed.raised is None:
        return parsed
    exceptions = list(parsed.exceptions)
    exceptions[parsed.raised] = _with_notes(exceptions[parsed.raised], summary)
    return ParsedTraceback(tuple(exceptions), parsed.raised)


def _local(text: str) -> Iterator[tuple[int, ExceptionInfo]]:
    """The exceptions with the number of groups around them, without the remote ones."""
    if not is_grouped(text):
        yield from ((0, exception) for exception in chain_of(text, "root"))
        return
    begun = False
    for segment in segments(text):
        for exception in _chain(segment, begun=begun):
            begun = True
            yield segment.level, exception


def _chain(segment: Segment, *, begun: bool) -> list[ExceptionInfo]:
    text = "\n".join(segment.lines)
    if segment.elided or _DEPTH_LIMIT.fullmatch(text):
        return []
    if segment.member:
        return chain_of(text, "group")
    # What stands below the members without a linking sentence is no exception.
    return chain_of(text, "root") if not begun or is_linked(text) else []


def _remote(exception: ExceptionInfo, depth: int) -> list[ExceptionInfo]:
    """The remote exceptions that `exception` carries, each followed by what it carries itself."""
    message = carried(exception.message) if depth else None
    if message is None:
        return []
    chain = _named(chain_of((message.text or "").rstrip("\n"), "remote", spaced=message.spaced), message)
    return [found for one in chain for found in (one, *_remote(one, depth - 1))]


def _named(chain: list[ExceptionInfo], message: Carried) -> list[ExceptionInfo]:
    """`chain` with its last exception named by the carrier, where the traceback was cut before it says so itself."""
    if not (message.cut or (chain and chain[-1].truncated)):
        return chain
    if message.type is None:
        return [*chain[:-1], *(replace(one, truncated=True) for one in chain[-1:])]
    last = chain[-1] if chain else ExceptionInfo("", "", "remote")
    return [*chain[:-1], replace(last, type=message.type, message=message.message or "", truncated=True)]


def _with_notes(exception: ExceptionInfo, summary: str) -> ExceptionInfo:
    """`exception` with the lines beyond `summary` moved from its message to its notes, if the two agree."""
    known = said(summary.rstrip("\n"))
    if known is None or known.type != exception.type or exception.message == known.message:
        return exception
    start = known.message + "\n" if known.message else ""
    if not exception.message.startswith(start):
        return exception
    return replace(exception, message=known.message, notes=tuple(exception.message[len(start) :].split("\n")))
