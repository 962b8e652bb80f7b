"""The store, on real files: nothing lost, nothing twice, found again in the order of time."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratoscope.query import And, Field, Node, Not, Or, Query, QueryError, Range, Words, parse
from stratoscope.store import schema
from stratoscope.store.reader import Reader
from stratoscope.store.records import pack, unpack
from stratoscope.store.schema import StoreError
from stratoscope.store.terms import tag
from stratoscope.store.writer import Writer
from tests.stratoscope.made import FILE, NOW, bodies, event, failed, progress


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "state" / "events.db"


@pytest.fixture
def full(store: Path) -> Path:
    """Three services, one failure."""
    with Writer(store) as writer:
        events = [
            event("Starting compute node", 0, timestamp="2026-11-23T03:00:00Z"),
            event("GET /v2.1 status 503", 10, service="nova-api", attributes={"http.response.status_code": 503}),
            failed("Unexpected error in nova-conductor", 20),
            event("Größe <b>", 30, service="keystone", severity=13, attributes={"openstack.request_id": "req-5f1c-11"}),
        ]
        writer.store([progress(events)], NOW)
    return store


def test_events_come_back_as_they_went_in_newest_first(store: Path) -> None:
    events = [event(f"number {second}", second, timestamp=f"2026-11-23T03:33:{second:02d}Z") for second in (5, 1, 9)]
    with Writer(store) as writer:
        assert writer.store([progress(events)], NOW).added == 3
    with Reader(store) as reader:
        found = [hit.event for hit in reader.search(Query())]
    assert found == [events[2], events[0], events[1]]


def test_events_of_one_moment_stay_in_the_order_of_the_file_even_beyond_the_slot(store: Path) -> None:
    with Writer(store) as writer:
        for batch in range(3):
            writer.store([progress([event(str(batch * 900 + i), batch * 900 + i) for i in range(900)])], NOW)
    assert [int(body) for body in bodies(store, limit=3000)] == list(range(2699, -1, -1))


def test_an_event_without_a_time_stands_behind_the_one_before_it(store: Path) -> None:
    first = [event("a", 0, timestamp="2026-11-23T03:00:00Z"), event("b", 1, timestamp=None)]
    second = [event("c", 2, timestamp=None), event("d", 3, timestamp="2026-11-23T04:00:00Z")]
    with Writer(store) as writer:
        writer.store([progress(first)], NOW)
        writer.store([progress(second)], NOW)
    assert bodies(store) == ["d", "c", "b", "a"]
    assert bodies(store, "until:2026-11-23T03:30") == ["c", "b", "a"]


def test_an_event_without_any_time_near_it_stands_at_the_time_of_reading(store: Path) -> None:
    with Writer(store) as writer:
        writer.store([progress([event(timestamp=None)])], NOW)
    with Reader(store) as reader:
        assert [hit.time for hit in reader.search(Query())] == [NOW]


def test_repeats_are_stored_once_and_two_records_of_one_torn_line_both(store: Path) -> None:
    with Writer(store) as writer:
        stored = writer.store([progress([event("a", 0), event("b", 5), event("torn", 5), event("a", 0)])], NOW)
        assert (stored.added, stored.repeated) == (3, 1)
        stored = writer.store([progress([event("b", 5), event("c", 9)])], NOW)
        assert (stored.added, stored.repeated) == (1, 1)
        writer.store([progress([event("a", 0)], identity="another-file-1")], NOW)
    assert sorted(bodies(store)) == ["a", "a", "b", "c", "torn"]


def test_positions_and_events_are_stored_together_or_not_at_all(store: Path) -> None:
    with Writer(store) as writer:
        writer.store([progress([event("a")], offset=10)], NOW)
        blocked = sqlite3.connect(store, isolation_level=None)
        blocked.execute("CREATE TRIGGER no_more BEFORE UPDATE ON source WHEN new.newest != old.newest "
                        "BEGIN SELECT raise(ABORT, 'disk full'); END")  # fmt: skip
        blocked.close()
        with pytest.raises(StoreError, match="disk full; nothing of this batch was stored"):
            writer.store([progress([event("b", 10, timestamp="2026-11-24T00:00:00Z")], offset=20)], NOW)
        assert writer.positions()[FILE].offset == 10
        assert bodies(store) == ["a"]


def test_positions_are_known_after_opening_again(store: Path) -> None:
    with Writer(store) as writer:
        writer.store([progress([], offset=77)], NOW)
    with Writer(store) as writer:
        position = writer.positions()[FILE]
    assert (position.offset, position.line, position.path) == (77, 2, "/var/log/nova.log")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4), ("starting", 1), ("STARTING node", 1), ('"compute starting"', 0), ('"starting compute"', 1), ("start*", 1),
        ("grosse OR größe", 1), ("lost connection", 1), ("zebra", 0), ("-starting", 3), ("nova-conductor", 1),
        ("conductor-nova", 0),
        ("service:nova", 3), ("service:nova-api", 1), ("service:NOVA-API", 1), ("service:nov*", 3), ("service:nov", 0),
        ("logger:nova.compute*", 4), ("logger:nova.compute", 0), ("host:cmp1", 4), ("host:cmp", 0),
        ("file:/var/log/nova.log", 4),
        ("level>=ERROR", 1), ("level>=warning", 2), ("level:info", 2), ("level<warning", 2), ("level>critical", 0),
        ("status>=500", 1), ("status:503", 1), ("status:5xx", 1), ("status<503", 0), ("-status:5xx", 3),
        ("request_id:req-5f1c-11", 1), ("request_id:5f1c-11", 1), ("request_id:req-5f1c*", 1), ("fingerprint:2026-11:abc", 1),
        ("exception:DBConnectionError", 1), ("exception:oslo_db.exception.DBConnectionError", 1),
        ("exception:OperationalError", 1),
        ("exception:Error", 0), ("dependency:galera", 1), ("format:oslo.text", 4), ("quality:torn_repaired", 0),
        ("service:nova level>=ERROR OR service:keystone", 2), ("service:nova -level>=ERROR", 2),
        ("-(service:nova OR größe)", 0),
        ("since:2026-11-23T03:30", 3), ("until:2026-11-23T03:30 starting", 1), ("zz", 0), ("svnova", 0), ("tags", 0),
    ],
)  # fmt: skip
def test_searches(full: Path, query: str, count: int) -> None:
    assert len(bodies(full, query)) == count


NODES = st.recursive(
    st.one_of(
        st.builds(Words, st.sampled_from(["starting", "status", "Größe", 'a"b', "zebra"]), st.booleans()),
        st.builds(Field, st.sampled_from(["service", "host", "exception"]), st.sampled_from(["nova", "cmp1", "x", "keystone"])),
        st.builds(Range, st.just("level"), st.integers(1, 24), st.integers(1, 24)),
        st.builds(Range, st.just("status"), st.integers(100, 599), st.integers(100, 599)),
    ),
    lambda nodes: st.one_of(
        st.builds(Not, nodes),
        st.builds(And, st.lists(nodes, min_size=2, max_size=4).map(tuple)),
        st.builds(Or, st.lists(nodes, min_size=2, max_size=4).map(tuple)),
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    store = tmp_path_factory.mktemp("store") / "events.db"
    with Writer(store) as writer:
        events = [event(f"starting status Größe {i}"[: 9 + i], i, severity=i % 24 + 1) for i in range(30)]
        events += [
            event("x", 100 + i, service="keystone", attributes={"http.response.status_code": 100 + i * 7}) for i in range(70)
        ]
        writer.store([progress(events)], NOW)
    with Reader(store) as reader:
        yield reader


class TestSearchIsSetAlgebra:
    """NOT is everything else, AND the intersection, OR the union; SQLite takes every tree."""

    @given(NODES, NODES)
    @settings(deadline=None)
    def test_of_any_two_trees(self, reader: Reader, one: Node, two: Node) -> None:
        def rows(node: Node | None) -> set[int]:
            return {hit.row for hit in reader.search(Query(node), 1000)}

        assert rows(Not(one)) == rows(None) - rows(one)
        assert rows(And((one, two))) == rows(one) & rows(two)
        assert rows(Or((one, two))) == rows(one) | rows(two)

    @given(st.text(max_size=40))
    @settings(deadline=None)
    def test_any_text_can_be_asked(self, reader: Reader, text: str) -> None:
        for asked in (text, f'service:"{text}"', f'x "{text}"'):
            try:
                query = parse(asked, NOW)
            except QueryError:
                continue
            reader.search(query)

    def test_the_deepest_search_that_the_language_allows(self, reader: Reader) -> None:
        assert len(reader.search(parse("(x OR y -" * 10 + "z" + ")" * 10, NOW), 1000)) == 70
        assert reader.search(parse("-" * 20 + "zebra", NOW)) == []
        assert reader.search(parse("status>=101 status<=598 " * 20 + "zebra", NOW)) == []


VALUES = st.one_of(st.text(max_size=20), st.text("0aAxX-", max_size=20), st.uuids().map(str))
"""Most values of fields are of few characters; small letters and digits but x take a shorter way."""


@given(VALUES, VALUES)
def test_different_values_have_different_tags_that_begin_alike(one: str, two: str) -> None:
    assert tag("sv", one + two).startswith(tag("sv", one)) or (one + two).casefold()[: len(one.casefold())] != one.casefold()
    assert (tag("sv", one) == tag("sv", two)) == (one.casefold() == two.casefold())


def test_pages_go_on_where_the_one_before_ended(store: Path) -> None:
    with Writer(store) as writer:
        writer.store([progress([event(str(i), i) for i in range(10)])], NOW)
    with Reader(store) as reader:
        first = reader.search(Query(), 4)
        second = reader.search(Query(), 4, first[-1].row)
    assert [hit.event["body"] for hit in first + second] == ["9", "8", "7", "6", "5", "4", "3", "2"]


def test_sums(full: Path) -> None:
    with Reader(full) as reader:
        services = {service.service: (service.events, service.warnings, service.errors) for service in reader.services()}
        (problem,) = reader.problems()
        totals = reader.totals()
    assert services == {"nova-compute": (2, 0, 1), "nova-api": (1, 0, 0), "keystone": (1, 1, 0)}
    assert (problem.count, problem.fingerprint, problem.dependency, problem.severity) == (1, "2026-11:abc", "galera", 17)
    assert problem.exception == "oslo_db.exception.DBConnectionError"
    assert (totals.events, totals.files, totals.dropped) == (4, 1, 0)


def test_the_oldest_events_are_dropped_at_the_bound_and_counted(store: Path) -> None:
    with Writer(store, max_size=1 << 20) as writer:
        for batch in range(30):
            events = [
                event(f"word{number} {number:x}" * 20, number, timestamp=f"2026-11-23T03:33:{number / 200:09.6f}Z")
                for number in range(batch * 200, batch * 200 + 200)
            ]
            writer.store([progress(events)], NOW)
    with Reader(store) as reader:
        totals = reader.totals()
        kept = [hit.event["source"]["first_offset"] for hit in reader.search(Query(), 10_000)]
        found = reader.search(parse("word*", NOW), 10_000)
    assert totals.dropped > 0
    assert totals.events == len(kept) == len(found) == 6000 - totals.dropped
    assert kept == list(range(5999, totals.dropped - 1, -1))
    assert bodies(store, "word0") == []
    with sqlite3.connect(store) as db:
        db.execute("INSERT INTO text_30 (text_30) VALUES ('integrity-check')")
    db.close()


@pytest.mark.parametrize(
    "attributes",
    [
        {"half": "\ud83d"}, {"\ud83d": 1}, {"big": 1 << 80}, {"not": float("nan"), "half": "\udfff"}, {"key": {5: "x"}},
        {"deep": __import__("functools").reduce(lambda inner, _: [inner], range(900), "x")},
    ],
    ids=["half", "key", "big", "nan", "number", "deep"],
)  # fmt: skip
def test_what_json_cannot_carry_does_not_stop_the_store(store: Path, attributes: dict[str, object]) -> None:
    with Writer(store) as writer:
        writer.store([progress([event("half \ud83d", attributes=attributes)])], NOW)
    assert bodies(store) == ["half \\ud83d"]


def test_long_events_are_packed() -> None:
    long = event("x" * 5000)
    made, data = pack(long)
    assert len(data) < 1000
    assert unpack(data) == made == long


def test_no_store_is_an_error_that_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="`stratoscope run` makes one"):
        Reader(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="database of another program"):
        Writer(path)
    assert path.read_bytes() == before


def test_a_text_file_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Nothing to do with it. " * 100)
    with pytest.raises(StoreError, match="cannot be used as a store: file is not a database"):
        Writer(path)


def test_a_store_of_a_newer_version_is_refused(store: Path) -> None:
    Writer(store).close()
    with sqlite3.connect(store) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer stratoscope"):
        Reader(store)


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written: File exists; name another place with --store"):
        Writer(tmp_path / "file" / "events.db")


def test_only_the_owner_can_read_the_store(store: Path) -> None:
    Writer(store).close()
    assert os.stat(store).st_mode & 0o777 == 0o600  # noqa: PTH116
    assert os.stat(store.parent).st_mode & 0o777 == 0o700  # noqa: PTH116


def test_the_default_place_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/srv/state")
    assert schema.default_path() == Path("/srv/state/stratoscope/events.db")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/me")
    assert schema.default_path() == Path("/home/me/.local/state/stratoscope/events.db")


@given(st.integers(-(10**16), 10**16))
def test_a_row_id_is_a_time(microseconds: int) -> None:
    row = schema.row_of_us(microseconds)
    assert schema.LEAST <= row < 2**63 - 1
    if abs(microseconds) < 8 * 10**15:
        assert schema.time_of(row) == microseconds / 1_000_000
