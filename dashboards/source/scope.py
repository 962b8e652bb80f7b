"""Puts the variables of a page into its queries, so that no selector can forget one.

    galera_ready == 0   ->   galera_ready{cluster=~"$cluster",member=~"$member"} == 0

Each selector gets those variables that its metric has as labels, but for labels that it chooses by itself. A series that
nobody gives out is a mistake of the page.
"""

import re
from collections.abc import Mapping, Sequence

from dashboards.source import known

_PARTS = re.compile(
    r"""
    "(?:[^"\\]|\\.)*"                                                        # text
  | \b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)          # labels
  | \$\w+
  | (?P<name>(?<![\w:.])[a-zA-Z_:][\w:]*+)(?!\s*\()(?:\{(?P<matchers>[^}]*)\})?  # a series, or a word of the language
    """,
    re.VERBOSE,
)
_WORDS = frozenset(
    "and or unless bool offset inf nan sum min max avg count group topk bottomk quantile count_values stddev stdvar".split()
)
_MATCHED = re.compile(r"(\w+)\s*(?:=~|!=|!~|=)")
PROMETHEUS = frozenset({"ALERTS", "ALERTS_FOR_STATE", "up"})
"""Series that Prometheus makes itself; their labels are those of each alert and target."""


def scoped(expr: str, variables: Sequence[str]) -> str:
    """The query with a matcher for each variable that a metric has as a label. Raises LookupError for an unknown series."""
    known_labels = known.labels()
    return _PARTS.sub(lambda found: _with_matchers(found, variables, known_labels), expr)


def _with_matchers(found: re.Match[str], variables: Sequence[str], labels: Mapping[str, frozenset[str]]) -> str:
    name = found["name"]
    if not name or name in _WORDS or name in PROMETHEUS:
        return found[0]
    if name not in labels:
        raise LookupError(f"no exporter gives out {name}: {found.string}")
    matchers = [found["matchers"]] if found["matchers"] else []
    taken = set(_MATCHED.findall(found["matchers"] or ""))
    matchers += [f'{variable}=~"${variable}"' for variable in variables if variable in labels[name] and variable not in taken]
    return f"{name}{{{','.join(matchers)}}}" if matchers else name
