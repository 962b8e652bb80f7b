"""From the tree of a search to an SQL statement for each part of the store.

Whatever the user wrote travels as a parameter, never as SQL.

Inside the parameter of `MATCH` there is a language too, SQLite's full-text one: there, words are quoted with their quotes
doubled, and field values are the letters and digits of `stratoscope.store.terms.tag`.
"""

from dataclasses import dataclass

from stratoscope.query import And, Field, Node, Not, Range, Words
from stratoscope.store.terms import EVERY, KEYS, tag

NOTHING = "tags : nothingx"
"""No tag ends in a lone x, so this finds nothing: `level>CRITICAL`."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its parameters. The rows are `(id,)`, newest first."""

    sql: str
    parameters: tuple[str | int, ...]


def statement(part: int, node: Node | None, low: int, high: int, limit: int) -> Statement:
    """The newest `limit` rows of a part that match, with `low <= row < high`."""
    if node is None:
        sql = f"SELECT id FROM event_{part} WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?"  # noqa: S608  a number
        return Statement(sql, (low, high, limit))
    name = f"text_{part}"
    sql = f"SELECT rowid FROM {name} WHERE {name} MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"  # noqa: S608
    return Statement(sql, (match(node), low, high, limit))


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
