"""A search finds the same in the embedded store, in what Loki is asked and in what OpenSearch is asked."""

import json
import string
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.sinks.documents import document_of
from collectors.sinks.loki_lines import Bounds, entry_of, labels_of
from parsers.model import Event
from stratoscope.backends import dsl, logql
from stratoscope.query import FIELDS, LEVELS, TIME_FIELDS, And, Field, Node, Not, Or, Query, Range, Words, parse
from stratoscope.store.reader import Reader
from stratoscope.store.writer import Writer
from tests.stratoscope.backends.cases import GOLDEN, compiled
from tests.stratoscope.backends.dsl_subset import matches
from tests.stratoscope.backends.logql_subset import matching
from tests.stratoscope.made import NOW, event, failed, progress

BOUNDS = Bounds(256 << 10, 64 << 10, 128)

MADE = [
    event("Lost connection to MySQL server", 0, service="nova-compute", severity=17),
    event("lost the connection", 1, service="nova", attributes={"openstack.request_id": "req-5f1c"}),
    event("CONNECTION LOST, LOST CONNECTION", 2, service="neutron-server", severity=13),
    event("timeout: timed out", 3, attributes={"http.response.status_code": 503, "log.logger": "nova.api"}),
    event("GET /v2.1/servers 404", 4, service="nova-api", attributes={"http.response.status_code": 404}),
    event("a.b.c/d_e 10.0.0.1:5672", 5, quality=["unparsed", "head_missing"]),
    event('quotes " and \\ back, `ticks` {{.}} $x ^a$ (b|c)*', 6, severity=21),
    event("Größe überschritten", 7, severity=10),
    event("no level", 8, severity=0, attributes={"openstack.global_request_id": "req-5f1c-aa"}),
    event("many\nlines\nof connection", 9, trace_id="0" * 31 + "1"),
    failed("oslo failed", 10),
    failed("other failed", 11, "2026-11:def"),
]
for one in MADE:
    one["resource"].update({"k8s.pod.name": "nova-api-0", "k8s.node.name": "cmp2", "k8s.container.name": "nova-api"})

VALUES = st.sampled_from(
    "nova nova-compute neutron cmp1 CMP2 nova.compute nova.compute.manager nova.api req-5f1c 5f1c oslo.text unparsed galera "
    "oslo_db.exception.DBConnectionError DBConnectionError OperationalError pymysql 2026-11:abc /var/log/nova.log nova-api-0 "
    "a.*b (x) [y] a|b a\\b".split()
)
WORDS = st.sampled_from(["lost connection", "lost", "conn", "10.0.0.1", "d_e", "GET", "failed", "Größe", "lines of", "x"])
# An exception's chain is no metadata in Loki, and OpenSearch's words keep their accents: see the docs.
SAME = [name for name in FIELDS if name not in (*TIME_FIELDS, "level", "status", "exception")]
LEAVES = st.one_of(
    st.builds(Words, WORDS, st.booleans()),
    st.builds(Field, st.sampled_from(SAME), VALUES, st.booleans()),
    st.sampled_from([Range("level", low, 24) for low in (1, 5, 9, 13, 17, 21, 25)]),
    st.builds(Range, st.just("status"), st.integers(100, 599), st.integers(100, 599)),
)
NODES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.tuples(inner, inner)),
        st.builds(Or, st.tuples(inner, inner)),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The events in an embedded store."""
    path = tmp_path_factory.mktemp("store") / "events.db"
    with Writer(path) as writer:
        writer.store([progress(MADE)], NOW)
    with Reader(path) as reader:
        yield reader


def by_loki(query: Query) -> set[str]:
    """What Loki would find."""
    test = matching(logql.compiled(query).text)
    return {one["body"] for one in MADE if test(*entry(one))}


def entry(one: Event) -> tuple[dict[str, str], str]:
    """Labels and metadata in one, and the line."""
    line, metadata = entry_of(one, BOUNDS)
    return {**labels_of(one, "main"), **metadata}, line


def by_opensearch(query: Query) -> set[str]:
    """What OpenSearch would find."""
    asked = dsl.compiled(query)
    return {one["body"] for one in MADE if matches(asked, document_of(one, "2026-11-23T03:33:01Z"))}


def by_store(query: Query, reader: Reader) -> set[str]:
    """What the embedded store finds."""
    return {hit.event["body"] for hit in reader.search(query, 100)}


@given(NODES)
def test_all_three_find_the_same(reader: Reader, node: Node) -> None:
    query = Query(node)
    expected = by_store(query, reader)
    assert by_opensearch(query) == expected
    assert by_loki(query) == expected


@pytest.mark.parametrize("name", ["DBConnectionError", "oslo_db.exception.DB*", "DBConn*", "dbconnectionerror", "exception"])
def test_an_exception_is_found_by_its_whole_name_or_its_last_part(reader: Reader, name: str) -> None:
    query = parse(f"exception:{name}", NOW)
    assert by_loki(query) == by_opensearch(query) == by_store(query, reader)


@given(st.text(string.printable + "äß\u2028", min_size=1, max_size=30).filter(lambda text: any(map(str.isalnum, text))))
def test_whatever_is_searched_for_stays_inside_its_quotes(text: str) -> None:
    for node in (Words(text), Field("logger", text), Or((Words(text), Field("service", text, prefix=True)))):
        matching(logql.compiled(Query(node)).text)
        json.dumps(dsl.compiled(Query(node)))
    exact = {"log_logger": text}
    assert matching(logql.compiled(Query(Field("logger", text))).text)({"service": "x", **exact}, "")


@pytest.mark.parametrize("level", [name for name in LEVELS if name not in ("notice", "audit")])
def test_no_note_is_made_of_a_level_that_loki_knows(level: str) -> None:
    assert logql.compiled(parse(f"level>={level}", NOW)).notes == ()


@pytest.mark.parametrize("level", ["notice", "10", "18"])
def test_a_finer_level_than_loki_knows_is_told(level: str) -> None:
    made = logql.compiled(parse(f"-level:{level}", NOW))
    assert "six levels" in made.notes[0]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("since:2026-11-23T03:33:01.8085Z", {"gte": "2026-11-23T03:33:01.808500Z"}),
        ("since:1960-01-01", None),
        ("until:1960-01-01", {"lt": "1970-01-01T00:00:00.000000Z"}),
        ("since:2300-01-01", {"gte": "2262-04-11T23:47:16.000000Z"}),
        ("until:9999-12-31", None),
    ],
)
def test_times_are_asked_for_to_the_microsecond_within_what_opensearch_knows(text: str, times: dict[str, str] | None) -> None:
    """A real one answers 400 to a `date_nanos` before 1970 or after April 2262."""
    expected = {"match_all": {}} if times is None else {"bool": {"filter": [{"range": {"@timestamp": times}}]}}
    assert dsl.compiled(parse(text, NOW)) == expected


def test_what_is_asked_is_as_it_was() -> None:
    assert GOLDEN.read_text(encoding="utf-8") == compiled(), "look at the difference, then run make docs"
