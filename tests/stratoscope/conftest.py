"""What several test modules share."""

import os
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def piped() -> Iterator[Callable[[str], None]]:
    """Puts a text on standard input, which then ends."""
    before = os.dup(0)

    def put(text: str) -> None:
        reading, writing = os.pipe()
        os.write(writing, text.encode())
        os.close(writing)
        os.dup2(reading, 0)
        os.close(reading)

    yield put
    os.dup2(before, 0)
    os.close(before)
