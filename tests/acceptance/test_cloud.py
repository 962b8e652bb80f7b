"""Every event of a real cloud's text logs must equal oslo.log's own JSON record of it, in every field that both carry."""

import os
from pathlib import Path

import pytest

from tests.acceptance.cloud import compare, records, services
from tests.acceptance.conftest import REAL_LOGS

SHIPPED = Path(__file__).parents[1] / "data" / "cloud"
FOLDERS = [SHIPPED, *([Path(os.environ[REAL_LOGS])] if REAL_LOGS in os.environ else [])]


@pytest.mark.parametrize(("folder", "service"), [(folder, service) for folder in FOLDERS for service in services(folder)])
def test_events_are_the_records(folder: Path, service: str) -> None:
    wrong = compare(folder, service)
    assert not wrong, f"{len(wrong)} differences; the first are\n" + "\n".join(wrong[:20])


def test_the_shipped_cut_is_worth_comparing() -> None:
    found = [record for service in services(SHIPPED) for _, record in records(SHIPPED, service).values()]
    assert len(found) == 430
    assert sum(bool(record["traceback"]) for record in found) > 80


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_has_services(folder: Path) -> None:
    assert services(folder), f"{folder} has no NAME.map.tsv"
