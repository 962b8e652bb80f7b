"""One chain of exceptions, as printed without the margins of an exception group."""

import re
from dataclasses import replace
from typing import NamedTuple

from parsers.model import ExceptionInfo
from parsers.tracebacks.frames import frames_of

_DURING = "During handling of the above exception, another exception occurred"
_CAUSE = "The above exception was the direct cause of the following exception"

# Three newlines on both sides are no link of this chain: oslo.messaging prints a remote chain so, inside of a message.
# oslo.log's JSONFormatter drops all blank lines, so that a header must prove that the sentence is one.
_LINK = re.compile(
    rf"\n\n?(?:({_DURING})|{_CAUSE}):"
    r"(?:\n\n(?!\n)|\n(?=(?:Exception Group )?Traceback \(most recent call last\):(?:\n|\Z))|\n?\Z)"
)
_SPACED_LINK = re.compile(rf"\n\n\n(?:({_DURING})|{_CAUSE}):(?:\n\n\n|\n*\Z)")

# An optional blank line before each frame and before the exception: the texts that oslo.messaging sends have them.
_BLOCK = re.compile(
    r"\n*"
    r"((?:Exception (?:in thread|ignored)|Unhandled exception in thread started by) .*(?:\n|\Z))?"
    r"((?:Exception Group )?Traceback \(most recent call last\):(?:\n|\Z))?"
    r'((?>(?:    .*(?:\n|\Z))*)(?>(?:\n?  (?:File "|\[Previous line repeated ).*(?:\n|\Z)(?>(?:    .*(?:\n|\Z))*))*))'
    r"\n?((?s:.*))"
)

# `module.<locals>.Name: message`, `Name`; "Name:" alone where trailing blanks were stripped on the way.
_EXCEPTION = re.compile(r"([^\W\d][\w-]*+(?>(?:\.[\w<>-]++)*))(?::(?: |(?=\n)|\Z)((?s:.*))|(?:\n((?s:.*)))?\Z)")

# Python 2: `Exception AttributeError: "'NoneType' object has no attribute 'x'" in <bound method X.__del__ of ...> ignored`,
# `Exception KeyError: KeyError('k',) in ... ignored`: the repr of a text, or of the exception.
_IGNORED = re.compile(r"Exception ([\w.]++): ((?s:.*)) ignored")
_REPR = re.compile(r"""(?:[\w.]+\()?u?(['"])(.*)\1(?:,?\))?""", re.DOTALL)


class Said(NamedTuple):
    """The type and the message that an exception line tells."""

    type: str
    message: str


def said(text: str) -> Said | None:
    """What `module.Type: message` says (the message may have many lines), None if `text` is no exception line."""
    found = _EXCEPTION.fullmatch(text)
    return Said(found[1], found[2] or found[3] or "") if found else None


def is_linked(text: str) -> bool:
    """Whether `text` begins with the sentence that ties it to the exception before it."""
    return text.lstrip("\n").startswith((_DURING, _CAUSE))


def chain_of(text: str, first: str, *, spaced: bool = False) -> list[ExceptionInfo]:
    """The exceptions of a chain, oldest first; `first` is the link of the first one.

    `spaced` is for texts with an additional newline behind every item, as oslo.messaging sends them.
    """
    if "above exception" not in text:
        one = _exception(text, first, following=False)
        return [one] if one else []
    if is_linked(text):  # the exception before it is missing, or stands above the members of a group
        text = ("\n\n\n" if spaced else "\n\n") + text.lstrip("\n")
    parts = (_SPACED_LINK if spaced else _LINK).split(text)
    links = [first] + ["context" if during else "cause" for during in parts[1::2]]
    exceptions = [_exception(block, link, following=link != first) for block, link in zip(parts[::2], links, strict=True)]
    return [_stripped(one) if spaced else one for one in exceptions if one]


def _exception(block: str, link: str, *, following: bool) -> ExceptionInfo | None:
    """One exception; None if nothing in `block` looks like one, unless it is the `following` one of a chain."""
    found = _BLOCK.fullmatch(block)
    assert found is not None  # noqa: S101  every part of the pattern may be empty
    preamble, header, printed, rest = found.groups()
    exception = said(rest) or _ignored(rest)
    if exception is not None:
        return _real(ExceptionInfo(exception.type, exception.message, link, frames_of(printed)))
    if not (preamble or header or printed or following):
        return None
    return ExceptionInfo("", "" if rest[:1].isspace() else rest, link, frames_of(printed), truncated=True)


def _real(exception: ExceptionInfo) -> ExceptionInfo | None:
    """None for what `LOG.exception` prints where no exception is being handled: `NoneType: None`, in Python 2 `None`."""
    return None if exception.type in {"NoneType", "None"} and not exception.frames else exception


def _stripped(exception: ExceptionInfo) -> ExceptionInfo:
    return replace(exception, message=exception.message.rstrip("\n"))


def _ignored(text: str) -> Said | None:
    found = _IGNORED.fullmatch(text)
    if found is None:
        return None
    value = found[2].rpartition(" in ")[0]
    unquoted = _REPR.fullmatch(value)
    return Said(found[1], unquoted[2] if unquoted else value)
