"""Tables: which labels are columns, what they are called, and where a click on one leads."""

from collections.abc import Iterator, Mapping

from grafana_foundation_sdk.models import dashboard as grafana

from dashboards.source import links
from dashboards.source.model import AskLogs, Table

_ALWAYS_OUT = ("Time", "__name__", "job", "instance", "alertstate")

Properties = dict[str, list[grafana.DynamicConfigValue]]


def heads(panel: Table) -> tuple[str, ...]:
    """The heads of the columns of values, one for each query."""
    return tuple(ask.legend for ask in panel.asks)


def arranged(panel: Table) -> Iterator[grafana.DataTransformerConfig]:
    """Grafana's transformations that turn the answers into the table."""
    several = len(panel.asks) > 1
    if several:
        yield grafana.DataTransformerConfig(id_val="merge", options={})
    # Grafana calls figures after the letter of their query: Loki's always, Prometheus' where there are several.
    lettered = several or isinstance(panel.asks[0], AskLogs)
    letters = (chr(ord("A") + number) for number in range(len(panel.asks)))
    values = {f"Value #{letter}" if lettered else "Value": head for letter, head in zip(letters, heads(panel), strict=True)}
    names = {**panel.columns, **values}
    if not panel.every:
        include = {"include": {"names": list(names)}}
        yield grafana.DataTransformerConfig(id_val="filterFieldsByName", options=include)
    yield grafana.DataTransformerConfig(
        id_val="organize",
        options={
            "excludeByName": dict.fromkeys(_ALWAYS_OUT, True) if panel.every else {},
            "indexByName": {name: place for place, name in enumerate(names)},
            "renameByName": {name: head for name, head in names.items() if name != head},
        },
    )


def overrides(panel: Table, words: list[grafana.ValueMapping]) -> Properties:
    """What is particular to columns, by their heads: units, words, links."""
    found: Properties = {}
    for ask in panel.asks:
        unit = getattr(ask, "unit", "")
        if unit:
            found.setdefault(ask.legend, []).append(_property("unit", unit))
        if words:
            found.setdefault(ask.legend, []).append(_property("mappings", words))
            found[ask.legend].append(_property("custom.cellOptions", {"type": "color-text"}))
    for label, head in panel.columns.items():
        targets = [*_opening(panel, label), *_leading(panel.links, label)]
        if targets:
            found.setdefault(head, []).append(_property("links", targets))
    return found


def _opening(panel: Table, label: str) -> Iterator[Mapping[str, object]]:
    """The link of the first column. Grafana knows columns by their heads, so the labels of a link are not renamed."""
    if panel.opens and label == next(iter(panel.columns)):
        yield {"title": f"Open {panel.opens.name}", "url": links.page_url(panel.opens, "__data.fields")}


def _leading(given: Mapping[str, tuple[str, str]], label: str) -> Iterator[Mapping[str, object]]:
    if label in given:
        title, url = given[label]
        yield {"title": title, "url": url}


def _property(name: str, value: object) -> grafana.DynamicConfigValue:
    return grafana.DynamicConfigValue(id_val=name, value=value)
