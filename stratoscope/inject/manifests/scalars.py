"""What a plain word of YAML is to Kubernetes, and which words are safe to write plain.

Kubernetes reads manifests with sigs.k8s.io/yaml, which has rules of its own between YAML 1.1 and 1.2: `yes` and `y` are true,
010 is eight, 1e3 is a number, 12:30 and 2026-11-27 are text. Helm, kustomize and Python each have others.
"""

import math
import re

Plain = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_FLOATS = {
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **{word: float("nan") for word in (".nan", ".NaN", ".NAN")},
}
_INTEGERS = (
    (re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z"), 10),
    (re.compile(r"[-+]?0[oO]?[0-7]+\Z"), 8),
    (re.compile(r"[-+]?0[xX][0-9a-fA-F]+\Z"), 16),
    (re.compile(r"[-+]?0[bB][01]+\Z"), 2),
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_LONGEST_NUMBER = 400
"""Characters; longer ones are text. No field takes one, and Python takes its time with them."""
_EXPONENT = 1e21
"""From there on JSON has one, and no whole number is meant."""
_SAFE = re.compile(r"[A-Za-z/][A-Za-z0-9/_.-]*(?: [A-Za-z0-9/_.-]+)*\Z")
_RESERVED = frozenset(word.lower() for word in _WORDS)


def meant(text: str) -> Plain:
    """What a plain scalar is."""
    if text in _WORDS:
        return _WORDS[text]
    if text in _FLOATS:
        return _FLOATS[text]
    if text[0] not in "+-.0123456789" or len(text) > _LONGEST_NUMBER:
        return text
    return _number(text.replace("_", "") if text[0] != "." else text, text)


def safe(text: str) -> bool:
    """Whether every reader of YAML takes it for text where it stands plain."""
    return _SAFE.match(text) is not None and text.lower() not in _RESERVED


def _number(digits: str, text: str) -> Plain:
    for pattern, base in _INTEGERS:
        if pattern.match(digits):
            value = int(re.sub(r"^([-+]?)0[oOxXbB]", r"\1", digits), base)
            if -(2**63) <= value < 2**64:
                return value
    if _FLOAT.match(digits) and math.isfinite(fraction := float(digits)):
        return int(fraction) if fraction.is_integer() and abs(fraction) < _EXPONENT else fraction
    return text
