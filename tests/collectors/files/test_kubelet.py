"""The files of pods: the kubelet's scheme of rotation, restarts, and the links beside it."""

import gzip
from pathlib import Path

from tests.collectors.files.logs import Watched, complaints, lines

POD = "openstack_nova-compute-default-x2x4q_5f0f1c1e-7d0e-4c7e-9a55-0b6a4d1f3c11"


class Container:
    """Logs into `pods`, rotated as the kubelet does (pkg/kubelet/logs/container_log_manager.go), and links in `containers`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "pods" / POD / "nova-compute"
        self.folder.mkdir(parents=True)
        self.links = folder / "containers"
        self.links.mkdir()
        self.restarts = 0
        self.written = 0
        self.begin()

    def begin(self) -> None:
        self.path.touch()
        name = f"nova-compute-default-x2x4q_openstack_nova-compute-{self.restarts:064x}.log"
        (self.links / name).symlink_to(self.path)

    @property
    def path(self) -> Path:
        return self.folder / f"{self.restarts}.log"

    def write(self, count: int) -> None:
        with self.path.open("ab") as file:
            file.write(lines(self.written + 1, self.written + count))
        self.written += count

    def rotate(self, moment: str) -> None:
        for old in self.folder.glob(f"{self.path.name}.*[0-9]"):
            Path(f"{old}.gz").write_bytes(gzip.compress(old.read_bytes()))
            old.unlink()
        self.path.rename(f"{self.path}.20261126-{moment}")
        self.path.touch()

    def restart(self) -> None:
        self.restarts += 1
        self.begin()


def test_rotation_packing_and_a_restart_of_the_container_lose_and_repeat_nothing(tmp_path: Path) -> None:
    container = Container(tmp_path)
    watched = Watched(tmp_path / "pods", follow=True)
    container.write(5)
    watched.poll()
    for moment in ("221500", "221510", "221520"):  # two are packed and two renamed between two sweeps
        container.write(5)
        container.rotate(moment)
    container.write(5)
    container.restart()
    container.write(5)
    for _ in range(4):
        watched.poll()
    assert sorted(watched.text().splitlines()) == sorted(lines(1, container.written).splitlines())
    assert watched.problems == []


def test_beside_a_link_the_rotated_files_stand_where_it_leads_to(tmp_path: Path) -> None:
    container = Container(tmp_path)
    watched = Watched(tmp_path / "containers", follow=True)
    container.write(5)
    watched.poll()
    for moment in ("221500", "221510", "221520"):
        container.write(5)
        container.rotate(moment)
    container.write(5)
    watched.poll()
    watched.poll()
    assert sorted(watched.text().splitlines()) == sorted(lines(1, 25).splitlines())
    assert {Path(chunk.path).parent for chunk in watched.chunks} == {container.links}
    later = Watched(tmp_path / "containers", follow=True, positions=watched.positions())
    container.write(1)
    container.rotate("221530")
    container.write(1)
    assert sorted(later.poll().splitlines()) == sorted(lines(26, 27).splitlines())


def test_after_a_long_absence_all_that_is_left_of_a_known_log_is_read(tmp_path: Path) -> None:
    container = Container(tmp_path)
    first = Watched(tmp_path / "containers", follow=True)
    container.write(5)
    first.poll()
    for moment in ("221500", "221510", "221520"):
        container.write(5)
        container.rotate(moment)
    (container.folder / "0.log.20261126-221500.gz").unlink()
    container.write(5)
    second = Watched(tmp_path / "containers", follow=True, positions=first.positions())
    assert sorted(second.poll().splitlines()) == sorted(lines(11, 25).splitlines())


def test_a_pod_that_goes_away_is_no_problem_but_links_that_lead_nowhere_are(tmp_path: Path) -> None:
    container = Container(tmp_path)
    container.write(5)
    watched = Watched(tmp_path, follow=True)
    watched.poll()
    container.path.unlink()
    (link,) = container.links.iterdir()
    watched.poll()
    assert watched.problems == []
    watched.poll()
    watched.poll()
    assert complaints(watched.problems) == [f"{link}: is a symbolic link to something that does not exist; name the real file"]
