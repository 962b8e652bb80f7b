"""A search in negation normal form: nots stand directly before words, fields and ranges, and nowhere else.

LogQL negates comparisons, not groups of them. De Morgan's laws make the one from the other.
"""

from dataclasses import dataclass

from stratoscope.query import And, Field, Node, Not, Or, Range, Words

Leaf = Words | Field | Range


@dataclass(frozen=True, slots=True)
class Literal:
    """A word, a field or a range, or what it does not match."""

    leaf: Leaf
    negated: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """What all parts match."""

    parts: tuple["Normal", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """What one of the parts matches."""

    parts: tuple["Normal", ...]


Normal = Literal | All | Any


def normal(node: Node, *, negated: bool = False) -> Normal:
    """The same search (with `negated`, all that it does not match) in negation normal form."""
    if isinstance(node, Not):
        return normal(node.node, negated=not negated)
    if isinstance(node, And | Or):
        parts = tuple(normal(inner, negated=negated) for inner in node.nodes)
        return All(parts) if isinstance(node, And) != negated else Any(parts)
    return Literal(node, negated)


def conjuncts(found: Normal) -> tuple[Normal, ...]:
    """The parts that all have to match, groups inside groups unfolded."""
    if isinstance(found, All):
        return tuple(inner for part in found.parts for inner in conjuncts(part))
    return (found,)
