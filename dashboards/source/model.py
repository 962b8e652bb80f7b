"""What a page is made of. Plain values: Grafana's names and habits are not known here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

TAG = "stratoscope"
"""Every page has it, and each finds the others by it."""


def uid_of(name: str) -> str:
    """The uid of a page. Alerts, bookmarks and links lead to it, so it stays."""
    return f"{TAG}-{name}"


@dataclass(frozen=True, slots=True)
class Ask:
    """A query in PromQL, without the variables of the page, which are put in (`dashboards.source.scope`).

    `legend`: how a series is called, `{{member}}` is a label; of a table, the head of the column of values.
    `unit`: of that column, where it is not the panel's.
    """

    expr: str
    legend: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class AskLogs:
    """A query in LogQL, as it is sent. `lines`: it gives lines, and not numbers."""

    expr: str
    legend: str = ""
    lines: bool = False


Asks = tuple[Ask | AskLogs, ...]


def ask(expr: str, legend: str = "") -> tuple[Ask, ...]:
    """One PromQL query; several are added up."""
    return (Ask(expr, legend),)


@dataclass(frozen=True, slots=True)
class Opens:
    """A click leads to the page `name`, with its variables set to the labels or columns of the same name."""

    name: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What all kinds have.

    `says`: what it shows, what is normal. `unit`: Grafana's id. `alerts`: which of them use the figure.
    `limits`: those of them whose number is drawn as a threshold; taken from the rule itself. `counts`: whole numbers, so that
    `> 1` begins at 2; without limits it counts what should not be, and 1 has the colour of its alerts. `empty`: what no data
    means, where that is the good case.
    """

    title: str
    asks: Asks
    says: str
    unit: str
    alerts: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    counts: bool = False
    empty: str = ""
    opens: Opens | None = None
    width: int = 12
    height: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat(Panel):
    """The newest figure, large. `states`: words for 0, 1, 2 ..."""

    states: tuple[str, ...] = ()
    width: int = 4
    height: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(Panel):
    """Figures over time. `stacked`: they add up to something. `of_states`: series are called like states, and so coloured."""

    stacked: bool = False
    of_states: tuple[str, ...] = ()
    most: float | None = None
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(Panel):
    """States over time, a row for each series. `states`: words for 0, 1, 2 ..."""

    states: tuple[str, ...]
    unit: str = "short"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Panel):
    """Labels and figures now. `columns`: label -> head, in this order; other labels are left out, unless `every` is set.

    `words`: words for 0, 1, 2 ... in the column of values.
    """

    columns: Mapping[str, str]
    every: bool = False
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat(Panel):
    """A histogram over time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLines(Panel):
    """Log lines."""

    asks: tuple[AskLogs, ...]
    unit: str = "short"
    width: int = 24
    height: int = 12


@dataclass(frozen=True, slots=True)
class Variable:
    """A list at the top of a page, of which several may be chosen.

    `source`: a metric (or a selector) whose label of that name has the values; with `of_logs`, a label of Loki.
    """

    name: str
    source: str
    title: str
    of_logs: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Panels below a line with a title; the first one of a page has none."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A dashboard. `texts`: variables that are typed: name -> title. `logs`: it asks Loki.

    `areas`: the label `area` of the alerts that it lists and marks, by default its own name. `alerts_by`: variables that choose
    among these too.
    """

    name: str
    title: str
    says: str
    variables: tuple[Variable, ...]
    sections: tuple[Section, ...]
    areas: tuple[str, ...] = ()
    alerts_by: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    logs: bool = False

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All of them, from the top."""
        return tuple(panel for section in self.sections for panel in section.panels)
