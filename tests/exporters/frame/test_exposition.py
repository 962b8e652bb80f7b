"""Our renderer gives what prometheus_client's gives, and knows how to leave something out."""

from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
    UnknownMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from exporters.frame.exposition import joined, render, shares

NO_LIMIT = 1 << 40
texts = st.text('ab"\\\n\r {}=,é€🙂', max_size=6)
KINDS = (GaugeMetricFamily, CounterMetricFamily, UnknownMetricFamily, InfoMetricFamily, StateSetMetricFamily)
numbers = st.one_of(st.integers(-10, 10**9), st.floats().map(lambda value: value + 0.0))  # no -0.0, which we give as 0.0


class Given(Collector):
    """Gives families to prometheus_client."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Family]:
        return self._families


def theirs(families: Iterable[Family], *, form: str) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Given(families))
    generate: Any = openmetrics.generate_latest if form == "openmetrics" else generate_latest
    return bytes(generate(registry))


def ours(families: Iterable[Family], *, form: str) -> bytes:
    return joined(render(families, NO_LIMIT).metrics, openmetrics=form == "openmetrics")


@st.composite
def family(draw: st.DrawFn) -> Family:
    cls: Any = draw(st.sampled_from(KINDS))
    made: Family = cls(draw(st.sampled_from(["a_b", "c_d", "e_f", "g_h"])), draw(texts), labels=("b_label", "a_label"))
    add: Any = made.add_metric  # type: ignore[attr-defined]  # each class has its own
    for labels in draw(st.lists(st.tuples(texts, texts), min_size=1, max_size=4, unique=True)):
        if cls is InfoMetricFamily:
            add(labels, {"told": draw(texts)})
        elif cls is StateSetMetricFamily:
            add(labels, {"up": draw(st.booleans()), "down": draw(st.booleans())})
        else:
            add(labels, draw(numbers))
    return made


@given(st.lists(family(), max_size=4, unique_by=lambda one: one.name), st.sampled_from(["text", "openmetrics"]))
def test_it_gives_what_prometheus_client_gives(families: list[Family], form: str) -> None:
    assert ours(families, form=form) == theirs(families, form=form)


def test_a_family_without_labels_and_one_of_buckets() -> None:
    families = [
        GaugeMetricFamily("a_b", "x", value=3),
        HistogramMetricFamily("c_d", "y", buckets=[("0.1", 1), ("+Inf", 2)], sum_value=5),
    ]
    for form in ("text", "openmetrics"):
        assert ours(families, form=form) == theirs(families, form=form)


def gauge(name: str, count: int) -> Family:
    made = GaugeMetricFamily(name, "x", labels=("n",))
    for number in range(count):
        made.add_metric((f"{number:03}",), number)
    return made


def test_a_negative_zero_is_a_zero_and_not_remembered_as_one() -> None:
    for value in (-0.0, 0.0):
        assert b"a_b 0.0\n" in ours([GaugeMetricFamily("a_b", "x", value=value)], form="text")


def test_metrics_of_one_name_from_several_collectors_become_one() -> None:
    first, second = render([gauge("a_b", 1)], 10), render([gauge("c_d", 1), gauge("a_b", 2)], 10)
    body = joined([*first.metrics, *second.metrics], openmetrics=False).decode()
    assert body.count("# TYPE a_b gauge") == 1
    assert body.index('a_b{n="001"}') < body.index("# HELP c_d")


def test_only_what_is_asked_for_by_either_of_its_names() -> None:
    counter = CounterMetricFamily("e_f", "x", value=1)
    metrics = render([gauge("a_b", 1), gauge("c_d", 1), counter], 10).metrics
    assert joined(metrics, openmetrics=False, names={"a_b"}).count(b"# TYPE") == 1
    assert joined(metrics, openmetrics=False, names={"e_f"}) == joined(metrics, openmetrics=False, names={"e_f_total"}) != b""


def test_beyond_the_limit_the_largest_metrics_are_cut_and_always_the_same_series_stay() -> None:
    large = gauge("a_b", 100)
    made = render([large, gauge("c_d", 5)], 25)
    assert (made.series, made.over_limit) == (25, 80)
    body = joined(made.metrics, openmetrics=False).decode()
    assert body.count("c_d{") == 5
    assert all(f'a_b{{n="{number:03}"}}' in body for number in range(20))
    large.samples.reverse()
    assert render([large, gauge("c_d", 5)], 25).metrics == made.metrics


def test_a_state_set_is_whole_or_not_there() -> None:
    states = StateSetMetricFamily("my_state", "x", labels=("a", "z"))
    for number in range(4):
        states.add_metric((str(number % 2), str(number)), {"up": True, "down": False, "odd": False})
    made = render([states], 8)
    assert (made.series, made.over_limit) == (6, 6)
    lines = made.metrics[0].lines.decode().splitlines()
    assert {line.partition('z="')[2][0] for line in lines} == {"0", "2"}


def test_a_series_that_is_given_twice_is_given_out_once() -> None:
    made = gauge("a_b", 2)
    made.samples.append(made.samples[0])
    assert (render([made], 10).series, render([made], 10).duplicates) == (2, 1)


@given(st.lists(st.integers(0, 50)), st.integers(0, 200))
def test_shares_use_the_limit_up_and_nobody_gets_less_than_a_larger_one_gets(sizes: list[int], limit: int) -> None:
    got = shares(sizes, limit)
    assert sum(got) == min(sum(sizes), limit) or sum(got) > limit - len(sizes)
    assert sum(got) <= limit
    assert all(a <= b for a, b in zip(got, sizes, strict=True))
    cut = [a for a, b in zip(got, sizes, strict=True) if a < b]
    assert all(a <= most + 1 for a in got for most in cut[:1])
