"""Each profile: its options fit the settings of its checks and actions, and it keeps what the contract says."""

import types
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from probes.model import DrainStep, Profile, Proof, Role, Use
from probes.profiles.table import PROFILES, named
from probes.table import ACTIONS, CHECKS
from probes.verdict.rules import is_other

USES = [(profile, use) for profile in PROFILES for use in profile.uses]
STEPS = [(profile, step) for profile in PROFILES for step in profile.drain]

profiles = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
uses = pytest.mark.parametrize(("profile", "use"), USES, ids=lambda one: getattr(one, "name", ""))


def fits(value: object, hint: Any) -> bool:
    """Whether a value is of the type that a field wants."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return fits(value, inner[0])
    if origin is Literal:
        return value in inner
    if origin in {Union, types.UnionType}:
        return any(fits(value, one) for one in inner)
    if origin is tuple:
        return isinstance(value, tuple) and all(fits(one, inner[0]) for one in value)
    if origin in {dict, Mapping}:
        return isinstance(value, dict) and all(fits(k, inner[0]) and fits(v, inner[1]) for k, v in value.items())
    return isinstance(value, (int, float) if hint is float else hint) or (hint is types.NoneType and value is None)


def settings(module: str, options: Mapping[str, object]) -> Any:
    """The settings that a profile makes of its options; every mistake is told."""
    cls = import_module(module).Settings
    hints = get_type_hints(cls, include_extras=True)
    assert set(options) <= set(hints), f"there is no {set(options) - set(hints)}"
    wrong = {name: value for name, value in options.items() if not fits(value, hints[name])}
    assert not wrong
    return cls(**options)


@uses
def test_its_options_are_settings_of_its_checks(profile: Profile, use: Use) -> None:
    module = next(row.module for row in CHECKS if row.name == use.check)
    assert not list(settings(module, use.options).mistakes()), profile.name


@pytest.mark.parametrize(("profile", "step"), STEPS, ids=lambda one: getattr(one, "name", getattr(one, "action", "")))
def test_its_options_are_settings_of_its_drain(profile: Profile, step: DrainStep) -> None:
    module = next(row.module for row in ACTIONS if row.name == step.action)
    made = settings(module, step.options)
    assert not list(made.mistakes() if hasattr(made, "mistakes") else ()), profile.name


@profiles
def test_it_can_start_and_be_ready(profile: Profile) -> None:
    roles = {role for use in profile.uses for role in use.roles}
    assert {Role.READINESS, Role.STARTUP} <= roles
    assert profile.start_seconds > 0
    assert profile.grace_seconds > 0


@profiles
def test_it_says_why(profile: Profile) -> None:
    sentences = [
        profile.title,
        *profile.never,
        *(use.why for use in profile.uses),
        *(one.why for one in profile.privileges),
        *(step.why for step in profile.drain),
    ]
    assert profile.never, "what must never be a reason to kill it"
    for sentence in sentences:
        assert sentence[:1].isupper() or sentence.startswith(
            ("libvirt", "uWSGI", "memcached", "ovsdb-server", "oslo.middleware")
        )
        assert sentence.endswith("."), sentence
    assert all(privilege.why and privilege.name for privilege in profile.privileges)


@profiles
def test_the_names_of_its_checks_are_its_own(profile: Profile) -> None:
    names = [use.name for use in profile.uses]
    assert len(names) == len(set(names))
    assert not any(name.endswith("_control") or name == "pulse" for name in names)


@profiles
def test_silence_of_a_broker_service_counts_only_with_a_control(profile: Profile) -> None:
    for use in profile.uses:
        assert use.brings_control == (use.check == "rpc")


@profiles
def test_it_can_only_be_hung_by_two_families(profile: Profile) -> None:
    families = {use.proof for use in profile.uses if Role.LIVENESS in use.roles and use.proof}
    assert not families or len(families) >= 2
    assert profile.hang_after >= 60.0
    if profile.name == "rabbitmq":
        assert not families, "no liveness by default"


@profiles
def test_what_it_needs_is_no_part_of_it(profile: Profile) -> None:
    for use in profile.uses:
        if is_other(use):
            assert use.check in {"libvirt", "mount", "ovsdb", "unixctl", "children"}, use.name


@profiles
def test_a_proof_takes_several_looks_within_its_time(profile: Profile) -> None:
    for use in profile.uses:
        assert use.timeout < use.period
        if use.proof:
            assert use.period * 3 <= profile.hang_after


@profiles
def test_work_that_takes_an_api_long_is_no_hang(profile: Profile) -> None:
    """Workers that wait for the database look like a backlog that nobody accepts."""
    if profile.name.endswith("-api") or profile.name in {"keystone", "placement", "neutron-server"}:
        families = {use.proof for use in profile.uses if Role.LIVENESS in use.roles}
        assert Proof.BACKLOG not in families


def test_ironic_is_never_sent_the_signal_that_drains_it() -> None:
    assert named("ironic-conductor").report_signal == "SIGUSR1"
    assert {profile.report_signal for profile in PROFILES} <= {"", "SIGUSR1", "SIGUSR2"}


def test_a_report_is_asked_only_of_openstack_services() -> None:
    asked = {profile.name for profile in PROFILES if profile.report_signal}
    assert not any(name.startswith(("ovs", "ovn-", "libvirt", "galera", "rabbitmq", "memcached")) for name in asked)


def test_every_service_of_the_design_has_a_profile() -> None:
    wanted = (
        "nova-compute nova-conductor nova-scheduler nova-novncproxy nova-serialproxy nova-spicehtml5proxy nova-api-osapi "
        "nova-api-metadata placement keystone glance-api neutron-server neutron-rpc-server neutron-l3-agent "
        "neutron-dhcp-agent neutron-metadata-agent neutron-ovn-metadata-agent neutron-ovn-agent neutron-openvswitch-agent "
        "neutron-sriov-nic-agent cinder-api cinder-volume cinder-scheduler cinder-backup heat-engine heat-api octavia-api "
        "octavia-worker octavia-health-manager octavia-housekeeping ironic-conductor ironic-api manila-share "
        "designate-central magnum-conductor libvirtd ovsdb-server ovs-vswitchd ovn-controller ovn-northd ovn-nb-ovsdb "
        "ovn-sb-ovsdb galera rabbitmq memcached"
    )
    assert set(wanted.split()) <= {profile.name for profile in PROFILES}


def test_names_are_told_apart() -> None:
    names = [profile.name for profile in PROFILES]
    assert len(names) == len(set(names))
    assert named("keystone").title == "Keystone."
    with pytest.raises(LookupError, match="did you mean nova-compute"):
        named("nova-compute-ironic")
    with pytest.raises(LookupError, match="there are: nova-compute, "):
        named("swift")


def test_paths_are_absolute() -> None:
    for profile, use in USES:
        for value in use.options.values():
            assert not isinstance(value, Path) or value.is_absolute(), profile.name
