"""What a page asks: the same as a walk over all events would tell, or said to be an estimate."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.model import Deadline
from parsers.model import Event
from stratoscope.query import And, Field, Node, Not, Or, Query, Range, Words, parse
from stratoscope.store import histogram
from stratoscope.store.reader import Reader
from stratoscope.store.tallied import is_tallied, matches
from stratoscope.store.tallies import level_of
from stratoscope.store.views import HOSTS, LEVELS, Histogram
from stratoscope.store.writer import Writer
from tests.stratoscope.made import NOW, event, failed, progress
from tests.stratoscope.store.sums import MINUTES, PARTS, sums
from tests.stratoscope.store.sums import START as SUMS_START

START = 1_795_402_800.0
"""2026-11-23 03:00."""
SERVICES = ("nova-compute", "nova", "keystone", "Glance-api", "")
SEVERITIES = (9, 10, 13, 17, 21, 5, 1, 0)


def made(number: int) -> Event:
    time = f"2026-11-23T{3 + number // 600:02d}:{number // 10 % 60:02d}:{number % 10 * 6:02d}Z"
    one = event(
        f"number{number} {'odd' if number % 2 else 'even'}",
        number,
        timestamp=time,
        service=SERVICES[number % 5],
        severity=SEVERITIES[number % 8],
        attributes={"openstack.request_id": f"req-{number // 4}", "openstack.instance_uuid": f"5f1c-{number // 100}"},
    )
    if not SERVICES[number % 5]:
        del one["resource"]["service.name"]
    return one


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,800 events in three hours, and 90 failures of two kinds in the last."""
    path = tmp_path_factory.mktemp("views") / "events.db"
    with Writer(path) as writer:
        writer.store([progress([made(number) for number in range(1800)])], NOW)
        failures = [failed(f"failed {n}", 5000 + n, f"2026-11:{'often' if n % 3 else 'seldom'}") for n in range(90)]
        for number, one in enumerate(failures):
            one["timestamp"] = f"2026-11-23T05:{number // 2:02d}:30Z"
            one["resource"] = {"service.name": f"nova-{number % 2}", "host.name": f"cmp{number % 7}"}
        writer.store([progress(failures, identity="2-2-02")], NOW)
    return path


def walked(store: Path, query: Query, buckets: int) -> list[Counter[int]]:
    """The histogram of the three hours, by looking at all."""
    counts: list[Counter[int]] = [Counter() for _ in range(buckets)]
    with Reader(store) as reader:
        for hit in reader.search(query, 10_000):
            counts[int((hit.time - START) / (10_800 / buckets))][level_of(hit.event)] += 1
    return counts


def told(histogram: Histogram) -> list[Counter[int]]:
    return [+Counter(dict(zip(LEVELS, counts, strict=True))) for counts in histogram.counts]


@pytest.mark.parametrize(
    "text", ["", "service:nova", "level>=warning", "-level:info service:keystone", "odd", "odd -number17", "level:notice"]
)
@pytest.mark.parametrize("buckets", [3, 60, 540])
def test_a_histogram_is_what_a_walk_counts(store: Path, text: str, buckets: int) -> None:
    query = parse(text, NOW)
    with Reader(store) as reader:
        found = reader.histogram(query, START, START + 10_800, buckets)
    assert told(found) == walked(store, query, buckets)
    assert (found.estimated, found.counted_from, found.start, found.width) == (False, None, START, 10_800 / buckets)


def test_a_histogram_keeps_to_the_times_of_its_search(store: Path) -> None:
    query = parse("odd since:2026-11-23T03:30 until:2026-11-23T04:15", NOW)
    with Reader(store) as reader:
        found = reader.histogram(query, START, START + 10_800, 12)
    assert [sum(counts) for counts in found.counts] == [0, 0, 75, 75, 75, 0, 0, 0, 0, 0, 0, 0]


def test_minutes_that_an_edge_cuts_are_shared_out_and_that_is_said(store: Path) -> None:
    with Reader(store) as reader:
        found = reader.histogram(Query(), START + 30, START + 30 + 3600, 10)
    assert found.estimated
    assert 560 <= sum(map(sum, found.counts)) <= 640


