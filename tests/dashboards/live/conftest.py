"""One cloud for the live tests, with the alert rules loaded; it ends with them, as it takes a third of a processor."""

from collections.abc import Iterator

import pytest

from tests.dashboards.live.cloud import Cloud
from tests.dashboards.live.paced import paced


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    with Cloud.made(folder, paced(folder / "rules")) as made:
        yield made
