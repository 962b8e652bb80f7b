"""Panels as Grafana reads them: one function for each kind, and one for what all have in common."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol, Self

from grafana_foundation_sdk.builders import common as options
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import heatmap, logs, loki, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as grafana
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.source import columns, links, states
from dashboards.source.model import Ask, AskLogs, Heat, Lines, LogLines, Panel, Stat, Table, Timeline
from dashboards.source.rules import Limit, limit_of, worst
from dashboards.source.scope import scoped

PROMETHEUS = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
LOKI = common.DataSourceRef(type_val="loki", uid="${loki}")


class _Drawing(Protocol):
    """What the SDK's builders of all kinds of panels have in common."""

    def build(self) -> grafana.Panel: ...
    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: common.DataSourceRef) -> Self: ...
    def span(self, w: int) -> Self: ...
    def height(self, h: int) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def with_target(self, target: Builder[Dataquery]) -> Self: ...
    def thresholds(self, thresholds: Builder[grafana.ThresholdsConfig]) -> Self: ...
    def mappings(self, mappings: list[grafana.ValueMapping]) -> Self: ...
    def data_links(self, links: list[Builder[grafana.DashboardLink]]) -> Self: ...


def drawn(panel: Panel, variables: Sequence[str]) -> grafana.Panel:
    """A panel; `variables` of its page are put into its queries."""
    drawing = _KINDS[type(panel)](panel)
    drawing.title(panel.title).description(described(panel)).span(panel.width).height(panel.height).unit(panel.unit)
    drawing.datasource(LOKI if isinstance(panel.asks[0], AskLogs) else PROMETHEUS).thresholds(_thresholds(panel))
    for number, ask in enumerate(panel.asks):
        drawing.with_target(_target(panel, ask, chr(ord("A") + number), variables))
    if panel.empty:
        drawing.no_value(panel.empty)
    if panel.opens and not isinstance(panel, Table):
        drawing.data_links([links.data_link(panel.opens)])
    return drawing.build()


def described(panel: Panel) -> str:
    """What it says, and which alerts use the figure."""
    return f"{panel.says}\n\nAlerts: {', '.join(panel.alerts)}." if panel.alerts else panel.says


def _target(panel: Panel, ask: Ask | AskLogs, ref: str, variables: Sequence[str]) -> Builder[Dataquery]:
    if isinstance(ask, AskLogs):
        of_logs = loki.Dataquery().expr(ask.expr).ref_id(ref).datasource(LOKI).legend_format(ask.legend)
        return of_logs.query_type("instant" if isinstance(panel, Table) else "range")
    query = prometheus.Dataquery().expr(scoped(ask.expr, variables)).ref_id(ref).datasource(PROMETHEUS)
    query.legend_format(ask.legend or "__auto")
    # A figure of now is asked for now: the last one of a range would outlive the exporter that gave it.
    query.instant() if isinstance(panel, Stat | Table) else query.range()
    form = {Table: PromQueryFormat.TABLE, Heat: PromQueryFormat.HEATMAP}.get(type(panel), PromQueryFormat.TIME_SERIES)
    return query.format(form)


def _thresholds(panel: Panel) -> builders.ThresholdsConfig:
    """Green, and from each limit on the colour of its alert."""
    limits = sorted(_limits(panel), key=lambda limit: limit.value)
    base, steps = states.GREEN, []
    if limits and not limits[0].above:
        # Below the lowest limit it is worst; above each one it is only as bad as the next one says, and at last well.
        base = states.OF_SEVERITY[limits[0].severity]
        better = [*(states.OF_SEVERITY[limit.severity] for limit in limits[1:]), states.GREEN]
        steps = [grafana.Threshold(value=limit.value, color=colour) for limit, colour in zip(limits, better, strict=True)]
    elif limits:
        steps = [grafana.Threshold(value=limit.value, color=states.OF_SEVERITY[limit.severity]) for limit in limits]
    elif panel.counts:
        steps = [grafana.Threshold(value=1, color=states.OF_SEVERITY[worst(panel.alerts)])]
    first = grafana.Threshold(value=None, color=base)
    return builders.ThresholdsConfig().mode(grafana.ThresholdsMode.ABSOLUTE).steps([first, *steps])


def _limits(panel: Panel) -> Iterator[Limit]:
    """Grafana's steps begin at their number; an alert with `>` begins above it, which for whole numbers is not the same."""
    exprs = tuple(ask.expr for ask in panel.asks)
    for limit in (limit_of(name, exprs) for name in panel.limits):
        if limit.strict and limit.above and panel.counts:
            yield replace(limit, value=limit.value + 1)
        elif limit.strict and limit.value == 0 and not panel.counts:
            raise ValueError(f"{panel.title!r}: a step at 0 would colour what is well; it counts something")
        else:
            yield limit


