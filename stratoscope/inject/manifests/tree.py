"""A document of YAML as a tree that still knows how each scalar was written, so that what is not changed can be written again.

The trees cannot change: an alias is the same node once more, and a change makes new nodes on its way down and no others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from stratoscope.inject.manifests.documents import Document, ManifestError
from stratoscope.inject.manifests.scalars import meant

MAX_DEPTH = 100
"""Of mappings and lists in each other. Kubernetes' schemas of CRDs have 40."""
MAX_VALUES = 2_000_000
"""Of a document whose aliases are written out; nine lines of them can stand for a billion."""
_RESOLVED = frozenset(f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float", "null", "timestamp"))
"""Tags that say what a scalar is, also where it is quoted."""
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """`style`: the quote or block sign it was written with; empty where it stood plain."""

    text: str
    style: str = ""
    tag: str | None = None

    @property
    def size(self) -> int:
        """Of values."""
        return 1

    @property
    def value(self) -> str | int | float | bool | None:
        """What Kubernetes takes it for."""
        plain = not self.style and self.tag is None
        return meant(self.text) if plain or self.tag in _RESOLVED else self.text


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list. `flow`: written in brackets. `size`: values in it and below, aliases written out."""

    items: tuple["Node", ...]
    flow: bool
    tag: str | None
    size: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping, merge keys (`<<`) as they stand."""

    pairs: tuple[tuple["Node", "Node"], ...]
    flow: bool
    tag: str | None
    size: int


Node: TypeAlias = Scalar | Sequence | Mapping


def sequence(items: tuple[Node, ...], flow: bool = False, tag: str | None = None) -> Sequence:
    """Of these items."""
    return Sequence(items, flow, tag, 1 + sum(one.size for one in items))


def mapping(pairs: tuple[tuple[Node, Node], ...], flow: bool = False, tag: str | None = None) -> Mapping:
    """Of these pairs."""
    return Mapping(pairs, flow, tag, 1 + sum(key.size + value.size for key, value in pairs))


def is_merge(key: Node) -> bool:
    """Whether a key stands for the keys of another mapping."""
    return isinstance(key, Scalar) and key.text == "<<" and not key.style and key.tag is None


def flat(node: Mapping) -> Mapping:
    """Without merge keys: in the order in which Kubernetes takes them, where the later of two goes before the earlier one."""
    if not any(is_merge(key) for key, _ in node.pairs):
        return node
    return mapping(tuple(_unmerged(node)), node.flow, node.tag)


def _unmerged(node: Node) -> Iterator[tuple[Node, Node]]:
    if not isinstance(node, Mapping):
        return
    for key, value in node.pairs:
        if not is_merge(key):
            yield key, value
        elif isinstance(value, Sequence):
            for one in reversed(value.items):  # of several, the first goes before the others
                yield from _unmerged(one)
        else:
            yield from _unmerged(value)


def tree_of(document: Document) -> Node | None:
    """The tree of a document; None where it holds comments alone. Raises ManifestError."""
    try:
        return _Reader(document).read()
    except yaml.reader.ReaderError as error:
        raise ManifestError(
            _told(document, None, f"a character that is not allowed in YAML ({error.reason}); remove it")
        ) from None
    except yaml.MarkedYAMLError as error:
        what = ", ".join(part for part in (error.context, error.problem) if part)
        mark = error.problem_mark or error.context_mark
        raise ManifestError(_told(document, mark, f"this is not YAML: {what}; check indentation and quotes")) from None


def _told(document: Document, mark: Any, text: str) -> str:
    return f"document {document.number}, line {document.line + (mark.line if mark else 0)}: {text}"


class _Reader:
    """Builds the tree out of the parser's events."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._events = yaml.parse(document.text.removeprefix("\ufeff"), Loader=_Loader)
        self._anchors: dict[str, Node] = {}

    def read(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                root = self._node(next(self._events), 0)
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._wrong(event, f"the alias *{event.anchor} stands for nothing; write &{event.anchor} before it")
            return self._anchors[event.anchor]
        if depth > MAX_DEPTH:
            raise self._wrong(event, f"more than {MAX_DEPTH} mappings and lists in each other")
        node = self._new(event, depth)
        if node.size > MAX_VALUES:
            raise self._wrong(event, f"with its aliases written out this has more than {MAX_VALUES} values")
        if (anchor := getattr(event, "anchor", None)) is not None:
            self._anchors[anchor] = node
        return node

    def _new(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, event.style or "", _tag(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return sequence(tuple(self._items(depth + 1)), bool(event.flow_style), _tag(event))
        return mapping(tuple(self._pairs(depth + 1)), bool(getattr(event, "flow_style", False)), _tag(event))

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth)

    def _pairs(self, depth: int) -> Iterator[tuple[Node, Node]]:
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            yield self._node(event, depth), self._node(next(self._events), depth)

    def _wrong(self, event: yaml.Event, text: str) -> ManifestError:
        return ManifestError(_told(self._document, event.start_mark, text))


def _tag(event: yaml.Event) -> str | None:
    tag: str | None = getattr(event, "tag", None)
    return tag
