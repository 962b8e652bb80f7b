"""A Profile: what an operator's oslo.log format strings print, as patterns.

oslo.log has three strings: one for records with a request context, one for those without, one that is put before every
line of a traceback. A Profile holds three patterns made from them:

    head     the first line of a record
    prefix   what stands before each traceback line
    swift    head line + all directly following traceback lines of the same record, or else any one line: back-references to
             the head's time, pid and logger let the regular expression engine swallow a traceback without work per line.
             Looser than `head`; only for strings that print time, pid, level, logger and `[context]` in this order

Source of the strings and their defaults: oslo_log/_options.py and oslo_log/formatters.py.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

CONTEXT_FORMAT = (
    "%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s "
    "[%(global_request_id)s %(request_id)s %(user_identity)s] %(instance)s%(message)s"
)
DEFAULT_FORMAT = "%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s [-] %(instance)s%(message)s"
EXCEPTION_PREFIX = "%(asctime)s.%(msecs)03d %(process)d ERROR %(name)s %(instance)s"
USER_IDENTITY = "%(user)s %(project)s %(domain)s %(system_scope)s %(user_domain)s %(project_domain)s"
DATE_FORMAT = "%Y-%m-%d %H:%M:%S"

SWIFT_GROUPS = "whole time who pid logger context resource instance message trace other"
"""Groups of `Profile.swift`: `who` is pid, level and logger as printed; `whole` and `trace` have their newlines."""

_FIELD = re.compile(r"%%|%\((\w+)\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_CLOCK = rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6}){0,2}(?:Z|[+-]\d\d:?\d\d)?"
_REQUEST_ID = rb"(?:g?req-[^\s\]]+|[0-9a-f]{8}-[0-9a-f-]{27})"
_WORD = rb"[^\s\]]*"

_SHAPES: dict[str, bytes] = {
    "process": rb"\d+",
    "thread": rb"\d+",
    "levelname": rb"(?:[A-Z][A-Z0-9_]+|Level \d+)",
    "name": rb"[^\s\[\]]+",
    "request_id": _REQUEST_ID,
    "global_request_id": rb"(?:" + _REQUEST_ID + rb"|None|-|)",
    "instance": rb"(?:\[instance: [^\]\n]*\] )?",
    "resource": rb"(?:\[(?!instance:)[^\]\n]*\] )?",
    "color": rb"",
    "isotime": _CLOCK,
    "lineno": rb"\d+",
}
_GROUP_OF = {
    "process": "pid",
    "levelname": "level",
    "name": "logger",
    "instance": "instance",
    "resource": "resource",
    "hostname": "host",
}
_KEY = frozenset({"time", "pid", "logger"})
_SUMMARISED = frozenset({b"WARNING", b"ERROR", b"CRITICAL"})
_SUMMARY = re.compile(rb": (?:[A-Za-z_][\w.]*(?::|\Z)|  File |\Z)")
_NOTHING = frozenset({b"", b"-", b"None"})

_SWIFT = rb"""(?x)
(?P<whole>
  (?P<time>[-0-9]{10}+[ T][0-9:]{8}+(?:\.[0-9]{3}(?=[ ])|[0-9:.,Z+-]*+))[ ]
  (?P<who>(?P<pid>[0-9]++)[ ][A-Z][A-Z0-9_]++[ ](?P<logger>[^\s\[\]]++))[ ]
  \[(?P<context>[^\]\n]*+)\][ ]
  (?P<resource>RESOURCE)(?P<instance>(?:\[instance:[ ][^\]\n]*+\][ ])?+)
  (?P<message>[^\n]*+)\n
  (?P<trace>(?:(?P=time)[ ](?P=pid)[ ](?:ERROR|TRACE)[ ](?P=logger)(?:(?=\n)|[ ](?!\[[^\]\n]*+\][ ])[^\n]*+)\n)*+)
)|(?P<other>[^\n]*+\n)"""
_CLOCKS = ("%(asctime)s.%(msecs)03d", "%(asctime)s", "%(isotime)s")

_CONTEXT_ATTRIBUTES = {
    "request_id": "openstack.request_id",
    "global_request_id": "openstack.global_request_id",
    "user": "openstack.user_id",
    "user_id": "openstack.user_id",
    "user_name": "openstack.user_name",
    "tenant": "openstack.project_id",
    "project": "openstack.project_id",
    "project_id": "openstack.project_id",
    "project_name": "openstack.project_name",
    "domain": "openstack.domain_id",
    "domain_id": "openstack.domain_id",
    "system_scope": "openstack.system_scope",
    "user_domain": "openstack.user_domain_id",
    "project_domain": "openstack.project_domain_id",
}

_STRFTIME = {
    "Y": rb"\d{4}", "m": rb"\d\d", "d": rb"\d\d", "H": rb"\d\d", "M": rb"\d\d", "S": rb"\d\d", "y": rb"\d\d", "j": rb"\d{3}",
    "I": rb"\d\d", "p": rb"[AP]M", "b": rb"[A-Z][a-z]{2}", "a": rb"[A-Z][a-z]{2}", "z": rb"[+-]\d{4}", "Z": rb"[A-Z]{1,5}",
    "F": rb"\d{4}-\d\d-\d\d", "T": rb"\d\d:\d\d:\d\d", "f": rb"\d{6}", "s": rb"\d+", "%": b"%", "e": rb"[ \d]\d",
}  # fmt: skip


_Token = tuple[str, str]
"""A piece of a format string: ("", literal character) or (field name, "")."""

_Render = Callable[[str, bytes], bytes]
"""Gives the pattern of a field, from the name of its group and its shape."""


def _tokens(text: str, option: str) -> list[_Token]:
    """Split a %-format string into fields and single characters. ValueError where logging itself would refuse it as well."""
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        field = _FIELD.match(text, at)
        if field is None and text[at] == "%":
            raise ValueError(
                f"{option}: '%' at column {at + 1} of {text!r} begins no field; write %(name)s, or %% for a percent sign"
            )
        tokens.append((field[1], "") if field and field[1] else ("", text[at]))
        at = field.end() if field else at + 1
    return tokens


def _named(group: str, shape: bytes) -> bytes:
    return b"(?P<%b>%b)" % (group.encode(), shape)


def _clock(date_format: str) -> bytes:
    """Pattern of `%(asctime)s`. With the default format it takes all the shapes that deployments really print."""
    if date_format == DATE_FORMAT:
        return _CLOCK
    out, at = b"", 0
    for found in re.finditer(r"%(.?)", date_format):
        if found[1] not in _STRFTIME:
            known = " ".join(f"%{letter}" for letter in _STRFTIME)
            raise ValueError(
                f"log_date_format: {found[0]!r} at column {found.start() + 1} is not known here; known are {known}"
            )
        out += re.escape(date_format[at : found.start()].encode()) + _STRFTIME[found[1]]
        at = found.end()
    return out + re.escape(date_format[at:].encode()) + rb"(?:[.,]\d{1,6}){0,2}"


def _is_context(token: _Token) -> bool:
    return token[0] in _CONTEXT_ATTRIBUTES or token[0] == "user_identity"


class _Compiler:
    """Renders tokens as patterns: what `%(asctime)s` and `%(user_identity)s` stand for is set once per profile."""

    def __init__(self, identity_formats: Sequence[str], date_format: str) -> None:
        self._clock = _clock(date_format)
        self._identities = [_tokens(text, "logging_user_identity_format") for text in identity_formats]

    def render(self, tokens: Iterable[_Token], group: _Render) -> bytes:
        """Pattern of a run of tokens. `,428.428` is one time: the milliseconds after `%(asctime)s` are part of it."""
        items = list(tokens)
        out, at = b"", 0
        while at < len(items):
            name, literal = items[at]
            if name == "asctime":
                out += group("time", self._clock)
                at += 2 if [t[0] for t in items[at + 1 : at + 3]] == ["", "msecs"] else 0
            elif name == "user_identity":
                out += b"(?:" + b"|".join(self.render(identity, group) for identity in self._identities) + b")"
            elif name:
                out += group("time" if name == "isotime" else _GROUP_OF.get(name, name), _SHAPES.get(name, _WORD))
            else:
                out += re.escape(literal.encode())
            at += 1
        return out

    def contexts(self, tokens: Sequence[_Token]) -> list[re.Pattern[bytes]]:
        """Patterns with a group per context word, one for each identity format."""
        words = frozenset(_CONTEXT_ATTRIBUTES)
        return [
            re.compile(self.render(_spelled(tokens, identity), _groups(words)[0]), re.ASCII) for identity in self._identities
        ]


def _spelled(tokens: Sequence[_Token], identity: list[_Token]) -> list[_Token]:
    return [t for token in tokens for t in (identity if token[0] == "user_identity" else [token])]


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

    @property
    def key(self) -> tuple[bytes, bytes, bytes]:
        """What all prefixed lines of a record share. The level and the instance are not in it."""
        return self.time, self.pid, self.logger


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The patterns of one set of format strings; see the module's text.

    `prefix` has the groups time, pid and logger; `swift` those of SWIFT_GROUPS.
    `quoted` finds time, pid, level and logger anywhere in a line, which is how two torn writes look.
    `timed` tells that a prefix begins with a time, and so cannot be mistaken for something else.
    `dash_summary` is what a head ends in when `%(error_summary)s` is part of the string and there is no error.
    """

    name: str
    head: re.Pattern[bytes]
    prefix: re.Pattern[bytes]
    quoted: re.Pattern[bytes]
    swift: re.Pattern[bytes] | None
    contexts: tuple[re.Pattern[bytes], ...]
    timed: bool
    dash_summary: bytes

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
        found = self.head.match(line)
        return None if found is None else Head(*found.group(*Head._fields))

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
    for pattern in contexts:
        found = pattern.fullmatch(words)
        if found:
            return {
                _CONTEXT_ATTRIBUTES[name]: value.decode("utf-8", "backslashreplace")
                for name, value in zip(pattern.groupindex, found.groups(), strict=True)
                if value not in _NOTHING
            }
    return None


