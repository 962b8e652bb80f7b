r"""As much of LogQL as is compiled to, parsed and evaluated over entries. Anything else is an error.

The patterns run in the `regex` package, which knows `\pL` as RE2 does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import regex

Entry = tuple[Mapping[str, str], str]
"""Labels and metadata in one, and the line."""
Test = Callable[[Mapping[str, str], str], bool]

_TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<op>\|~|!~|=~|=|[{},()|])|(?P<template>`[^`]*`)|(?P<word>[A-Za-z_][A-Za-z0-9_]*))'
)


@dataclass(slots=True)
class _Tokens:
    found: list[tuple[str, str]]
    at: int = 0

    def peek(self) -> str:
        return self.found[self.at][1] if self.at < len(self.found) else ""

    def take(self, *wanted: str) -> str:
        kind, text = self.found[self.at]
        assert not wanted or text in wanted or kind in wanted, f"{text!r} where one of {wanted} should be"
        self.at += 1
        return text


def matching(query: str) -> Test:
    """Whether an entry is found by the query. Raises AssertionError for what is no query."""
    tokens = _Tokens(_lexed(query))
    tests = [_selector(tokens)]
    made = ""
    while tokens.peek():
        if tokens.peek() in ("|~", "!~"):
            tests.append(_line_filter(tokens))
            continue
        tokens.take("|")
        if tokens.peek() == "label_format":
            tokens.take()
            made = tokens.take("word")
            tokens.take("=")
            assert tokens.take("template") == "`{{__line__}}`"
        else:
            tests.append(_either(tokens))

    def found(labels: Mapping[str, str], line: str) -> bool:
        given = {**labels, **({made: line} if made else {})}
        return all(test(given, line) for test in tests)

    return found


def _lexed(query: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(query):
        token = _TOKEN.match(query, at)
        assert token, f"not LogQL from {query[at:]!r}"
        assert token.lastgroup
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


def _selector(tokens: _Tokens) -> Test:
    tokens.take("{")
    tests: list[Test] = []
    positive = False
    while tokens.peek() != "}":
        if tests:
            tokens.take(",")
        name, sign, text = tokens.take("word"), tokens.take("=~", "!~", "="), _string(tokens)
        tests.append(_compared(name, sign, text))
        positive |= sign != "!~" and not tests[-1]({}, "")
    tokens.take("}")
    assert positive, "Loki wants a matcher that an absent label does not pass"
    return lambda labels, line: all(test(labels, line) for test in tests)


def _line_filter(tokens: _Tokens) -> Test:
    sign, pattern = tokens.take("|~", "!~"), regex.compile(_string(tokens))
    return lambda _, line: bool(pattern.search(line)) == (sign == "|~")


def _either(tokens: _Tokens) -> Test:
    sides = [_all(tokens)]
    while tokens.peek() == "or":
        tokens.take()
        sides.append(_all(tokens))
    return lambda labels, line: any(side(labels, line) for side in sides)


def _all(tokens: _Tokens) -> Test:
    sides = [_one(tokens)]
    while tokens.peek() == "and":
        tokens.take()
        sides.append(_one(tokens))
    return lambda labels, line: all(side(labels, line) for side in sides)


def _one(tokens: _Tokens) -> Test:
    if tokens.peek() == "(":
        tokens.take()
        inner = _either(tokens)
        tokens.take(")")
        return inner
    return _compared(tokens.take("word"), tokens.take("=~", "!~"), _string(tokens))


def _compared(name: str, sign: str, text: str) -> Test:
    """A comparison of a label, which is empty where it is absent; patterns are tied to both ends."""
    if sign == "=":
        return lambda labels, _: labels.get(name, "") == text
    pattern = regex.compile(text)
    return lambda labels, _: bool(pattern.fullmatch(labels.get(name, ""))) == (sign == "=~")


def _string(tokens: _Tokens) -> str:
    """A string of Go: only the escapes that are written."""
    text = tokens.take("string")[1:-1]
    assert not re.search(r"(?<!\\)(?:\\\\)*\\[^\\\"]", text), f"an unknown escape in {text!r}"
    return re.sub(r"\\(.)", r"\1", text)
