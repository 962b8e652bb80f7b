"""From the tree of a search to OpenSearch's query language, which Elasticsearch shares as far as it is used here.

The fields are those of the OpenSearch sink (collectors.sinks.documents), with the types of its index template. Without it
OpenSearch 2.19 makes a text of each string, by which it does not sort: every search is answered with 400.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from stratoscope.query import And, Field, Node, Not, Query, Range, Words

Dsl = dict[str, Any]

TEXTS = ("body", "attributes.exception.stacktrace", "attributes.exception.message")
TIME = "@timestamp"
ORDER = "attributes.log.record.uid"
"""What tells events of the same instant apart."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = 9_223_372_036.0
"""Seconds since 1970 of the last moment that `date_nanos` can be, in April 2262."""
_EXPANSIONS = 1000
"""Words with the same beginning that are looked at."""

_FIELDS = {
    "service": ("resource.service.name",),
    "logger": ("attributes.log.logger",),
    "host": ("resource.host.name", "resource.k8s.node.name"),
    "pod": ("resource.k8s.pod.name",),
    "container": ("resource.k8s.container.name",),
    "namespace": ("resource.k8s.namespace.name",),
    "instance": ("attributes.openstack.instance_uuid",),
    "request_id": ("attributes.openstack.request_id", "attributes.openstack.global_request_id"),
    "trace_id": ("trace_id",),
    "fingerprint": ("fingerprint.id",),
    "dependency": ("dependency.name",),
    "exception": ("exceptions.type", "attributes.exception.type"),
    "user": ("attributes.openstack.user_id",),
    "project": ("attributes.openstack.project_id",),
    "format": ("source.format",),
    "quality": ("quality",),
    "file": ("source.file",),
}
_NUMBERS = {"level": "severity_number", "status": "attributes.http.response.status_code"}


def compiled(query: Query) -> Dsl:
    """The `query` of a search request."""
    filters = [] if query.node is None else [_dsl(query.node)]
    times = {}
    if query.since is not None and query.since > 0:
        times["gte"] = _instant(query.since)
    if query.until is not None and query.until < _END:
        times["lt"] = _instant(query.until)
    if times:
        filters.append({"range": {TIME: times}})
    return {"bool": {"filter": filters}} if filters else {"match_all": {}}


def request(query: Query, limit: int, after: list[Any] | None = None) -> Dsl:
    """The body of a search request: the newest `limit` first; `after` is the `sort` of the last hit of the page before."""
    body = {
        "query": compiled(query),
        "size": limit,
        "sort": [{TIME: "desc"}, {ORDER: {"order": "desc", "missing": "_last", "unmapped_type": "keyword"}}],
        "track_total_hits": False,
    }
    return body | ({"search_after": after} if after else {})


def _instant(seconds: float) -> str:
    """The moment as text, as numbers are milliseconds; within what `date_nanos` can be, as all else is refused there."""
    moment = _EPOCH + timedelta(seconds=max(0.0, min(_END, seconds)))
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"


def _dsl(node: Node) -> Dsl:
    if isinstance(node, Words):
        return _words(node)
    if isinstance(node, Field):
        return _field(node)
    if isinstance(node, Range):
        return _range(node)
    if isinstance(node, Not):
        return {"bool": {"must_not": [_dsl(node.node)]}}
    parts = [_dsl(inner) for inner in node.nodes]
    return {"bool": {"filter": parts}} if isinstance(node, And) else _any(parts)


def _any(parts: list[Dsl]) -> Dsl:
    return parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}


def _words(node: Words) -> Dsl:
    asked: Dsl = {"query": node.text, "fields": list(TEXTS), "type": "phrase"}
    if node.prefix:
        asked |= {"type": "phrase_prefix", "max_expansions": _EXPANSIONS}
    return {"multi_match": asked}


def _range(node: Range) -> Dsl:
    if node.low > node.high:
        return {"match_none": {}}
    return {"range": {_NUMBERS[node.name]: {"gte": node.low, "lte": node.high}}}


def _field(node: Field) -> Dsl:
    return _any([one for name in _FIELDS[node.name] for one in _comparisons(node, name)])


def _comparisons(node: Field, name: str) -> list[Dsl]:
    value = node.value
    if node.name == "request_id":
        value = value[4:] if value.casefold().startswith("req-") else value
        return [_whole(name, f"{start}{value}", prefix=node.prefix) for start in ("", "req-")]
    found = [_whole(name, value, prefix=node.prefix)]
    if node.name == "service" and not node.prefix and "-" not in value:
        found.append(_whole(name, f"{value}-", prefix=True))
    if node.name == "exception" and "." not in value:
        pattern = rf".*\.{_escaped(value)}" + ("[^.]*" if node.prefix else "")
        found.append({"regexp": {name: {"value": pattern, "case_insensitive": True}}})
    return found


def _whole(name: str, value: str, *, prefix: bool) -> Dsl:
    return {"prefix" if prefix else "term": {name: {"value": value, "case_insensitive": True}}}


def _escaped(text: str) -> str:
    """Text as a pattern of Lucene that finds it."""
    return "".join(char if char.isalnum() or char in "_-" else f"\\{char}" for char in text)
