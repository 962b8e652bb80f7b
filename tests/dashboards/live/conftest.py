"""One cloud for all live tests of a process, with the alert rules loaded."""

from collections.abc import Iterator

import pytest

from tests.dashboards.live.cloud import Cloud
from tests.dashboards.live.paced import paced


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    with Cloud.made(folder, paced(folder / "rules")) as made:
        yield made
