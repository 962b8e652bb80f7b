"""Events as documents of OpenSearch and Elasticsearch, whose number of fields has a bound whatever the logs hold.

A field gets its type from the first document that has it, refuses those where it has another one, and an index takes a thousand
fields. So only names that we know, with values of the type that we know for them, are fields; all else is text in one
list, `extra`: `name=value`. That needs no template; one that fits is made from `FIELDS`.
"""

import re
from datetime import UTC, datetime
from typing import Any

from collectors.sinks.events import clean, json_of, nanoseconds
from parsers.model import Event

KEYWORD, TEXT, LONG, DOUBLE = "keyword", "text", "long", "double"

_KEYWORDS = """
    apache.code apache.module ceph.thread client.address code.file.path code.function.name db.namespace
    db.response.status_code erlang.pid exception.type guru_meditation.product guru_meditation.vendor
    guru_meditation.version haproxy.backend haproxy.frontend haproxy.server haproxy.termination_state
    http.request.header.referer http.request.method log.file.path log.iostream log.logger log.record.uid
    network.peer.address network.protocol.version openstack.api.microversion openstack.domain_id
    openstack.global_request_id openstack.instance_uuid openstack.project_domain_id openstack.project_domain_name
    openstack.project_id openstack.project_name openstack.request_id openstack.resource openstack.system_scope
    openstack.user_domain_id openstack.user_domain_name openstack.user_id openstack.user_name ovs.thread
    process.executable.name python.warning.category server.address swift.transaction_id syslog.program thread.name
    url.path url.query url.scheme user.name user_agent.original uwsgi.name uwsgi.version valkey.role
"""
_TEXTS = (
    "code.stacktrace exception.message exception.stacktrace log.record.original openstack.error_summary process.command_line"
)
_LONGS = """
    apache.errno ceph.priority client.port code.line.number guru_meditation.green_threads guru_meditation.threads
    http.response.body.size http.response.status_code mariadb.bytes_sent mariadb.connection_id mariadb.rows_affected
    mariadb.rows_examined mariadb.rows_sent memcached.fd ovs.sequence process.pid process.signal server.port shell.depth
    thread.id uwsgi.app uwsgi.worker
"""
_DOUBLES = "haproxy.session.duration http.server.request.duration mariadb.lock_time mariadb.query_time"
_RESOURCE = """
    container.id host.name k8s.cluster.name k8s.container.name k8s.cronjob.name k8s.daemonset.name k8s.deployment.name
    k8s.job.name k8s.namespace.name k8s.node.name k8s.pod.name k8s.pod.uid k8s.replicaset.name k8s.statefulset.name
    service.instance.id service.name service.namespace service.version
"""

_ATTRIBUTES: dict[str, str] = {
    name: kind
    for kind, names in ((KEYWORD, _KEYWORDS), (TEXT, _TEXTS), (LONG, _LONGS), (DOUBLE, _DOUBLES))
    for name in names.split()
}
_OF_RESOURCE = dict.fromkeys(_RESOURCE.split(), KEYWORD)

_TOP: dict[str, str] = {
    "severity_text": KEYWORD,
    "severity_number": LONG,
    "body": TEXT,
    "trace_id": KEYWORD,
    "span_id": KEYWORD,
    "fingerprint.id": KEYWORD,
    "fingerprint.template": KEYWORD,
    "dependency.name": KEYWORD,
    "dependency.rule": KEYWORD,
    "source.format": KEYWORD,
    "source.profile": KEYWORD,
    "source.file": KEYWORD,
    "source.first_line": LONG,
    "source.lines": LONG,
    "source.first_offset": LONG,
    "source.last_offset": LONG,
}
_FRAME = {"file": KEYWORD, "line": LONG, "function": KEYWORD, "module": KEYWORD, "code": TEXT, "in_app": "boolean"}
_EXCEPTION = {"type": KEYWORD, "message": TEXT, "link": KEYWORD, "notes": TEXT, "truncated": "boolean"}