def _cut_at_message(tokens: list[_Token], option: str) -> tuple[list[_Token], bytes]:
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


def _around(context: list[_Token], default: list[_Token]) -> tuple[int, int]:
    """How many tokens the two formats share at their begin and at their end, the context words left out."""
    words = [i for i, token in enumerate(context) if _is_context(token)] or [len(context)]
    begin = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(context[: words[0]], default, strict=False)))
    rest, other = context[max(words[-1] + 1, begin) :], default[begin:]
    end = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(rest), reversed(other), strict=False)))
    return begin, end


def _prefix(compiler: _Compiler, tokens: list[_Token], group: _Render) -> bytes:
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
    compiler = _Compiler(identity_formats, date_format)
    default, dash = _cut_at_message(_tokens(default_format, "logging_default_format_string"), "logging_default_format_string")
    heads = [
        _cut_at_message(_tokens(text, "logging_context_format_string"), "logging_context_format_string")[0]
        for text in context_formats
    ]
    begin, end = _around(heads[0], default)
    inner = [tokens[begin : len(tokens) - end] for tokens in (*heads, default)]
    before, after = default[:begin], default[len(default) - end :]
    words = b"|".join(compiler.render(tokens, lambda _, shape: shape) for tokens in inner)
    group, used = _groups(frozenset(Head._fields))
    head = compiler.render(before, group) + b"(?P<context>" + words + b")" + compiler.render(after, group)
    missing = _placeholders([name for name in Head._fields[:-1] if name not in used | {"context"}])
    prefix = _tokens(exception_prefix, "logging_exception_prefix")
    key, keyed = _groups(_KEY)
    loose = _prefix(compiler, prefix, key)
    return Profile(
        name=name,
        head=re.compile(head + missing + rb"(?P<message>[^\n]*)", re.ASCII),
        prefix=re.compile(loose + _placeholders(_KEY - keyed), re.ASCII),
        quoted=re.compile(_lead(compiler, before), re.ASCII),
        swift=_swift(default_format, exception_prefix, date_format) if inner[-1] == _tokens("-", "") else None,
        contexts=tuple(pattern for tokens in inner for pattern in compiler.contexts(tokens)),
        timed="time" in used,
        dash_summary=dash,
    )


def _groups(wanted: frozenset[str]) -> tuple[_Render, set[str]]:
    """Renders the wanted fields as groups, each the first time it comes, and tells which came."""
    used: set[str] = set()

    def group(name: str, shape: bytes) -> bytes:
        if name not in wanted or name in used:
            return shape
        used.add(name)
        return _named(name, shape)

    return group, used


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
    shape = rb"(?:\[(?!instance:)[^\]\n]*+\][ ])?+" if resource else b""
    return re.compile(_SWIFT.replace(b"RESOURCE", shape), re.ASCII)


def _lead(compiler: _Compiler, before: list[_Token]) -> bytes:
    """Pattern of what stands before the context words, up to the last field, with the groups time and pid."""
    end = max((i for i, (name, _) in enumerate(before) if name), default=-1) + 1
    fields = compiler.render(before[:end], lambda name, shape: _named(name, shape) if name in {"time", "pid"} else shape)
    return fields + b" "


def _placeholders(names: Iterable[str]) -> bytes:
    """Empty groups for fields that the strings do not print, so that every profile has all groups."""
    return b"".join(b"(?P<%b>)" % name.encode() for name in names)
