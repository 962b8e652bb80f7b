"""Metrics as declared, and the samples of a scrape: only what was declared can be given out."""

import pytest

from exporters.frame.exposition import joined, render
from exporters.metrics import Kind, Metric, Samples

QUEUE = Metric("made_queue", "gauge", "Waiting.", "the queue", ("cluster",))
STATE = Metric("made_state", "stateset", "State.", "the state", ("cluster",), ("up", "down"))
INFO = Metric("made_info", "info", "What it is.", "the banner", ("cluster",), told=("version", "edition"))
SENT = Metric("made_sent_total", "counter", "Sent.", "the counter")


def body(samples: Samples) -> list[str]:
    return sorted(
        line for line in joined(render(samples, 100).metrics, openmetrics=True).decode().splitlines() if line[0] != "#"
    )


@pytest.mark.parametrize(
    ("name", "kind", "labels", "states", "told", "wrong"),
    [
        ("made_x", "gauge", ("instance",), (), (), "label instance is Prometheus' own"),
        ("made_info", "info", (), (), ("pod",), "label pod is Prometheus' own"),
        ("made_x", "counter", (), (), (), "ends in _total"),
        ("made_x_total", "gauge", (), (), (), "only a counter"),
        ("made_x", "info", (), (), (), "in _info"),
        ("made_x", "stateset", (), (), (), "has states"),
        ("made_x", "gauge", (), ("up",), (), "only a state set"),
    ],
)
def test_a_metric_that_breaks_a_rule_cannot_be_declared(
    name: str, kind: Kind, labels: tuple[str, ...], states: tuple[str, ...], told: tuple[str, ...], wrong: str
) -> None:
    with pytest.raises(ValueError, match=wrong):
        Metric(name, kind, "Help.", "source", labels, states, told)


def test_samples_of_all_kinds() -> None:
    samples = Samples()
    samples.add(SENT, 5)
    samples.add(QUEUE, 1, "main")
    samples.add(QUEUE, None, "other")
    samples.add(QUEUE, 2, "second")
    samples.state(STATE, "up", "main")
    samples.state(STATE, None, "other")
    samples.states(STATE, (), "second")
    samples.info(INFO, {"edition": "e", "version": "v"}, "main")
    assert body(samples) == [
        'made_info{cluster="main",edition="e",version="v"} 1.0',
        'made_queue{cluster="main"} 1.0',
        'made_queue{cluster="second"} 2.0',
        "made_sent_total 5.0",
        'made_state{cluster="main",made_state="down"} 0.0',
        'made_state{cluster="main",made_state="up"} 1.0',
        'made_state{cluster="second",made_state="down"} 0.0',
        'made_state{cluster="second",made_state="up"} 0.0',
    ]


def test_what_was_not_declared_is_a_fault() -> None:
    samples = Samples()
    with pytest.raises(ValueError, match="made_state has no state 'sideways'"):
        samples.state(STATE, "sideways", "main")
    with pytest.raises(ValueError, match="made_queue has the labels"):
        samples.add(QUEUE, 1)
