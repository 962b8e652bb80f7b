"""Where clicks lead: to other pages, to the same page with another request, to a trace."""

import json
from urllib.parse import quote

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard as grafana

from dashboards.source.model import TAG, Opens, uid_of

_KEPT = "${datasource:queryparam}&${__url_time_range}"


def siblings() -> builders.DashboardLink:
    """At the top of each page: a list of the others, with time and variables kept."""
    link = builders.DashboardLink("stratoscope").type(grafana.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(True).include_vars(True).keep_time(True).icon("external link")


def page_url(opens: Opens, place: str) -> str:
    """To a page. `place`: where Grafana has the labels of the clicked thing, `__field.labels` or `__data.fields`."""
    chosen = "".join(f"&var-{label}=${{{place}.{label}}}" for label in opens.labels)
    return f"/d/{uid_of(opens.name)}?{_KEPT}{chosen}"


def data_link(opens: Opens) -> builders.DashboardLink:
    """The same, on a figure."""
    return (
        builders.DashboardLink(f"Open {opens.name}").type(grafana.DashboardLinkType.LINK).url(page_url(opens, "__field.labels"))
    )


def trace_url(field: str) -> str:
    """To a trace in Tempo, by Grafana's Explore. `field`: the variable that holds the trace id."""
    query = {"refId": "A", "queryType": "traceql", "query": f"${{{field}}}"}
    panes = json.dumps({"t": {"datasource": "${tempo}", "queries": [query]}}, separators=(",", ":"))
    # Grafana puts values into ${...}, which therefore stays; all else is encoded.
    return f"/explore?schemaVersion=1&orgId=1&panes={quote(panes, safe='${}_.:,')}&${{__url_time_range}}"