def mapped(words: Sequence[str]) -> list[grafana.ValueMapping]:
    """0, 1, 2 ... as coloured words."""
    told = {
        str(number): grafana.ValueMappingResult(text=word, color=states.colour_of(word), index=number)
        for number, word in enumerate(words)
    }
    return [grafana.ValueMap(options=told)] if told else []


def _colours_of_states(panel: timeseries.Panel, words: Sequence[str]) -> None:
    for word in words:
        fixed = {"mode": "fixed", "fixedColor": states.colour_of(word)}
        panel.override_by_name(word, [grafana.DynamicConfigValue(id_val="color", value=fixed)])


def _colour(mode: grafana.FieldColorModeId) -> builders.FieldColor:
    return builders.FieldColor().mode(mode)


# -- kinds ------------------------------------------------------------------------------------------------------------


def _stat(panel: Stat) -> _Drawing:
    judged = bool(panel.states or panel.limits or panel.counts)
    drawing = stat.Panel().reduce_options(options.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
    drawing.graph_mode(common.BigValueGraphMode.NONE).text_mode(common.BigValueTextMode.AUTO)
    drawing.color_mode(common.BigValueColorMode.BACKGROUND if judged else common.BigValueColorMode.NONE)
    return drawing.color_scheme(_colour(grafana.FieldColorModeId.THRESHOLDS)).mappings(mapped(panel.states))


def _lines(panel: Lines) -> _Drawing:
    legend = options.VizLegendOptions().show_legend(True).display_mode(common.LegendDisplayMode.TABLE)
    legend.placement(common.LegendPlacement.BOTTOM).calcs(["lastNotNull", "max"])
    tooltip = options.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
    drawing = timeseries.Panel().legend(legend).tooltip(tooltip).line_width(1)
    drawing.fill_opacity(60 if panel.stacked else 8).show_points(common.VisibilityMode.NEVER).axis_soft_min(0)
    drawing.color_scheme(_colour(grafana.FieldColorModeId.PALETTE_CLASSIC))
    if panel.stacked:
        drawing.stacking(options.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if panel.limits:
        style = common.GraphThresholdsStyleMode.DASHED
        drawing.thresholds_style(options.GraphThresholdsStyleConfig().mode(style))
    if panel.most is not None:
        drawing.max(panel.most)
    if panel.log:
        drawing.scale_distribution(options.ScaleDistributionConfig().type(common.ScaleDistribution.LOG).log(10))
    _colours_of_states(drawing, panel.of_states)
    return drawing


def _timeline(panel: Timeline) -> _Drawing:
    legend = options.VizLegendOptions().show_legend(False).display_mode(common.LegendDisplayMode.LIST)
    drawing = statetimeline.Panel().legend(legend).show_value(common.VisibilityMode.AUTO).row_height(0.85)
    drawing.merge_values(True).fill_opacity(75).line_width(0)
    return drawing.color_scheme(_colour(grafana.FieldColorModeId.THRESHOLDS)).mappings(mapped(panel.states))


def _table(panel: Table) -> _Drawing:
    drawing = table.Panel().show_header(True).cell_height(common.TableCellHeight.SM)
    drawing.color_scheme(_colour(grafana.FieldColorModeId.THRESHOLDS))
    for transformation in columns.arranged(panel):
        drawing.with_transformation(transformation)
    for head, properties in columns.overrides(panel, mapped(panel.words)).items():
        drawing.override_by_name(head, properties)
    # What has lasted longest, or is most, stands first; of moments, that is the earliest.
    last = panel.unit != "dateTimeFromNow"
    return drawing.sort_by([options.TableSortByFieldState().display_name(columns.heads(panel)[0]).desc(last)])


def _heat(_: Heat) -> _Drawing:
    colour = heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(64).exponent(0.5)
    # The buckets come from Prometheus; their bounds are in the unit of the panel.
    return heatmap.Panel().calculate(False).color(colour).show_legend()


def _log_lines(_: LogLines) -> _Drawing:
    drawing = logs.Panel().show_time(True).wrap_log_message(True).enable_log_details(True).show_labels(False)
    return drawing.sort_order(common.LogsSortOrder.DESCENDING).dedup_strategy(common.LogsDedupStrategy.NONE)


_KINDS: dict[type[Panel], Callable[[Any], _Drawing]] = {
    Stat: _stat,
    Lines: _lines,
    Timeline: _timeline,
    Table: _table,
    Heat: _heat,
    LogLines: _log_lines,
}
