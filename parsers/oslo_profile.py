"""A Profile: what an operator's oslo.log format strings print, as patterns.

oslo.log has three strings: one for records with a request context, one for those without, one that is put before every
line of a traceback. A Profile holds three patterns made from them:

    heads    the first line of a record: one pattern, or two where the strings with and without context print fields in
             another order
    prefix   what stands before each traceback line
    swift    head line + all directly following traceback lines of the same record, or else any one line: back-references to
             the head's time, pid and logger let the regular expression engine swallow a traceback without work per line.
             Looser than `head`; only for strings that print time, pid, level, logger and `[context]` in this order

Source of the strings and their defaults: oslo_log/_options.py and oslo_log/formatters.py.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from parsers.model import decode
from parsers.oslo_strings import (
    CONTEXT_ATTRIBUTES,
    CONTEXT_FORMAT,
    DATE_FORMAT,
    DEFAULT_FORMAT,
    EXCEPTION_PREFIX,
    GROUP_OF,
    USER_IDENTITY,
    Compiler,
    Render,
    Token,
    groups_of,
    is_context,
    named,
    placeholders,
    tokens_of,
)

SWIFT_GROUPS = "whole time who pid logger context resource instance message trace other".split()
"""Groups of `Profile.swift`: `who` is pid, level and logger as printed; `whole` and `trace` have their newlines."""

_KEY = frozenset({"time", "pid", "logger"})
_SUMMARISED = frozenset({b"WARNING", b"ERROR", b"CRITICAL"})
_SUMMARY = re.compile(rb": (?:[A-Za-z_][\w.]*(?::|\Z)|  File |\Z)")
# What oslo.log prints since Zed. A pattern with a group for each word takes three times as long.
_USUAL_WORDS = re.compile(rb"(?:None|req-[0-9a-f-]{36}) req-[0-9a-f-]{36}(?: [\w.:@-]{1,255}){6}", re.ASCII)
_USUAL_NAMES = (
    "global_request_id", "request_id", "user", "project", "domain", "system_scope", "user_domain", "project_domain",
)  # fmt: skip
_NOTHING = frozenset({b"", b"-", b"None"})

_SWIFT = rb"""(?x)
(?P<whole>
  (?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}
    (?>(?:[.,][0-9]{1,6}){0,2})(?>(?:Z|[+-][0-9]{2}:?[0-9]{2})?))[ ]
  (?P<who>(?P<pid>[0-9]{1,10}+)[ ][A-Z][A-Z0-9_]{1,30}+[ ](?P<logger>[^\s\[\]]{1,255}+))[ ]
  \[(?P<context>[^\]\n]{0,2100}+)\][ ]
  (?P<resource>RESOURCE)(?P<instance>(?>(?:\[instance:[ ][^\]\n]{0,255}+\][ ])?))
  (?P<message>[^\n]*+)\n
  (?P<trace>(?>(?:(?P=time)[ ](?P=pid)[ ](?:ERROR|TRACE)[ ](?P=logger)(?:(?=\n)|[ ](?!\[[^\]\n]*+\][ ])[^\n]*+)\n)*))
)|(?P<other>[^\n]*+\n)"""
_TIMES = frozenset({"asctime", "isotime"})
_SECOND = len("2026-11-23 03:33:01")
_CLOCKS = ("%(asctime)s.%(msecs)03d", "%(asctime)s", "%(isotime)s")


class Head(NamedTuple):
    """The fields of a head line, b"" for what is not printed. `context` are the words between the brackets, as printed."""

    time: bytes
    pid: bytes
    level: bytes
    logger: bytes
    context: bytes
    resource: bytes
    instance: bytes
    host: bytes
    message: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The patterns of one set of format strings; see the module's text.

    `prefix` has the groups time, pid and logger; `swift` those of SWIFT_GROUPS.
    `quoted` finds time, pid, level and logger anywhere in a line, which is how two torn writes look.
    `timed` tells that a prefix begins with a time, and so cannot be mistaken for something else.
    `exact` tells that head and prefix print time and pid alike; where not, records are told apart by what both print.
    `dash_summary` is what a head ends in when `%(error_summary)s` is part of the string and there is no error.
    """

    name: str
    heads: tuple[re.Pattern[bytes], ...]
    prefix: re.Pattern[bytes]
    quoted: re.Pattern[bytes]
    swift: re.Pattern[bytes] | None
    contexts: tuple[re.Pattern[bytes], ...]
    timed: bool
    dash_summary: bytes
    exact: bool
    date_format: str

    @classmethod
    def from_oslo_strings(
        cls,
        context_format: str = CONTEXT_FORMAT,
        default_format: str = DEFAULT_FORMAT,
        exception_prefix: str = EXCEPTION_PREFIX,
        user_identity_format: str = USER_IDENTITY,
        date_format: str = DATE_FORMAT,
    ) -> "Profile":
        """Profile of an operator's own strings, as in his nova.conf. ValueError says which string is wrong, and how."""
        return compile_profile(
            "custom", [context_format], default_format, exception_prefix, [user_identity_format], date_format
        )

    def read(self, line: bytes) -> Head | None:
        """The head line `line` (no newline at its end), None where it is none."""
        for pattern in self.heads:
            found = pattern.match(line)
            if found is not None:
                return Head(*found.group(*Head._fields))
        return None

    def key(self, time: bytes, pid: bytes, logger: bytes) -> tuple[bytes, bytes, bytes]:
        """What all prefixed lines of a record share. The level and the instance are not in it."""
        return (time, pid, logger) if self.exact else (time[:_SECOND], b"", logger)

    def may_wait(self, who: bytes, message: bytes) -> bool:
        """Whether a head without traceback may end in an exception's text, of which the traceback is still to come.

        `who` is pid, level and logger as printed, or the level alone.
        """
        return _is_summarised(who) and _SUMMARY.search(message) is not None

    def context_of(self, words: bytes) -> dict[str, str] | None:
        """Attributes that the context words of a head tell (`None req-… <user> …`); empty, `-` and `None` are left out.

        None where the words are not of a context's shape, and their line no head.
        """
        return _context_of(self.contexts, words)


