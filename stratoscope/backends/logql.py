r"""From the tree of a search to LogQL. Whatever the user wrote stands inside a quoted pattern, every sign of it escaped.

    service:nova level>=ERROR "lost connection" -host:cmp1

    {service=~"(?i:nova(-.*)?)", level=~"error|fatal"}          labels, by which Loki finds its chunks
      |~ "(?i)(^|[^\\pL\\pN])lost[^\\pL\\pN]+connection($|[^\\pL\\pN])"      words, in the line
      | host_name !~ "(?i:cmp1)" and k8s_node_name !~ "(?i:cmp1)"        all else, in the structured metadata

Loki's own parts know no `or` between the line and metadata. Where a search has one, the line is made a label as well.
What the labels and the metadata are is the Loki sink's business (collectors.sinks.loki_lines).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stratoscope.backends.normal import All, Literal, Normal, conjuncts, normal
from stratoscope.query import LEVELS, NUMBER_FIELDS, Field, Query, Range, Words

LEVEL_LABELS = ("trace", "debug", "info", "warn", "error", "fatal")
"""Of four OpenTelemetry severity numbers each; `unknown` where an event has none."""
LINE = "stratoscope_line"
"""The label that holds the line where words stand in an `or` with something else."""

_LABELS = {"service": "service", "container": "component", "format": "source"}
"""Fields that are labels of a stream."""
_METADATA = {
    "logger": ("log_logger",),
    "host": ("host_name", "k8s_node_name"),
    "pod": ("k8s_pod_name",),
    "namespace": ("k8s_namespace_name",),
    "instance": ("openstack_instance_uuid",),
    "request_id": ("openstack_request_id", "openstack_global_request_id"),
    "trace_id": ("trace_id",),
    "fingerprint": ("fingerprint_id",),
    "dependency": ("dependency_name",),
    "exception": ("exception_type",),
    "user": ("openstack_user_id",),
    "project": ("openstack_project_id",),
    "quality": ("quality",),
    "file": ("source_file",),
    "status": ("http_response_status_code",),
}
"""Fields that are structured metadata: the names of which one must match."""

_WORD = re.compile(r"[^\W_]+")
_BETWEEN = r"[^\pL\pN]"
_NOTHING = "a^"
"""A pattern that matches nothing."""


@dataclass(frozen=True, slots=True)
class LogQl:
    """A query, and what a person must know about it, in sentences."""

    text: str
    notes: tuple[str, ...] = ()


def compiled(query: Query, matchers: Iterable[str] = ()) -> LogQl:
    """The LogQL of a search. `matchers` go into the stream selector besides (`cluster="one"`)."""
    parts = () if query.node is None else conjuncts(normal(query.node))
    selector = [*matchers, *(text for part in parts if (text := _matcher(part)))]
    if not any(_selects(one) for one in selector):
        selector.insert(0, 'service=~".+"')
    rest = [part for part in parts if not _matcher(part)]
    lines = [text for part in rest if (text := _line_filter(part))]
    others = [part for part in rest if not _line_filter(part)]
    made = [f"| label_format {LINE}=`{{{{__line__}}}}`"] if any(map(_has_words, others)) else []
    filters = [f"| {_condition(part)}" for part in others]
    return LogQl(" ".join([f"{{{', '.join(selector)}}}", *lines, *made, *filters]), tuple(_notes(parts)))


def _selects(matcher: str) -> bool:
    """Whether a matcher is none that an absent label passes: Loki wants one at least."""
    return "!" not in matcher.partition('"')[0]


# -- labels ---------------------------------------------------------------------------------------------------------------


def _matcher(part: Normal) -> str:
    """The matcher of a label, where the part is about one; else empty."""
    if not isinstance(part, Literal):
        return ""
    leaf, sign = part.leaf, "!~" if part.negated else "=~"
    if isinstance(leaf, Field) and leaf.name in _LABELS:
        return f"{_LABELS[leaf.name]}{sign}{quoted(_value(leaf))}"
    if isinstance(leaf, Range) and leaf.name == "level":
        return f"level{sign}{quoted(_levels(leaf))}"
    return ""


def _levels(leaf: Range) -> str:
    """The labels of a range of severity numbers; those that it has a part of as well, as Loki knows no finer ones."""
    names = [name for index, name in enumerate(LEVEL_LABELS) if leaf.low <= 4 * index + 4 and leaf.high >= 4 * index + 1]
    return "|".join(names) if names and leaf.low <= leaf.high else _NOTHING


# -- words ----------------------------------------------------------------------------------------------------------------


def _has_words(part: Normal) -> bool:
    if isinstance(part, Literal):
        return isinstance(part.leaf, Words)
    return any(map(_has_words, part.parts))


def _line_filter(part: Normal) -> str:
    """The line filter of words that stand by themselves; else empty."""
    if isinstance(part, Literal) and isinstance(part.leaf, Words):
        return f"{'!~' if part.negated else '|~'} {quoted(_words(part.leaf))}"
    return ""


def _words(leaf: Words) -> str:
    """A pattern that finds the words side by side, between anything that is neither letter nor digit."""
    words = f"{_BETWEEN}+".join(_WORD.findall(leaf.text))
    return f"(?i)(?:^|{_BETWEEN}){words}" + ("" if leaf.prefix else f"(?:$|{_BETWEEN})")


# -- structured metadata --------------------------------------------------------------------------------------------------


def _condition(part: Normal, *, inner: bool = False) -> str:
    """A label filter: comparisons, joined by `and` and `or`."""
    if isinstance(part, Literal):
        return _comparison(part, inner=inner)
    joint = " and " if isinstance(part, All) else " or "
    text = joint.join(_condition(one, inner=True) for one in part.parts)
    return f"({text})" if inner else text


def _comparison(part: Literal, *, inner: bool) -> str:
    leaf, sign = part.leaf, "!~" if part.negated else "=~"
    if isinstance(leaf, Words):
        return f"{LINE} {sign} {quoted(f'(?s).*{_words(leaf)}.*')}"
    if matcher := _matcher(part):
        name, rest = matcher.split(sign, 1)
        return f"{name} {sign} {rest}"
    pattern = quoted(_numbers(leaf) if isinstance(leaf, Range) else _value(leaf))
    comparisons = [f"{name} {sign} {pattern}" for name in _METADATA[leaf.name]]
    text = (" and " if part.negated else " or ").join(comparisons)
    return f"({text})" if inner and len(comparisons) > 1 else text


def _value(leaf: Field) -> str:
    """A pattern for a whole value, capitals or not. Loki ties patterns of labels to both ends by itself."""
    value = leaf.value
    if leaf.name == "request_id":
        value = value[4:] if value.casefold().startswith("req-") else value
    text = _escaped(value)
    match leaf.name, leaf.prefix:
        case "service", False:
            text = text if "-" in value else f"{text}(?:-.*)?"
        case "exception", False:
            text = text if "." in value else rf"(?:.*\.)?{text}"
        case "exception", True:
            text = rf"(?:{text}.*|.*\.{text}[^.]*)"
        case "request_id", prefix:
            text = f"(?:req-)?{text}" + (".*" if prefix else "")
        case "quality", prefix:
            text = f'.*"{text}' + ('[^"]*' if prefix else "") + '".*'
        case _, True:
            text = f"{text}.*"
    return f"(?is:{text})"


def _numbers(leaf: Range) -> str:
    """A pattern for the numbers of a range: whole hundreds and tens by their first digits."""
    found, number = [], leaf.low
    while number <= leaf.high:
        step = next(size for size in (100, 10, 1) if number % size == 0 and (number + size - 1 <= leaf.high or size == 1))
        found.append(str(number // step) + {100: "[0-9][0-9]", 10: "[0-9]", 1: ""}[step])
        number += step
    return "|".join(found) or _NOTHING


# -- quoting --------------------------------------------------------------------------------------------------------------


def _escaped(text: str) -> str:
    """Text as a pattern of RE2 that finds it."""
    return "".join(map(_sign, text))


def _sign(char: str) -> str:
    if char.isalnum() or ord(char) > 127:
        return char
    return f"\\{char}" if char.isprintable() else rf"\x{ord(char):02x}"


def quoted(text: str) -> str:
    """Text, as that of a pattern, as a string of LogQL."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _notes(parts: Iterable[Normal]) -> Iterable[str]:
    if any(map(_is_fine_level, _leaves(parts))):
        yield "Loki knows six levels: notice and audit are searched as info, and numbers as the level that they belong to"


def _leaves(parts: Iterable[Normal]) -> Iterable[Literal]:
    for part in parts:
        yield from [part] if isinstance(part, Literal) else _leaves(part.parts)


def _is_fine_level(part: Literal) -> bool:
    leaf = part.leaf
    if not isinstance(leaf, Range) or leaf.name != "level" or leaf.low > leaf.high:
        return False
    least, most = NUMBER_FIELDS["level"]
    lows = {low for low, _ in LEVELS.values()} - {10} | {least}
    highs = {high for _, high in LEVELS.values()} - {10} | {most}
    return leaf.low not in lows or leaf.high not in highs
