"""oslo.log's format strings, taken apart and rendered as patterns, field by field."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

CONTEXT_FORMAT = (
    "%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s "
    "[%(global_request_id)s %(request_id)s %(user_identity)s] %(instance)s%(message)s"
)
DEFAULT_FORMAT = "%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s [-] %(instance)s%(message)s"
EXCEPTION_PREFIX = "%(asctime)s.%(msecs)03d %(process)d ERROR %(name)s %(instance)s"
USER_IDENTITY = "%(user)s %(project)s %(domain)s %(system_scope)s %(user_domain)s %(project_domain)s"
DATE_FORMAT = "%Y-%m-%d %H:%M:%S"

_FIELD = re.compile(r"%%|%\((\w+)\)([-#0 +]*)(\d*)(?:\.\d+)?[a-zA-Z]")
_CLOCK = rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6}){0,2}(?:Z|[+-]\d\d:?\d\d)?"
_REQUEST_ID = rb"(?:g?req-[^\s\]]{1,255}|[0-9a-f]{8}-[0-9a-f-]{27})"
_WORD = rb"[^\s\]]{0,255}"

_SHAPES: dict[str, bytes] = {
    "process": rb"\d{1,10}",
    "thread": rb"\d{1,20}",
    "levelname": rb"(?:[A-Z][A-Z0-9_]{1,30}|Level \d{1,9})",
    "name": rb"[^\s\[\]]{1,255}",
    "request_id": _REQUEST_ID,
    "global_request_id": rb"(?:" + _REQUEST_ID + rb"|None|-|)",
    "instance": rb"(?:\[instance: [^\]\n]{0,255}\] )?",
    "resource": rb"(?:\[(?!instance:)[^\]\n]{0,255}\] )?",
    "color": rb"",
    "isotime": _CLOCK,
    "padding": rb" *",
    "lineno": rb"\d{1,9}",
}
GROUP_OF = {
    "process": "pid",
    "levelname": "level",
    "name": "logger",
    "instance": "instance",
    "resource": "resource",
    "hostname": "host",
}
CONTEXT_ATTRIBUTES = {
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
"""Fields of the request context, and the attributes they become."""

_STRFTIME = {
    "Y": rb"\d{4}", "m": rb"\d\d", "d": rb"\d\d", "H": rb"\d\d", "M": rb"\d\d", "S": rb"\d\d", "y": rb"\d\d", "j": rb"\d{3}",
    "I": rb"\d\d", "p": rb"[AP]M", "b": rb"[A-Z][a-z]{2}", "a": rb"[A-Z][a-z]{2}", "z": rb"[+-]\d{4}", "Z": rb"[A-Z]{1,5}",
    "F": rb"\d{4}-\d\d-\d\d", "T": rb"\d\d:\d\d:\d\d", "f": rb"\d{6}", "s": rb"\d+", "%": b"%", "e": rb"[ \d]\d",
}  # fmt: skip

_FRACTION = re.compile(r"[.,]\d{1,6}(?:[.,]\d{1,6})?\Z")

Token = tuple[str, str]
"""A piece of a format string: ("", literal character) or (field name, "")."""

Render = Callable[[str, bytes], bytes]
"""Gives the pattern of a field, from the name of its group and its shape."""


def tokens_of(text: str, option: str) -> list[Token]:
    """Split a %-format string into fields and single characters. ValueError where logging itself would refuse it as well."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        field = _FIELD.match(text, at)
        if field is None and text[at] == "%":
            raise ValueError(
                f"{option}: '%' at column {at + 1} of {text!r} begins no field; write %(name)s, or %% for a percent sign"
            )
        tokens += _padded(field) if field and field[1] else [("", text[at])]
        at = field.end() if field else at + 1
    return tokens


def _padded(field: re.Match[str]) -> list[Token]:
    """A field, and the blanks that a width such as `%(levelname)-8s` puts beside it."""
    token: Token = (field[1], "")
    if not field[3] or "0" in field[2]:
        return [token]
    return [token, ("padding", "")] if "-" in field[2] else [("padding", ""), token]


def iso_time(text: str, date_format: str) -> str:
    """The ISO-like form (`Fields.time`) of what `date_format` printed, milliseconds behind it; `text` itself if it is none."""
    if date_format == DATE_FORMAT:
        return text
    found = _FRACTION.search(text)
    main, fraction = (text[: found.start()], found[0]) if found else (text, "")
    try:
        time = datetime.strptime(main, date_format)  # noqa: DTZ007  a time without zone stays one
    except ValueError:
        return text
    zone = time.strftime("%z") if time.tzinfo else ""
    day = f"{time:%Y-%m-%d}" if any(part in date_format for part in ("%Y", "%y", "%F", "%s")) else f"--{time:%m-%d}"
    return f"{day}T{time:%H:%M:%S}{fraction}{zone}"


def named(group: str, shape: bytes) -> bytes:
    """Pattern of a named group."""
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


def is_context(token: Token) -> bool:
    """Whether a token prints something of the request context."""
    return token[0] in CONTEXT_ATTRIBUTES or token[0] == "user_identity"


class Compiler:
    """Renders tokens as patterns: what `%(asctime)s` and `%(user_identity)s` stand for is set once per profile."""

    def __init__(self, identity_formats: Sequence[str], date_format: str) -> None:
        self._clock = _clock(date_format)
        self._identities = [tokens_of(text, "logging_user_identity_format") for text in identity_formats]

    def render(self, tokens: Iterable[Token], group: Render) -> bytes:
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
                out += group("time" if name == "isotime" else GROUP_OF.get(name, name), _SHAPES.get(name, _WORD))
            else:
                out += re.escape(literal.encode())
            at += 1
        return out

    def contexts(self, tokens: Sequence[Token]) -> list[re.Pattern[bytes]]:
        """Patterns with a group per context word, one for each identity format."""
        words = frozenset(CONTEXT_ATTRIBUTES)
        return [
            re.compile(self.render(_spelled(tokens, identity), groups_of(words)[0]), re.ASCII) for identity in self._identities
        ]


def _spelled(tokens: Sequence[Token], identity: list[Token]) -> list[Token]:
    return [t for token in tokens for t in (identity if token[0] == "user_identity" else [token])]


def groups_of(wanted: frozenset[str]) -> tuple[Render, set[str]]:
    """Renders the wanted fields as groups, each the first time it comes, and tells which came."""
    used: set[str] = set()

    def group(name: str, shape: bytes) -> bytes:
        if name not in wanted or name in used:
            return shape
        used.add(name)
        return named(name, shape)

    return group, used


def placeholders(names: Iterable[str]) -> bytes:
    """Empty groups for fields that the strings do not print, so that every profile has all groups."""
    return b"".join(b"(?P<%b>)" % name.encode() for name in names)
