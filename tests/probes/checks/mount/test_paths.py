"""Paths that are no mount that hangs."""

from pathlib import Path

import pytest

from probes.checks import mount
from probes.checks.mount import Settings
from probes.model import Context, Finding
from tests.probes.checks.mount.looks import FORKING, children, looked

pytestmark = pytest.mark.filterwarnings(FORKING)


def test_a_local_path_answers(tmp_path: Path) -> None:
    before = children()
    check = mount.make(Settings(tmp_path, timeout=60), Context("service"))
    found = looked(check)
    assert found.finding is Finding.FINE
    assert "answers in" in found.text
    assert 0 < found.figures["mount_free_bytes"] < found.figures["mount_bytes"]
    assert children() == before
    check.close()


def test_a_path_that_is_not_there_is_a_fault_of_ours(tmp_path: Path) -> None:
    found = looked(mount.make(Settings(tmp_path / "none", timeout=60), Context("service")))
    assert found.finding is Finding.UNKNOWN
    assert "no such file or directory; mount it where the probe runs" in found.text


def test_what_cannot_be_right() -> None:
    assert list(Settings().mistakes()) == []
    assert [key for key, _ in Settings(Path("x"), timeout=0).mistakes()] == ["path", "timeout"]
