"""A tree as YAML text. Scalars come out plain only where they were, so that no reader takes one for something else."""

from collections.abc import Iterator

import yaml

from stratoscope.inject.manifests.tree import Node, Scalar, Sequence

_WIDE = 1 << 30
"""No line is folded: settings and scripts in a manifest stay readable."""
_LINE_ENDS = frozenset("\x85\u2028\u2029\r")
"""Ends of lines to some readers, in a block of text."""


def written(root: Node) -> str:
    """The text of one document, without `---`."""
    text: str = yaml.emit(_events(root), allow_unicode=True, width=_WIDE)
    return text


def _events(root: Node) -> Iterator[yaml.Event]:
    yield yaml.StreamStartEvent()
    yield yaml.DocumentStartEvent(explicit=False)
    yield from _of(root, flow=False)
    yield yaml.DocumentEndEvent(explicit=False)
    yield yaml.StreamEndEvent()


def _of(node: Node, flow: bool) -> Iterator[yaml.Event]:
    if isinstance(node, Scalar):
        yield _scalar(node)
        return
    flow = flow or node.flow
    if isinstance(node, Sequence):
        yield yaml.SequenceStartEvent(None, node.tag, node.tag is None, flow_style=flow)
        for item in node.items:
            yield from _of(item, flow)
        yield yaml.SequenceEndEvent()
    else:
        yield yaml.MappingStartEvent(None, node.tag, node.tag is None, flow_style=flow)
        for pair in node.pairs:
            for one in pair:
                yield from _of(one, flow)
        yield yaml.MappingEndEvent()


def _scalar(node: Scalar) -> yaml.ScalarEvent:
    if node.tag is not None:
        return yaml.ScalarEvent(None, node.tag, (False, False), node.text, style=node.style or None)
    style = node.style
    text = node.text
    if not style and not text:
        text = "null"  # nothing at all would come out as '' between brackets
    if style == ">" or (not style and "\n" in text):
        style = "|"
    if style and _LINE_ENDS & set(text):
        style = '"'
    plain = not style
    # One that means text may be quoted where it cannot stand plain; a number may not.
    return yaml.ScalarEvent(None, None, (plain, not plain or isinstance(node.value, str)), text, style=style or None)
