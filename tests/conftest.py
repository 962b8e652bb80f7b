"""What holds for all tests."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
"""How long an example takes tells what else the machine does, not whether the code is right."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with real servers go first: they take the longest, and most of it is waiting, beside which others can run.

    One that fails is tried once more, and the summary tells of it: servers crash and lose races that are none of ours. What has
    none runs once.
    """
    items.sort(key=lambda item: item.get_closest_marker("servers") is None)
    for item in items:
        if item.get_closest_marker("servers") is not None:
            item.add_marker(pytest.mark.flaky(reruns=1))
