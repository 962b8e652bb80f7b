"""Control groups, pressure, mounts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.proc import cgroups, mounts, pressure
from probes.proc.cgroups import Usage, groups, pod_of, same_pod, usage
from probes.proc.mounts import Mount, mount_of
from probes.proc.pressure import Pressure

RECORDED = Path("tests/data/probes/proc")
POD = "0f4dc2a1-93b5-4b0e-9c2e-6d1f3b0a7c11"
OTHER = "aa4dc2a1-93b5-4b0e-9c2e-6d1f3b0a7c22"
ID = "3b" * 32
SLICE = f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{POD.replace('-', '_')}.slice"
CGROUPFS = f"/kubepods/burstable/pod{POD}/{ID}"


@pytest.mark.parametrize(
    ("own", "other", "same"),
    [
        # The probe's own group in a namespace of its own: the default of version 2.
        ("/", "/", True),
        ("/", f"/../cri-containerd-{ID}.scope", True),
        ("/", f"/../../crio-{ID}.scope/container", True),
        ("/", f"/../{ID}", True),
        ("/", f"/../../kubepods-besteffort-pod{OTHER.replace('-', '_')}.slice/cri-containerd-{ID}.scope", False),
        ("/", f"/../../pod{OTHER}/{ID}", False),
        ("/", "/../../../../system.slice/sshd.service", False),
        ("/", "/..", False),
        # Without one, both paths are whole.
        (f"{SLICE}/cri-containerd-{ID}.scope", f"{SLICE}/cri-containerd-{'4c' * 32}.scope", True),
        (f"{SLICE}/cri-containerd-{ID}.scope", CGROUPFS, True),
        (CGROUPFS, CGROUPFS.replace(POD, OTHER), False),
        (CGROUPFS, "/system.slice/kubelet.service", False),
        (f"/kubepods/pod{'ab' * 16}/{ID}", f"/kubepods/pod{'ab' * 16}/{'4c' * 32}", True),
        # Neither in a pod: on a machine without Kubernetes.
        ("/user.slice/session-1.scope", "/system.slice/nova-compute.service", None),
        ("/", "/system.slice/nova-compute.service", None),
    ],
)
def test_whether_a_process_is_in_our_pod(own: str, other: str, same: bool | None) -> None:
    assert same_pod(groups(f"0::{own}\n".encode()), groups(f"0::{other}\n".encode())) is same


def test_version_1_tells_by_any_controller() -> None:
    own = groups(f"9:name=systemd:{CGROUPFS}\n4:cpu,cpuacct:{CGROUPFS}\n0::/\n".encode())
    assert own["cpuacct"] == CGROUPFS
    assert same_pod(own, groups(f"4:cpu,cpuacct:{CGROUPFS.replace(POD, OTHER)}\n".encode())) is False
    assert same_pod(own, {}) is None


def test_the_pod_in_a_path() -> None:
    assert pod_of(SLICE) == pod_of(CGROUPFS) == POD
    assert pod_of("/podium/0f4dc2a1") is None


def files(**said: bytes) -> Callable[[str], bytes | None]:
    return lambda name: said.get(name.replace(".", "_").replace("/", "__"))


def test_usage_of_version_2() -> None:
    assert usage(
        files(
            memory_current=b"1048576\n",
            memory_max=b"max\n",
            cpu_stat=b"usage_usec 1500000\nuser_usec 1\nnr_throttled 2\nthrottled_usec 250000\n",
            memory_events=b"low 0\noom 1\noom_kill 3\n",
        )
    ) == Usage(1048576, None, 1.5, 0.25, 3)


def test_usage_of_version_1() -> None:
    assert usage(
        files(
            memory__memory_usage_in_bytes=b"4096\n",
            memory__memory_limit_in_bytes=b"9223372036854771712\n",
            cpuacct__cpuacct_usage=b"2000000000\n",
            cpu__cpu_stat=b"nr_periods 0\nnr_throttled 0\nthrottled_time 500000000\n",
            memory__memory_oom_control=b"oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
        )
    ) == Usage(4096, None, 2.0, 0.5, 0)


def test_usage_that_is_not_told() -> None:
    assert usage(files()) == Usage()
    assert usage(files(memory_current=b"many\n")) == Usage()


def test_usage_of_a_process_that_is_gone() -> None:
    assert cgroups.usage_of(Path("/proc"), 1 << 30) == Usage()


def test_recorded_pressure() -> None:
    read = pressure.pressure((RECORDED / "pressure-cpu").read_bytes())
    assert read["some"] == Pressure(15.92, 8.17, 5.56, 2248.436325)
    assert read["full"].avg10 == 0
    assert pressure.pressure(b"") == {}


def test_mounts_with_escaped_names_and_torn_lines() -> None:
    read = list(mounts.mounts((RECORDED / "mountinfo").read_bytes()))
    assert len(read) == 8
    assert read[4] == Mount("/var/lib/nova/instances", "/", "ceph", "10.0.0.11:6789,10.0.0.12:6789:/nova", ("rw", "relatime"))
    assert read[5].point == "/var/lib/nova/mnt/with a\tfew\\odd\nnames"
    assert read[5].source == "nas:/export one"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/nova/instances/1", "nfs"),  # mounted over ceph, which it hides
        ("/var/lib/nova/instances/_base/image", "fuse.ceph-fuse"),
        ("/var/lib/nova/instances_old", "ext4"),
        ("/var/lib/nova", "ext4"),
        ("/", "overlay"),
        ("/etc", "overlay"),
    ],
)
def test_the_mount_of_a_path(path: str, kind: str) -> None:
    found = mount_of(path, mounts.mounts((RECORDED / "mountinfo").read_bytes()))
    assert found is not None
    assert found.kind == kind


def test_no_mounts_no_mount() -> None:
    assert mount_of("/", []) is None


@given(st.binary(max_size=300))
def test_hostile_content_never_crashes_a_parser(data: bytes) -> None:
    list(mounts.mounts(b"1 2 0:1 / /" + data + b" rw - " + data))
    list(mounts.mounts(data))
    pressure.pressure(data)
    same_pod(groups(b"0::/\n"), groups(b"0::/" + data))
    usage(lambda name: data)
