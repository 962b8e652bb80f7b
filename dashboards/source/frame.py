"""A page as a dashboard: its variables, its links, what fires, and the places of its panels."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models import dashboard as grafana

from dashboards.source import links
from dashboards.source.draw import LOKI, PROMETHEUS, drawn
from dashboards.source.model import TAG, Ask, Page, Panel, Section, Table, Variable, uid_of
from dashboards.source.scope import scoped

WIDTH = 24
"""Columns of Grafana's grid."""


def dashboard_of(page: Page) -> grafana.Dashboard:
    """The whole page."""
    frame = builders.Dashboard(page.title).uid(uid_of(page.name)).description(page.says).tags([TAG, "openstack", page.name])
    frame.readonly().tooltip(grafana.DashboardCursorSync.CROSSHAIR).refresh("30s").time("now-1h", "now").timezone("browser")
    frame.link(links.siblings()).annotation(_firing_marks(page))
    for variable in _variables(page):
        frame.with_variable(variable)
    built = frame.build()
    built.panels = list(_placed(_with_firing(page), [variable.name for variable in page.variables]))
    return built


# -- variables ---------------------------------------------------------------------------------------------------------


def _variables(page: Page) -> Iterator[builders.DatasourceVariable | builders.QueryVariable | builders.TextBoxVariable]:
    yield builders.DatasourceVariable("datasource").label("Prometheus").type("prometheus").multi(False).include_all(False)
    if page.logs:
        yield builders.DatasourceVariable("loki").label("Loki").type("loki").multi(False).include_all(False)
        yield builders.DatasourceVariable("tempo").label("Tempo").type("tempo").multi(False).include_all(False)
    for place, variable in enumerate(page.variables):
        yield _variable(variable, [other.name for other in page.variables[:place]])
    for name, title in page.texts.items():
        yield builders.TextBoxVariable(name).label(title).default_value("")


def _variable(variable: Variable, before: Sequence[str]) -> builders.QueryVariable:
    every = grafana.VariableOption(text="All", value="$__all", selected=True)
    built = builders.QueryVariable(variable.name).label(variable.title).multi(True).include_all(True).all_value(".*")
    # Members and hosts come and go, so the list is read again when another time is looked at.
    built.current(every).refresh(grafana.VariableRefresh.ON_TIME_RANGE_CHANGED)
    built.sort(grafana.VariableSort.ALPHABETICAL_ASC)
    if variable.of_logs:
        # 1 is Loki's number for the values of a label.
        return built.datasource(LOKI).query({"label": variable.source, "refId": "Variable", "stream": "", "type": 1})
    source = variable.source if variable.source.startswith("{") else scoped(variable.source, before)
    query = f"label_values({source}, {variable.name})"
    return built.datasource(PROMETHEUS).query({"query": query, "refId": "Variable"}).definition(query)


# -- what fires --------------------------------------------------------------------------------------------------------


def _firing(page: Page) -> str:
    """A matcher for the alerts of a page, by their area and by the variables that these have as labels."""
    chosen = "".join(f',{name}=~"${name}"' for name in page.alerts_by)
    return f'{{area=~"{"|".join(page.areas or (page.name,))}",alertstate="firing"{chosen}}}'


def _firing_marks(page: Page) -> builders.AnnotationQuery:
    """Grafana asks `target` since version 10, and `expr` before."""
    expr = f"ALERTS{_firing(page)}"
    query = prometheus.Dataquery().expr(expr).ref_id("Anno").datasource(PROMETHEUS).range()
    marks = builders.AnnotationQuery().name("Firing alerts").datasource(PROMETHEUS).enable(True).icon_color("red")
    marks.target(query).expr(expr).step("60s").use_value_for_time(False).title_format("{{alertname}}")
    return marks.text_format("{{cluster}}{{cloud}} {{member}}{{host}}").tag_keys("severity")


def _with_firing(page: Page) -> Iterator[Section]:
    """The sections, with the list of firing alerts at the end of the first one."""
    first, *others = page.sections
    firing = _firing(page)
    since = firing.replace(',alertstate="firing"', "")
    listed = Table(
        title="Firing alerts",
        asks=(Ask(f"1000 * ALERTS_FOR_STATE{since} and ignoring (alertstate) ALERTS{firing}", "since"),),
        says="What fires now, and since when what it tells of has been so. Its runbook says what to do.",
        unit="dateTimeFromNow",
        columns={"severity": "severity", "alertname": "alert"},
        every=True,
        empty="none fires",
        width=WIDTH,
        height=6,
    )
    yield replace(first, panels=(*first.panels, listed))
    yield from others


# -- places ------------------------------------------------------------------------------------------------------------


def _placed(sections: Iterator[Section], variables: Sequence[str]) -> Iterator[grafana.Panel | grafana.RowPanel]:
    """Panels from left to right and from top to bottom, numbered; a line with a title before each section but the first."""
    top, number = 0, 0
    for section in sections:
        if section.title:
            number += 1
            yield grafana.RowPanel(title=section.title, id_val=number, grid_pos=grafana.GridPos(x=0, y=top, w=WIDTH, h=1))
            top += 1
        for row in _rows(section.panels):
            left = 0
            for panel in row:
                number += 1
                built = drawn(panel, variables)
                built.id_val = number
                built.grid_pos = grafana.GridPos(x=left, y=top, w=panel.width, h=panel.height)
                left += panel.width
                yield built
            top += row[0].height


def _rows(panels: Sequence[Panel]) -> Iterator[list[Panel]]:
    """Panels that fill the width. Raises ValueError for a row that leaves a hole, or whose panels differ in height."""
    row: list[Panel] = []
    for panel in panels:
        row.append(panel)
        width = sum(one.width for one in row)
        if width > WIDTH or panel.height != row[0].height:
            raise ValueError(f"{panel.title!r} does not fit into its row")
        if width == WIDTH:
            yield row
            row = []
    if row:
        raise ValueError(f"the row that ends with {row[-1].title!r} leaves a hole")
