"""Metric families as the text that Prometheus reads, rendered once for each snapshot and joined for each scrape.

prometheus_client renders at every scrape, which for 50,000 series takes a core 0.2 s each time. Here the lines of samples, the
same in both formats, are made when the snapshot is; a scrape only joins bytes. The tests hold this one equal to theirs.
"""

import functools
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family
    from prometheus_client.samples import Sample

_SUFFIXES = {"counter": "_total", "info": "_info"}
_TEXT_TYPES = {"info": "gauge", "stateset": "gauge", "unknown": "untyped"}
"""Types that the older format does not know."""
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


@dataclass(frozen=True, slots=True)
class Rendered:
    """One metric of one collector: `lines` are its samples."""

    name: str
    kind: str
    help: str
    lines: bytes

    @property
    def exposed(self) -> str:
        """The name as it stands in rules and in the older format."""
        return self.name + _SUFFIXES.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Rendering:
    """All of one collector. `series` were rendered, the others left out: beyond the limit, or given twice."""

    metrics: tuple[Rendered, ...] = ()
    series: int = 0
    over_limit: int = 0
    duplicates: int = 0


def render(families: "Iterable[Family]", max_series: int) -> Rendering:
    """Render what a collector gives, at most `max_series` of it: which, depends on nothing but the families."""
    rendered = [(family, _Lines(family)) for family in families]
    allowed = shares([len(lines.by_labels) for _, lines in rendered], max_series)
    duplicates = sum(lines.duplicates for _, lines in rendered)
    metrics, series = [], 0
    for (family, lines), most in zip(rendered, allowed, strict=True):
        kept = lines.first(most)
        series += len(kept)
        metrics.append(Rendered(family.name, family.type, family.documentation, "".join(kept).encode("utf-8", "replace")))
    total = sum(len(lines.by_labels) for _, lines in rendered)
    return Rendering(tuple(metrics), series, total - series, duplicates)


def shares(sizes: list[int], limit: int) -> list[int]:
    """How much of `limit` each size gets: the small ones all they want, the large ones the same."""
    allowed = [0] * len(sizes)
    left = limit
    for position, index in enumerate(order := sorted(range(len(sizes)), key=lambda index: (sizes[index], index))):
        allowed[index] = min(sizes[index], left // (len(order) - position))
        left -= allowed[index]
    return allowed


class _Lines:
    """The samples of a family, each once."""

    def __init__(self, family: "Family") -> None:
        self._family = family
        self.by_labels: dict[str, str] = {}
        self.duplicates = 0
        for sample in family.samples:
            labels = _labels(sample)
            if labels in self.by_labels:
                self.duplicates += 1
            else:
                # -0.0 equals 0.0, and what is remembered for the one would be given for the other
                self.by_labels[labels] = f"{labels} {_number(sample.value + 0.0)}\n"

    def first(self, most: int) -> list[str]:
        """At most so many. Of too many, those whose labels sort first, so that from scrape to scrape it is the same ones."""
        if most >= len(self.by_labels):
            return list(self.by_labels.values())
        groups: dict[str, dict[str, None]] = {}  # a state set is whole or not there; all else is a group of one
        own = self._family.name if self._family.type == "stateset" else ""
        for sample in self._family.samples:
            rest = {name: value for name, value in sample.labels.items() if name != own}
            groups.setdefault(_labels(sample._replace(labels=rest)), {})[_labels(sample)] = None
        kept: list[str] = []
        for _, group in sorted(groups.items()):
            if len(kept) + len(group) > most:
                break
            kept += (self.by_labels[labels] for labels in group)
        return kept


def _labels(sample: "Sample") -> str:
    if not sample.labels:
        return sample.name
    return f"{sample.name}{{{','.join([_pair(item) for item in sorted(sample.labels.items())])}}}"


@functools.lru_cache(maxsize=1 << 14)
def _pair(item: tuple[str, str]) -> str:
    """One label. The same ones come again in each metric of a collector."""
    return f'{item[0]}="{item[1].translate(_ESCAPES)}"'


@functools.lru_cache(maxsize=1 << 12)
def _number(value: float) -> str:
    from prometheus_client.utils import floatToGoString  # noqa: PLC0415  who only joins needs no library

    go: Callable[[float], str] = floatToGoString
    return go(value)


def joined(parts: Iterable[Rendered], *, openmetrics: bool, names: AbstractSet[str] | None = None) -> bytes:
    """The answer to a scrape: metrics of the same name from several collectors become one. `names`: only these."""
    by_name: dict[str, list[Rendered]] = {}
    for part in parts:
        if part.lines and (names is None or part.name in names or part.exposed in names):
            by_name.setdefault(part.exposed, []).append(part)
    head: Callable[[Rendered], bytes] = _openmetrics_head if openmetrics else _text_head
    pieces = [piece for same in by_name.values() for piece in (head(same[0]), *(part.lines for part in same))]
    return b"".join([*pieces, b"# EOF\n"] if openmetrics else pieces)


def _text_head(metric: Rendered) -> bytes:
    kind = _TEXT_TYPES.get(metric.kind, metric.kind)
    return f"# HELP {metric.exposed} {metric.help.translate(_HELP_ESCAPES)}\n# TYPE {metric.exposed} {kind}\n".encode()


def _openmetrics_head(metric: Rendered) -> bytes:
    return f"# HELP {metric.name} {metric.help.translate(_ESCAPES)}\n# TYPE {metric.name} {metric.kind}\n".encode()