def test_where_there_are_many_a_stretch_is_counted_and_multiplied(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histogram, "_SAMPLE", 10)
    with Reader(store) as reader:
        found = reader.histogram(parse("number*", NOW), START, START + 7200, 4)
    assert found.estimated
    assert all(200 <= sum(counts) <= 400 for counts in found.counts)  # 300 there are


def test_a_histogram_whose_time_is_up_says_from_when_on_it_counted(store: Path) -> None:
    with Reader(store) as reader:
        found = reader.histogram(parse("odd", NOW), START, START + 10_800, 12, Deadline(0.0, lambda: 1.0))
    assert found.counted_from == START + 11 * 900
    assert [bool(sum(counts)) for counts in found.counts] == [False] * 11 + [True]


TREES = st.recursive(
    st.one_of(
        st.builds(
            Field,
            st.just("service"),
            st.sampled_from(["nova", "NOVA-compute", "glance", "glance-api", "n", "k"]),
            st.booleans(),
        ),
        st.builds(Range, st.just("level"), st.integers(1, 24), st.integers(1, 24)),
    ),
    lambda nodes: st.one_of(
        st.builds(Not, nodes),
        st.builds(And, st.lists(nodes, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(nodes, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


@given(TREES)
@settings(deadline=None, max_examples=40)
def test_the_sums_answer_as_the_index_does(store: Path, node: Node) -> None:
    assert is_tallied(node)
    with Reader(store) as reader:
        events = [hit.event for hit in reader.search(Query(None, until=START + 3600), 1000)]
        found = {hit.event["body"] for hit in reader.search(Query(node, until=START + 3600), 1000)}
    expected = [one for one in events if matches(node, one["resource"].get("service.name", ""), one["severity_number"])]
    assert found == {one["body"] for one in expected}


def test_other_searches_are_not_for_the_sums() -> None:
    assert is_tallied(None)
    assert not is_tallied(And((Range("level", 1, 2), Words("x"))))
    assert not is_tallied(Not(Field("host", "x")))
    assert not is_tallied(Range("status", 500, 599))


def test_facets_tell_the_most_frequent_values_and_over_how_many(store: Path) -> None:
    with Reader(store) as reader:
        found = reader.facets(parse("failed", NOW), top=3)
        some = reader.facets(Query(), newest=10)
        late = reader.facets(parse("nowhere", NOW), 10, 10, Deadline(0.0, lambda: 1.0))
    assert (found.over, found.complete) == (90, True)
    assert found.values == {
        "service": [("nova-0", 45), ("nova-1", 45)],
        "level": [("error", 90)],
        "host": [("cmp0", 13), ("cmp1", 13), ("cmp2", 13)],
        "logger": [("nova.compute.manager", 90)],
        "dependency": [("galera", 90)],
    }
    assert (some.over, some.complete) == (10, False)
    assert (late.over, late.complete) == (0, True)  # all of it is one slice


def test_errors_are_told_by_fingerprint(store: Path) -> None:
    with Reader(store) as reader:
        often, seldom = reader.errors(START, START + 10_800, 6, new_since=START + 7200).groups
        newest = reader.event(often.newest)
    assert (often.fingerprint, often.count, seldom.count) == ("2026-11:often", 60, 30)
    assert often.trend == (0, 0, 0, 0, 40, 20)
    assert often.services == (("nova-0", 30), ("nova-1", 30))
    assert dict(often.hosts) == Counter(f"cmp{number % 7}" for number in range(90) if number % 3)
    assert (often.dependency, often.severity, often.new) == ("galera", 17, True)
    assert newest is not None
    assert newest.event["body"] == "failed 89"
    assert often.last - often.first == pytest.approx(44 * 60, abs=0.001)


def test_errors_of_another_time_and_of_another_severity_are_left_out(store: Path) -> None:
    with Reader(store) as reader:
        assert reader.errors(START, START + 3600).groups == []
        assert reader.errors(START, START + 10_800, least=21).groups == []
        assert [one.count for one in reader.errors(START + 7200, START + 9000).groups] == [40, 20]
        assert len(reader.errors(START, START + 10_800, limit=1).groups) == 1


def test_of_the_hosts_of_an_error_the_first_are_kept(tmp_path: Path) -> None:
    with Writer(tmp_path / "events.db") as writer:
        for start in (0, 0, HOSTS):
            events = [failed("x", n) for n in range(HOSTS)]
            for number, one in enumerate(events):
                one["resource"]["host.name"] = f"h{start + number}"
                one["source"]["first_offset"] += start
            writer.store([progress(events, identity=f"{len(writer.positions())}-1-1")], NOW)
    with Reader(tmp_path / "events.db") as reader:
        (group,) = reader.errors(START, START + 10_800).groups
    assert group.count == 3 * HOSTS
    assert dict(group.hosts) == {f"h{number}": 2 for number in range(HOSTS)}


def test_dependencies_are_told_by_service_and_time(store: Path) -> None:
    with Reader(store) as reader:
        found = reader.dependencies(START, START + 10_800, 3).blames
        assert reader.dependencies(START, START + 3600).blames == []
    assert [(one.dependency, one.service, one.count, one.trend) for one in found] == [
        ("galera", "nova-0", 45, (0, 0, 45)),
        ("galera", "nova-1", 45, (0, 0, 45)),
    ]
    assert found[0].last == pytest.approx(START + 7200 + 44 * 60 + 30, abs=0.001)


def test_a_story_is_in_the_order_of_time(store: Path) -> None:
    with Reader(store) as reader:
        request = reader.story("req-7")
        server = reader.story("5f1c-3", limit=60)
        assert reader.story("7") == request
        assert reader.story("nobody").hits == []
    assert [hit.event["body"].split()[0] for hit in request.hits] == ["number28", "number29", "number30", "number31"]
    assert not request.more
    assert [hit.event["source"]["first_offset"] for hit in server.hits] == list(range(340, 400))
    assert server.more


def test_sums_stop_in_time_and_say_so(tmp_path: Path) -> None:
    sums(tmp_path / "events.db", 60)
    looks = 0

    def clock() -> float:
        nonlocal looks
        looks += 1
        return float(looks)

    until = SUMS_START + PARTS * MINUTES * 60
    with Reader(tmp_path / "events.db") as reader:
        whole = reader.errors(SUMS_START, until, PARTS, deadline=Deadline(1e9, clock))
        errors = reader.errors(SUMS_START, until, PARTS, deadline=Deadline(looks + 2.0, clock))
        blamed = reader.dependencies(SUMS_START, until, PARTS)
        blames = reader.dependencies(SUMS_START, until, PARTS, Deadline(looks + 2.0, clock))
        lines = reader.histogram(Query(), SUMS_START, until, PARTS)
        some = reader.histogram(Query(), SUMS_START, until, PARTS, Deadline(looks + 2.0, clock))
        assert reader.totals().events == PARTS, "the next question has all the time it needs"
    assert (whole.complete, len(whole.groups), whole.groups[0].trend) == (True, 50, (MINUTES,) * PARTS)
    assert (errors.complete, len(errors.groups)) == (False, 50)
    assert errors.groups[0].trend[0] == 0, "the oldest part was not come to"
    assert 0 < errors.groups[0].trend[-1] <= MINUTES
    assert (blamed.complete, sum(one.count for one in blamed.blames)) == (True, 60 * MINUTES * PARTS)
    assert lines.counted_from is None
    assert [sum(bucket) for bucket in lines.counts] == [60 * MINUTES] * PARTS
    assert some.counted_from is not None
    assert SUMS_START < some.counted_from <= until
    assert 0 < sum(map(sum, some.counts)) < 60 * MINUTES * PARTS
    assert not blames.complete
    assert 0 < sum(one.count for one in blames.blames) < 60 * MINUTES * PARTS
