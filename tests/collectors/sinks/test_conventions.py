"""The names of attributes against OpenTelemetry's semantic conventions, as the official package has them."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest
from opentelemetry import semconv
from opentelemetry.semconv._incubating import attributes as incubating

from collectors.sinks.documents import FIELDS
from collectors.sinks.otlp.records import request_of
from collectors.traces.assembler import TraceAssembler
from parsers.model import Event
from tests.collectors.sinks.made import failure, sample_events
from tests.collectors.traces.made import answered, error, event

OURS = frozenset(
    "apache ceph erlang guru_meditation haproxy mariadb memcached openstack ovs python shell stratoscope swift syslog uwsgi "
    "valkey".split()
)
"""First words of names that are ours: the conventions have none that begin so."""
NOT_THERE = {
    "log.logger": "the conventions keep a logger's name in the scope, of which there is one here; ECS has log.logger",
    "http.server.request.duration": "the name of a metric there: the duration of one request has no attribute",
    "process.signal": "the signal that ended a process",
    "http.request.header.referer": "http.request.header.<key> is a template, whose names are made",
}
"""Names under a word of the conventions that these do not have, and why they are so."""


def constants(package: ModuleType) -> Iterator[str]:
    """The values of all constants of attribute modules."""
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        yield from (value for name, value in vars(module).items() if name.isupper() and isinstance(value, str))


CONVENTIONS = frozenset(constants(incubating)) | frozenset(constants(importlib.import_module(f"{semconv.__name__}.attributes")))


def names_sent(events: list[Event]) -> set[str]:
    request = request_of(events, 1)
    names = set()
    for group in request.resource_logs:
        names |= {pair.key for pair in group.resource.attributes}
        names |= {pair.key for record in group.scope_logs[0].log_records for pair in record.attributes}
    return names


def names_traced(events: list[Event]) -> set[str]:
    assembler = TraceAssembler()
    names = set()
    for span in [*assembler.feed(events, 0.0), *assembler.close()]:
        names |= set(span.attributes or {}) | set(span.resource.attributes)
        names |= {name for one in span.events for name in one.attributes or {}}
    return names


def names_known() -> set[str]:
    """The attributes of all formats, as the documents list them."""
    return {field.partition(".")[2] for field in FIELDS if field.startswith(("attributes.", "resource."))}


def unexplained(names: set[str]) -> set[str]:
    return {name for name in names - CONVENTIONS - NOT_THERE.keys() if name.partition(".")[0] not in OURS}


def test_the_package_has_conventions() -> None:
    assert {"exception.type", "http.request.method", "k8s.pod.name", "log.record.uid", "service.name"} <= CONVENTIONS
    assert len(CONVENTIONS) > 500


@pytest.mark.parametrize(
    "names",
    [
        names_sent([*sample_events(), failure()]),
        names_traced([*sample_events(), answered(at=1, status=503), error(), event(caused_by=2)]),
        names_known(),
    ],
    ids=["log records", "spans", "attributes of all formats"],
)
def test_what_looks_like_a_name_of_the_conventions_is_one(names: set[str]) -> None:
    assert unexplained(names) == set()
    assert len(names) > 15


def test_our_own_names_do_not_pretend() -> None:
    assert {name for name in CONVENTIONS if name.partition(".")[0] in OURS} == set()
    assert NOT_THERE.keys() & CONVENTIONS == set()
    assert NOT_THERE.keys() <= names_known()
