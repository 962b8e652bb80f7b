"""Faults on real servers, seen by a real Prometheus with our rules."""

import pytest

from tests.dashboards.live.cloud import Cloud

pytestmark = pytest.mark.servers


def test_a_healthy_cloud_fires_nothing(cloud: Cloud) -> None:
    assert cloud.prometheus.query('ALERTS{alertstate="firing"}') == []
