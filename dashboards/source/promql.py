"""Queries that come again and again, as functions. Which matchers they need is not their concern: see `scope`."""

from dashboards.source import known


def rate(counter: str, *by: str, of: str = "sum") -> str:
    """A second, over the time that Grafana finds right, added up for each set of the labels `by`."""
    return f"{of} {_by(by)}(rate({counter}[$__rate_interval]))"


def both(one: str, other: str, *by: str) -> str:
    """Two counters added up, a second."""
    return f"{rate(one, *by)} + {rate(other, *by)}"


def increase(counter: str, *by: str) -> str:
    """Of each interval that is drawn."""
    return f"sum {_by(by)}(increase({counter}[$__rate_interval]))"


def most(expr: str) -> str:
    """The ten series with most."""
    return f"topk(10, {expr})"


def least(expr: str) -> str:
    """The ten series with least."""
    return f"bottomk(10, {expr})"


def slowest(histogram: str, *by: str) -> str:
    """What 90 % took at most."""
    return f"histogram_quantile(0.9, {rate(f'{histogram}_bucket', *by, 'le')})"


def failed_share(*by: str) -> str:
    """Share of API requests that were answered with 5xx; 0 where there were requests and none failed."""
    failed, every = 'openstack_api_requests_total{code=~"5.."}', "openstack_api_requests_total"
    return f"({rate(failed, *by)} or 0 * {rate(every, *by)}) / {rate(every, *by)}"


def grown(counter: str, *by: str) -> str:
    """Of the time shown. A series that is new counts from 0, if its process was there before."""
    new = f"{counter} unless {counter} offset $__range and on (job, instance) up offset $__range == 1"
    return f"sum {_by(by)}(({new}) or increase({counter}[$__range]))"


def _by(labels: tuple[str, ...]) -> str:
    return f"by ({', '.join(labels)}) " if labels else ""


def added(selector: str, *by: str) -> str:
    """A gauge added up over all processes that give it out, each of which tells of itself."""
    return f"sum {_by(by)}({selector})"


def total(selector: str, *by: str) -> str:
    """A gauge added up, each thing once though two exporters may tell of it."""
    name, _, _ = selector.partition("{")
    each = ", ".join(sorted(known.labels()[name]))
    return f"sum {_by(by)}(max by ({each}) ({selector}))"
