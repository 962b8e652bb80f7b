"""Profiles are found from command lines as openstack-helm, kolla, RHOSO and distributions start their services."""

from pathlib import Path

import pytest

from probes.model import Process
from probes.profiles.finding import UnclearError, profile_of
from probes.profiles.table import PROFILES

CASES = Path(__file__).parent / "command_lines"


def processes(text: str) -> list[Process]:
    """One line each: pid, parent, command line."""
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            pid, parent, command = line.split(maxsplit=2)
            words = tuple(command.split())
            found.append(Process(int(pid), int(parent), words[0].rpartition("/")[2][:15], words, 42424, "S", int(pid)))
    return found


def cases() -> list[tuple[str, str]]:
    """Name of a case, and its text."""
    return [(path.stem, path.read_text()) for path in sorted(CASES.glob("*.txt"))]


def wanted(text: str) -> str:
    """The first line: `# is NAME`, or `# unclear: WORDS`."""
    return text.partition("\n")[0].removeprefix("# ")


@pytest.mark.parametrize(("name", "text"), cases(), ids=[name for name, _ in cases()])
def test_case(name: str, text: str) -> None:
    what, _, words = wanted(text).partition(" ")
    if what == "is":
        assert profile_of(processes(text)).name == words
    else:
        with pytest.raises(UnclearError) as unclear:
            profile_of(processes(text))
        assert words in str(unclear.value)
        assert "\n" not in str(unclear.value)


def test_each_profile_has_a_case() -> None:
    found = {wanted(text).removeprefix("is ") for _, text in cases()}
    assert {profile.name for profile in PROFILES} <= found


def test_the_name_of_the_container_decides_between_several() -> None:
    several = processes("7 1 /usr/bin/python3 /usr/bin/nova-compute\n8 1 /usr/sbin/libvirtd --listen\n")
    with pytest.raises(UnclearError, match=r"libvirtd \(pid 8\), nova-compute \(pid 7\); write `profile: NAME`"):
        profile_of(several)
    assert profile_of(several, service="libvirtd").name == "libvirtd"
    with pytest.raises(UnclearError):
        profile_of(several, service="somebody")


def test_a_long_command_line_is_cut_in_the_reason() -> None:
    long = processes(f"7 1 /usr/bin/something --password {'x' * 500}\n")
    with pytest.raises(UnclearError) as unclear:
        profile_of(long)
    assert "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" not in str(unclear.value)
    assert len(str(unclear.value)) < 250


def test_none_to_be_seen() -> None:
    with pytest.raises(UnclearError, match="shareProcessNamespace"):
        profile_of([])


def test_a_kernel_thread_without_a_command_line_is_none() -> None:
    with pytest.raises(UnclearError, match="kworker"):
        profile_of([Process(2, 0, "kworker/0:1", (), 0, "I", 1)])
