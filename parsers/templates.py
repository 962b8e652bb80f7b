"""Turns a message into its template: what varies from one event to the next is replaced by its name.

Two messages of one log statement give one template, so that events can be counted and grouped. This module must not know
loggers, severities or exceptions.

The first 2,000 characters count, without an SQL statement in them (`[SQL: SELECT ...`: the number of its parameters varies),
and the template is cut at 400: time is bounded, whatever comes in. Quoted text is a variable as a whole, as is a URL. Kept are
codes, which say what happened (`[Errno 111]`, `HTTP 503`, `OperationalError) (1047, `), a path but for the ids in it, and a
name but for its digits (`cmp7` -> `cmp<num>`): a host name cannot be told from `nova.compute`.
"""

import re
from typing import Final

_READ: Final = 2000
_KEPT: Final = 400

_HEX: Final = "[0-9a-fA-F]"
_TIME: Final = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?:Z\b|\ ?[+-][0-9]{2}:?[0-9]{2}\b)?"
_UNIT: Final = r"(?:[mun]?s|µs|[mu]?secs?|(?:milli|micro)?seconds?|mins?|minutes?|hours?|days?)\b"
_NO_MORE: Final = "(?![0-9a-zA-Z])"
_HEXTETS: Final = rf"{_HEX}{{1,4}}(?::{_HEX}{{1,4}}){{0,6}}"


def _hexadecimal(turn: int) -> str:
    """What may begin with a digit or a letter, behind its first character. Group names must differ from turn to turn."""
    return rf"""
          {_HEX}{{7}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}{_NO_MORE}(?P<uuid_{turn}>)
        | {_HEX}{{31}}{_NO_MORE}(?P<hex_a{turn}>)
        | {_HEX}{{7}}-{_HEX}{{2}}{_NO_MORE}(?P<hex_b{turn}>)
        | {_HEX}(?::{_HEX}{{2}}){{5}}(?![\w:])(?P<mac_{turn}>)
        | {_HEX}{{0,3}}:(?:(?:{_HEX}{{1,4}}:){{6}}{_HEX}{{1,4}}|(?:{_HEX}{{1,4}}:){{0,6}}:(?:{_HEXTETS})?)
          (?:\.[0-9]{{1,3}}){{0,3}}(?![\w:])(?P<ipv6_{turn}>)"""


# One set of first characters stands before all, which lets the search skip what cannot begin a variable; what the first one was
# is asked again by lookbehinds. So `[0-9]{3}-` below is the rest of a year. An empty group tells what was found.
_VARIABLE: Final = re.compile(
    rf"""["':0-9a-fA-F](?:
      (?<=[0-9])(?:
          (?<![0-9a-zA-Z].)(?:
              (?:(?<=\[Errno\ .)|(?<=\[Errno\ -.)|(?<=HTTP\ .)|(?<=Error\)\ \(.))[0-9]*(?P<code>)
            | [0-9]*(?![0-9a-zA-Z.:/µ-]|\ [mnuµshd])(?P<num_1>)
            | [0-9]{{0,2}}(?:\.[0-9]{{1,3}}){{3}}(?!\.?[0-9])(?P<ip>)
            | [0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}(?:[T\ ]{_TIME})?(?![0-9])(?P<date_1>)
            | [0-9]?:[0-9]{{2}}:[0-9]{{2}}(?:[.,][0-9]+)?(?![\w:])(?P<date_2>)
            | [0-9]*(?:\.[0-9]+)?\ ?{_UNIT}(?P<duration>)
            | (?<=0)x{_HEX}+(?P<hex_1>)
            | [0-9]?/[A-Z][a-z]{{2}}/[0-9]{{4}}(?:[:\ ]{_TIME})?(?P<date_3>)
            | {_hexadecimal(1)}
            | (?<!\..)[0-9]*(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)(?!\.?[0-9])\b(?P<float>)
            | (?=[0-9]*[a-fA-F]){_HEX}{{6,}}{_NO_MORE}(?P<hex_2>)
            )
        | [0-9]*(?P<num_2>)
        )
    | (?<=[a-fA-F])(?<![0-9a-zA-Z].)(?:{_hexadecimal(2)} | (?=[a-fA-F]*[0-9]){_HEX}{{6,}}{_NO_MORE}(?P<hex_3>))
    | (?<=")(?<![\w\\].)[^"\n]*(?:"|\Z)(?P<quoted_1>)
    | (?<=')(?<![\w\\].)[^'\n]*(?:'(?!\w)|\Z)(?P<quoted_2>)
    | (?<=:)(?<![\w:].):(?:{_HEXTETS}(?:\.[0-9]{{1,3}}){{0,3}})?(?![\w:])(?P<ipv6_3>)
    )""",
    re.VERBOSE,
)
_NAMES: Final = {group: f"<{group.partition('_')[0]}>" for group in _VARIABLE.groupindex}
_MAY_VARY: Final = re.compile(r"[0-9\"']|:[0-9a-fA-F:]|[a-fA-F]{8}-")
_DEVICE: Final = re.compile(rf"(?<=tap|qvo|qvb|qbr|vhu){_HEX}{{8}}-{_HEX}{{2}}{_NO_MORE}")
# What is told by its first letters or by what stands in its middle, each behind a sign that is quick to miss.
_TELLING: Final = (
    ("://", re.compile(r"""\b[A-Za-z][\w+.-]{0,30}://[^\s"'<>]*[^\s"'<>)\].,;:]"""), "<url>"),
    ("@", re.compile(r"\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"), "<email>"),
    ("tx", re.compile(r"\btx[0-9a-f]{21}-[0-9a-f]{10}\b"), "<swift_txn>"),
    ("amq.", re.compile(r"\bamq\.(?:gen|ctag)-[\w-]+"), "<amq>"),
    ("tap", _DEVICE, "<hex>"),
    ("qv", _DEVICE, "<hex>"),
    ("qbr", _DEVICE, "<hex>"),
    ("vhu", _DEVICE, "<hex>"),
)


def template_of(message: str) -> str:
    """The template of a message: `Lost 3 of 10.0.0.1's` -> `Lost <num> of <ip>'s`. Equal for all values of its variables.

    The names are amq, date, duration, email, float, hex, ip, ipv6, mac, num, quoted, req_id, swift_txn, url and uuid.
    """
    text = message[:_READ]
    if "\n" in text:
        text = text.partition("\n[SQL: ")[0]
    for sign, pattern, name in _TELLING:
        if sign in text:
            text = pattern.sub(name, text)
    if _MAY_VARY.search(text):
        text = _VARIABLE.sub(_name, text).replace("req-<uuid>", "<req_id>")
    return text[:_KEPT]


def _name(found: re.Match[str]) -> str:
    kind = found.lastgroup or "num_1"
    return found[0] if kind == "code" else _NAMES[kind]
