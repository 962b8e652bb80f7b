"""A hang has a name."""

from hypothesis import given
from hypothesis import strategies as st

from probes.blackbox.signature import OTHER, Dump, StackFrame, Tally, signature_of

SITE = "/var/lib/openstack/lib/python3.12/site-packages"
WAIT = StackFrame("/usr/lib/python3.12/threading.py", "wait", 355)
LIBVIRT = StackFrame(f"{SITE}/libvirt.py", "lookupByName", 10)
GUEST = StackFrame(f"{SITE}/nova/virt/libvirt/host.py", "get_guest", 700)
MANAGER = StackFrame(f"{SITE}/nova/compute/manager.py", "_sync_power_states", 10_000)


def name_of(*frames: StackFrame) -> str:
    signature = signature_of([Dump(1, frames)])
    assert signature is not None
    return signature.name


def test_the_innermost_frame_of_a_project_gives_the_name() -> None:
    assert name_of(LIBVIRT, GUEST, MANAGER).startswith("nova.virt.libvirt.host:get_guest#")


def test_where_there_is_none_the_innermost_of_all_does() -> None:
    assert name_of(WAIT).startswith("threading:wait#")


def test_lines_do_not_count_as_they_change_with_each_release() -> None:
    moved = StackFrame(GUEST.file, GUEST.function, 999)
    assert name_of(LIBVIRT, GUEST, MANAGER) == name_of(LIBVIRT, moved, MANAGER)


def test_two_ways_into_one_library_call_are_two() -> None:
    other = StackFrame(f"{SITE}/nova/compute/manager.py", "build_and_run_instance", 1)
    assert name_of(LIBVIRT, GUEST, MANAGER) != name_of(LIBVIRT, GUEST, other)


def test_two_library_calls_from_one_place_are_two() -> None:
    assert name_of(LIBVIRT, GUEST) != name_of(StackFrame(f"{SITE}/libvirt.py", "info", 1), GUEST)


def test_a_distribution_and_a_virtual_environment_give_the_same_name() -> None:
    debian = StackFrame("/usr/lib/python3/dist-packages/nova/virt/libvirt/host.py", "get_guest", 1)
    assert name_of(debian) == name_of(GUEST)


def test_a_stack_that_is_the_same_in_all_dumps_stands_still() -> None:
    still = signature_of([Dump(1, (GUEST,)), Dump(1, (GUEST,))])
    moved = signature_of([Dump(1, (GUEST,)), Dump(1, (MANAGER,))])
    assert still is not None
    assert still.still
    assert moved is not None
    assert not moved.still
    assert moved.name.startswith("nova.compute.manager:")


def test_the_suspected_worker_goes_before_its_parent() -> None:
    dumps = [Dump(1, (MANAGER,)), Dump(2, (WAIT,)), Dump(3, (GUEST,))]
    suspected = signature_of(dumps, [2])
    guessed = signature_of([Dump(1, (WAIT,)), Dump(3, (GUEST,))])
    assert suspected is not None
    assert suspected.pid == 2
    assert guessed is not None
    assert guessed.pid == 3, "a parent that waits for its children tells nothing"


def test_without_a_stack_there_is_no_signature() -> None:
    assert signature_of([]) is None
    assert signature_of([Dump(1, ())]) is None


@given(st.lists(st.text(max_size=3), max_size=200), st.integers(1, 5))
def test_a_tally_counts_all_under_a_bounded_number_of_names(names: list[str], most: int) -> None:
    """A label must not grow without bound."""
    tally = Tally(most)
    for name in names:
        assert tally.count(name) in {name, OTHER}
    assert sum(tally.counts().values()) == len(names)
    assert len(tally.counts()) <= most + 1
    assert len(tally.counts().keys() - {OTHER}) <= most
