"""Checks keep connections between their looks: what a test has looked with is closed at its end."""

from collections.abc import Iterator

import pytest

from tests.probes.checks.asking import OPEN


@pytest.fixture(autouse=True)
def _close_checks() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()