FIELDS: dict[str, str] = {
    "@timestamp": "date_nanos",
    "observed_timestamp": "date_nanos",
    **_TOP,
    **{f"resource.{name}": kind for name, kind in _OF_RESOURCE.items()},
    **{f"attributes.{name}": kind for name, kind in _ATTRIBUTES.items()},
    **{f"exceptions.{name}": kind for name, kind in _EXCEPTION.items()},
    **{f"exceptions.frames.{name}": kind for name, kind in _FRAME.items()},
    "quality": KEYWORD,
    "extra": KEYWORD,
}
"""Every field that a document can have, and its type: what an index template should say."""

_TYPES: dict[str, tuple[type, ...]] = {KEYWORD: (str,), TEXT: (str,), LONG: (int,), DOUBLE: (float, int), "boolean": (bool,)}
_LONG = range(-(1 << 63), 1 << 63)
"""As integers are there, and times: nanoseconds since 1970, up to April 2262."""
_TIMES = ("timestamp", "observed_timestamp")
_IS_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII).fullmatch


def document_of(event: Event, observed: str) -> dict[str, Any]:
    """The document of an event. `observed`: RFC 3339, its `@timestamp` where the event tells no time at all."""
    extra: list[str] = []
    times = {name: time for name in _TIMES if (time := _date(event.get(name)))}
    document: dict[str, Any] = {"@timestamp": next(iter(times.values()), observed)}
    if "observed_timestamp" in times:
        document["observed_timestamp"] = times["observed_timestamp"]
    for name, value in event.items():
        if name in ("attributes", "resource") and isinstance(value, dict):
            kinds, prefix = (_ATTRIBUTES, "") if name == "attributes" else (_OF_RESOURCE, "resource.")
            document[name] = _known(value, kinds, prefix, extra)
        elif name == "exceptions" and isinstance(value, list) and all(isinstance(one, dict) for one in value):
            document[name] = [_exception(one, extra) for one in value]
        elif name == "quality" and isinstance(value, list):
            document[name] = [clean(str(word)) for word in value]
        elif isinstance(value, dict):
            document |= _known({f"{name}.{inner}": one for inner, one in value.items()}, _TOP, "", extra)
        elif name not in document and name != "timestamp":
            document |= _known({name: value}, _TOP, "", extra)
    if extra:
        document["extra"] = extra
    return document


def _date(text: Any) -> str | None:
    """The time as `date_nanos` takes it, which refuses the whole document otherwise; None where it is none."""
    since = nanoseconds(text)
    if since is None or since not in _LONG:
        return None
    if _IS_DATE(text):
        return str(text)
    second, rest = divmod(since, 1_000_000_000)
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def _known(values: dict[str, Any], kinds: dict[str, str], prefix: str, extra: list[str]) -> dict[str, Any]:
    """The values that are fields; the others go to `extra`."""
    known = {}
    for name, value in values.items():
        if _fits(value, kinds.get(name)):
            known[name] = clean(value) if type(value) is str else value
        else:
            text = value if isinstance(value, str) else json_of(value)
            extra.append(clean(f"{prefix}{name}={text}"))
    return known


def _fits(value: Any, kind: str | None) -> bool:
    """Whether the field takes the value. NaN and the infinities are no numbers there; True is none either."""
    if kind is None or type(value) not in _TYPES[kind]:
        return False
    if kind == LONG:
        return value in _LONG
    return kind != DOUBLE or value - value == 0


def _exception(exception: dict[str, Any], extra: list[str]) -> dict[str, Any]:
    rest = dict(exception)
    frames, notes = rest.pop("frames", ()), rest.pop("notes", None)
    made = _known(rest, _EXCEPTION, "exceptions.", extra)
    made["frames"] = [_known(frame, _FRAME, "exceptions.frames.", extra) for frame in frames if isinstance(frame, dict)]
    if notes:
        made["notes"] = [clean(str(note)) for note in notes]
    return made
