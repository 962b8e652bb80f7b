"""The file for which oslo.middleware answers 503."""

from pathlib import Path

import pytest

from clients.model import RefusedError
from probes.drain.file import make
from probes.drain.settings import FileSettings
from probes.model import Context
from tests.probes.soon import soon

CONTEXT = Context("neutron-server")


def test_it_is_made_and_removed(tmp_path: Path) -> None:
    action = make(FileSettings(tmp_path / "disabled"), CONTEXT)
    assert action.permitted(soon()).done
    action.begin(soon())
    assert (tmp_path / "disabled").exists()
    assert action.look(soon()).done
    assert action.begin(soon()).endswith("was there already"), "asked again, nothing changes"
    action.undo(soon())
    assert not (tmp_path / "disabled").exists()


def test_one_that_an_operator_has_made_stays(tmp_path: Path) -> None:
    (tmp_path / "disabled").touch()
    action = make(FileSettings(tmp_path / "disabled"), CONTEXT)
    action.begin(soon())
    assert action.undo(soon()).endswith("is not ours, and stays")
    assert (tmp_path / "disabled").exists()


def test_one_that_is_gone_already_is_no_failure_to_undo(tmp_path: Path) -> None:
    action = make(FileSettings(tmp_path / "disabled"), CONTEXT)
    action.begin(soon())
    (tmp_path / "disabled").unlink()
    action.undo(soon())


def test_a_folder_that_is_not_shared_is_told(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no such file or directory; share its folder"):
        make(FileSettings(tmp_path / "none" / "disabled"), CONTEXT).begin(soon())


def test_a_path_must_be_absolute() -> None:
    assert [key for key, _ in FileSettings(Path("disabled")).mistakes()] == ["path"]
