"""A mount that answers, hangs, comes back and dies: FUSE of the real kernel."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.checks import mount
from probes.checks.mount import Settings
from probes.model import Context, Finding
from tests.probes.checks.mount.looks import FORKING, children, looked
from tests.servers.fuse import Fuse
from tests.servers.process import wait_until

pytestmark = [pytest.mark.filterwarnings(FORKING), pytest.mark.servers]


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Fuse]:
    with Fuse(tmp_path / "instances") as made:
        yield made


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_one_that_answers(mounted: Fuse) -> None:
    check = mount.make(Settings(mounted.folder, timeout=60), Context("service"))
    found = looked(check)
    assert found.finding is Finding.FINE
    assert f"{mounted.folder} (fuse.hanging hanging:/export on {mounted.folder}) answers in" in found.text
    assert found.text.endswith("25% free")
    assert found.figures["mount_bytes"] == 4096_000


def test_one_that_hangs_hangs_one_child_only_until_it_comes_back(mounted: Fuse) -> None:
    before = children()
    check = mount.make(Settings(mounted.folder, timeout=0.3), Context("service"))
    mounted.hang()
    for _ in range(3):
        found = looked(check)
        assert found.finding is Finding.DEPENDENCY
        assert found.about == str(mounted.folder)
    assert "does not answer for" in found.text
    assert found.figures["mount_silent_seconds"] >= 0.9
    (hung,) = children() - before
    assert state(hung) == "D"
    assert len(list(Path(f"/proc/{hung}/fd").iterdir())) == 1  # the pipe, and nothing else of ours
    mounted.go_on()
    patient = mount.make(Settings(mounted.folder, timeout=60), Context("service"))
    assert looked(patient).finding is Finding.FINE
    wait_until(lambda: looked(check).finding is Finding.FINE, "it answers to the first one again")
    assert children() == before


def test_one_whose_servers_are_gone_for_good(mounted: Fuse) -> None:
    check = mount.make(Settings(mounted.folder, timeout=60), Context("service"))
    mounted.die()
    found = looked(check)
    assert (found.finding, found.about) == (Finding.DEPENDENCY, str(mounted.folder))
    assert "answers with an error: " in found.text


def test_the_deadline_of_a_look_counts_where_it_is_nearer(mounted: Fuse) -> None:
    check = mount.make(Settings(mounted.folder, timeout=3600), Context("service"))
    mounted.hang()
    assert looked(check, 0.5).finding is Finding.DEPENDENCY
    check.close()


def test_the_exit_of_the_probe_is_not_held_up(mounted: Fuse) -> None:
    """A process that has looked at a hung mount ends, and its output does too: the child holds nothing of it."""
    mounted.hang()
    code = (
        "import sys; from pathlib import Path\n"
        "from clients.model import Deadline; from probes.checks import mount; from probes.model import Context\n"
        f"check = mount.make(mount.Settings(Path({str(mounted.folder)!r}), 0.2), Context('service'))\n"
        "print(*[one.finding for one in check.look(Deadline.after(9))], flush=True)\n"
        "check.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout == "dependency\n"
