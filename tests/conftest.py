"""What holds for all tests."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with real servers go first: they take the longest, and most of it is waiting, beside which others can run."""
    items.sort(key=lambda item: item.get_closest_marker("servers") is None)