@lru_cache(maxsize=1024)
def _is_summarised(who: bytes) -> bool:
    """Whether oslo.log appends the exception's text at this level (formatters.py, _get_error_summary)."""
    return not _SUMMARISED.isdisjoint(who.split(b" "))


@lru_cache(maxsize=512)
def _context_of(contexts: tuple[re.Pattern[bytes], ...], words: bytes) -> dict[str, str] | None:
    if _USUAL_WORDS.fullmatch(words) and tuple(contexts[0].groupindex) == _USUAL_NAMES:
        return _told(_USUAL_NAMES, words.split(b" "))
    for pattern in contexts:
        found = pattern.fullmatch(words)
        if found:
            return _told(pattern.groupindex, found.groups())
    return None


def _told(names: Iterable[str], values: Iterable[bytes]) -> dict[str, str]:
    return {CONTEXT_ATTRIBUTES[name]: decode(value) for name, value in zip(names, values, strict=True) if value not in _NOTHING}


def _cut_at_message(tokens: list[Token], option: str) -> tuple[list[Token], bytes]:
    """Tokens before `%(message)s`, and the text that `: %(error_summary)s` after it leaves when there is no error."""
    names = [name for name, _ in tokens]
    if "message" not in names:
        raise ValueError(f"{option}: has no %(message)s, so there is nothing to read")
    at = names.index("message")
    rest = [token for token in tokens[at + 1 :] if token[0] != "color"]
    fields = [name for name, _ in rest if name]
    if fields not in ([], ["error_summary"]):
        raise ValueError(
            f"{option}: %({fields[0]})s stands after %(message)s, where its begin cannot be told; put it before the message"
        )
    return tokens[:at], "".join(literal or "-" for _, literal in rest).encode()


def _around(context: list[Token], default: list[Token]) -> tuple[int, int]:
    """How many tokens the two formats share at their begin and at their end, the context words left out."""
    words = [i for i, token in enumerate(context) if is_context(token)] or [len(context)]
    begin = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(context[: words[0]], default, strict=False)))
    rest, other = context[max(words[-1] + 1, begin) :], default[begin:]
    end = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(rest), reversed(other), strict=False)))
    return begin, end


def _prefix(compiler: Compiler, tokens: list[Token], group: Render) -> bytes:
    """Pattern of the exception prefix.

    Before oslo.log 1.2.0 its literal word was TRACE. Shippers trim the blank at the end of an empty traceback line.
    """
    cut = next((i for i, (name, _) in enumerate(tokens) if name in {"instance", "resource"}), len(tokens))
    lead = compiler.render(tokens[:cut], group).replace(b"ERROR", b"(?:ERROR|TRACE)")
    rest = compiler.render(tokens[cut:], group)
    if lead.endswith(b"\\ "):
        return lead[:-2] + b"(?:\\ " + rest + rb"|(?=\n|\Z))"
    return lead + rest


