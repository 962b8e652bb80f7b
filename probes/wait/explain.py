"""The start order of a cloud for a person, for a program, and for Graphviz. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from probes.wait.graph import Node, below, circles, waves

_WIDTH = 112


def tree(name: str, nodes: Mapping[str, Node]) -> Iterator[str]:
    """What a node waits for, and what these wait for, as lines; what stands above already is not unfolded again."""
    yield name
    yield from _branches(name, nodes, "", {name}, frozenset({name}))


def _branches(name: str, nodes: Mapping[str, Node], indent: str, shown: set[str], above: frozenset[str]) -> Iterator[str]:
    node = nodes[name]
    for number, need in enumerate(node.needs):
        last = number == len(node.needs) - 1
        marks = " (same node)" if need in node.own_node else ""
        if need in above:
            marks += " (waits for itself: a circle)"
        elif need in shown and nodes[need].needs:
            marks += " (see above)"
        yield f"{indent}{'└─ ' if last else '├─ '}{need}{marks}"
        if need not in shown:
            shown.add(need)
            yield from _branches(need, nodes, indent + ("   " if last else "│  "), shown, above | {need})


def order(nodes: Mapping[str, Node]) -> Iterator[str]:
    """The whole cloud, wave by wave, and its circles."""
    for number, wave in enumerate(waves(nodes), start=1):
        yield f"wave {number}"
        yield from _filled(wave)
    for circle in circles(nodes):
        yield f"circle, these wait for each other for ever: {', '.join(circle)}"


def _filled(names: tuple[str, ...]) -> Iterator[str]:
    line = " "
    for name in names:
        if len(line) + len(name) > _WIDTH:
            yield line
            line = " "
        line += f" {name}"
    yield line


def document(nodes: Mapping[str, Node], name: str = "") -> dict[str, Any]:
    """All of it, for `-o json`; below one node where `name` is given."""
    chosen = below(name, nodes) if name else dict(nodes)
    levels = waves(chosen)
    level = {one: number for number, wave in enumerate(levels, start=1) for one in wave}
    return {
        "nodes": [
            {"name": node.name, "wave": level[node.name], "needs": list(node.needs), "same_node": sorted(node.own_node)}
            for node in sorted(chosen.values(), key=lambda node: (level[node.name], node.name))
        ],
        "order": [one for wave in levels for one in wave],
        "circles": [list(circle) for circle in circles(chosen)],
    }


def dot(nodes: Mapping[str, Node], name: str = "") -> Iterator[str]:
    """For Graphviz: an arrow from what is waited for to whoever waits."""
    chosen = below(name, nodes) if name else nodes
    yield "digraph start {"
    yield "  rankdir=LR; node [shape=box];"
    for node in chosen.values():
        shape = "ellipse" if node.name.startswith("job/") else "diamond" if node.name.startswith("service/") else "box"
        yield f'  "{node.name}" [shape={shape}];'
        for need in node.needs:
            style = " [style=dashed]" if need in node.own_node else ""
            yield f'  "{need}" -> "{node.name}"{style};'
    yield "}"
