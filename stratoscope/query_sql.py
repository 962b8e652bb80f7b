"""From the tree of a search to one SQL statement. Whatever the user wrote travels as a parameter, never as SQL.

Inside the parameter of `MATCH` there is a language too, SQLite's full-text one: there, words are quoted with their quotes
doubled, and field values are the letters and digits of `stratoscope.store.terms.tag`.
"""

from dataclasses import dataclass

from stratoscope.query import And, Field, Node, Not, Query, Range, Words
from stratoscope.store.schema import row_of
from stratoscope.store.terms import EVERY, KEYS, tag

NOTHING = "tags : nothingx"
"""No tag ends in a lone x, so this finds nothing: `level>CRITICAL`."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its parameters. The rows are `(id, event)`, newest first."""

    sql: str
    parameters: tuple[str | int, ...]


def statement(query: Query, limit: int, before: int | None = None) -> Statement:
    """The newest `limit` events that match; with `before` (a row id), only older ones."""
    since = row_of(query.since) if query.since is not None else None
    until = row_of(query.until) if query.until is not None else None
    if before is not None:
        until = before if until is None else min(before, until)
    conditions, parameters = [], []
    for condition, value in ((">= ?", since), ("< ?", until)):
        if value is not None:
            conditions.append(condition)
            parameters.append(value)
    if query.node is None:
        where = " AND ".join(f"id {condition}" for condition in conditions) or "1"
        sql = f"SELECT id, event FROM event WHERE {where} ORDER BY id DESC LIMIT ?"  # noqa: S608  constants only
        return Statement(sql, (*parameters, limit))
    where = "".join(f" AND event_text.rowid {condition}" for condition in conditions)
    sql = (
        "SELECT event.id, event.event FROM event_text CROSS JOIN event ON event.id = event_text.rowid "  # noqa: S608
        f"WHERE event_text MATCH ?{where} ORDER BY event_text.rowid DESC LIMIT ?"
    )
    return Statement(sql, (match(query.node), *parameters, limit))


def match(node: Node) -> str:
    """The tree in SQLite's full-text language."""
    if isinstance(node, Words):
        return f'text : "{node.text.replace(chr(34), chr(34) * 2)}"' + (" *" if node.prefix else "")
    if isinstance(node, Field):
        return f"tags : {_quoted(tag(KEYS[node.name], node.value))}" + (" *" if node.prefix else "")
    if isinstance(node, Range):
        return _numbers(node)
    if isinstance(node, Not):
        return f"(tags : {EVERY} NOT {match(node.node)})"
    joint = " AND " if isinstance(node, And) else " OR "
    return "(" + joint.join(match(inner) for inner in node.nodes) + ")"


def _quoted(word: str) -> str:
    return f'"{word}"'


def _numbers(node: Range) -> str:
    """One of the numbers of a range; a whole hundred of HTTP statuses is one word's beginning."""
    key, words, number = KEYS[node.name], [], node.low
    while number <= node.high:
        whole = node.name == "status" and number % 100 == 0 and number + 99 <= node.high
        words.append(_quoted(f"{key}{number // 100}") + " *" if whole else _quoted(f"{key}{number}"))
        number += 100 if whole else 1
    if not words:
        return f"({NOTHING})"
    return "(" + " OR ".join(f"tags : {word}" for word in words) + ")"