def compile_profile(
    name: str,
    context_formats: Sequence[str],
    default_format: str,
    exception_prefix: str,
    identity_formats: Sequence[str] = (USER_IDENTITY,),
    date_format: str = DATE_FORMAT,
) -> Profile:
    """Profile that takes any of several context formats, which must differ in nothing but the context words themselves."""
    compiler = Compiler(identity_formats, date_format)
    default, dash = _cut_at_message(tokens_of(default_format, "logging_default_format_string"), "logging_default_format_string")
    heads = [
        _cut_at_message(tokens_of(text, "logging_context_format_string"), "logging_context_format_string")[0]
        for text in context_formats
    ]
    begin, end = _around(heads[0], default)
    inner = [tokens[begin : len(tokens) - end] for tokens in (*heads, default)]
    shared = not any(name in GROUP_OF or name in _TIMES for tokens in inner for name, _ in tokens)
    if shared:
        frames = [_Frame(default[:begin], inner, default[len(default) - end :])]
    else:
        frames = [*(_framed(tokens) for tokens in heads), _Frame(default, [[]], [])]
    lead = frames[0].before
    prefix = tokens_of(exception_prefix, "logging_exception_prefix")
    key, keyed = groups_of(_KEY)
    loose = _prefix(compiler, prefix, key)
    return Profile(
        name=name,
        heads=tuple(_head(compiler, frame) for frame in frames),
        prefix=re.compile(loose + placeholders(sorted(_KEY - keyed)), re.ASCII),
        quoted=re.compile(_lead(compiler, lead), re.ASCII),
        swift=_swift(default_format, exception_prefix, date_format) if shared else None,
        contexts=tuple(pattern for frame in frames for tokens in frame.words for pattern in compiler.contexts(tokens)),
        timed=any(name in _TIMES for name, _ in lead),
        dash_summary=dash,
        exact=all(_printed(frame.before) == _printed(prefix) for frame in frames),
        date_format=date_format,
    )


def _printed(tokens: list[Token]) -> set[str]:
    """Which of the fields that tell records apart a string prints."""
    return {name for name, _ in tokens} & {"asctime", "isotime", "msecs", "process"}


class _Frame(NamedTuple):
    """Tokens of a head before and after the context words, and the forms that these can have."""

    before: list[Token]
    words: list[list[Token]]
    after: list[Token]


def _framed(tokens: list[Token]) -> _Frame:
    """A format by itself, cut around its context words."""
    inside = [i for i, token in enumerate(tokens) if is_context(token)]
    begin, end = (inside[0], inside[-1] + 1) if inside else (len(tokens), len(tokens))
    return _Frame(tokens[:begin], [tokens[begin:end]], tokens[end:])


def _head(compiler: Compiler, frame: _Frame) -> re.Pattern[bytes]:
    words = b"|".join(compiler.render(tokens, lambda _, shape: shape) for tokens in frame.words)
    group, used = groups_of(frozenset(Head._fields))
    head = compiler.render(frame.before, group) + b"(?P<context>" + words + b")" + compiler.render(frame.after, group)
    missing = placeholders([name for name in Head._fields[:-1] if name not in used | {"context"}])
    return re.compile(head + missing + rb"(?P<message>[^\n]*)", re.ASCII)


def _swift(default_format: str, exception_prefix: str, date_format: str) -> re.Pattern[bytes] | None:
    """The swift pattern of strings that print the usual fields in the usual order, None for others."""
    clock = next((c for c in _CLOCKS if default_format.startswith(c + " ")), None)
    resource = "%(resource)s" if "%(resource)s" in default_format else ""
    if clock is None or date_format != DATE_FORMAT:
        return None
    if default_format != f"{clock} %(process)d %(levelname)s %(name)s [-] {resource}%(instance)s%(message)s":
        return None
    if exception_prefix != f"{clock} %(process)d ERROR %(name)s {resource}%(instance)s":
        return None
    shape = rb"(?>(?:\[(?!instance:)[^\]\n]{0,255}+\][ ])?)" if resource else b""
    return re.compile(_SWIFT.replace(b"RESOURCE", shape), re.ASCII)


def _lead(compiler: Compiler, before: list[Token]) -> bytes:
    """Pattern of what stands before the context words, up to the last field, with the groups time and pid."""
    end = max((i for i, (name, _) in enumerate(before) if name), default=-1) + 1
    fields = compiler.render(before[:end], lambda name, shape: named(name, shape) if name in {"time", "pid"} else shape)
    return fields + b" "
