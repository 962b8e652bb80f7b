"""Where a sidecar sees what its service sees."""

from typing import Any

import pytest

from stratoscope.inject.mounts import folder_of, mounts_of, seen_in


def container(*mounts: dict[str, Any]) -> dict[str, Any]:
    return {"volumeMounts": [{"name": "v", **mount} for mount in mounts]}


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        ("/var/log/nova/*.log", "/var/log/nova"),
        ("/var/log/nova/api.log", "/var/log/nova"),
        ("/var/log/*/x/*.log", "/var/log"),
        ("/*.log", "/"),
    ],
)
def test_the_folder_of_a_pattern(pattern: str, folder: str) -> None:
    assert folder_of(pattern) == folder


def test_the_same_place_is_mounted_again_read_only() -> None:
    found = list(mounts_of(container({"mountPath": "/etc/nova/nova.conf", "subPath": "nova.conf"}), "/etc/nova/nova.conf"))
    assert found == [{"name": "v", "mountPath": "/etc/nova/nova.conf", "readOnly": True, "subPath": "nova.conf"}]


def test_of_a_volume_that_holds_more_only_the_folder_is_shown() -> None:
    """The host's whole /run would show the sockets of everything on the node."""
    found = list(mounts_of(container({"mountPath": "/run", "subPath": "a"}), "/run/libvirt"))
    assert found == [{"name": "v", "mountPath": "/run/libvirt", "readOnly": True, "subPath": "a/libvirt"}]


def test_var_run_is_run() -> None:
    assert next(mounts_of(container({"mountPath": "/var/run/ovn/"}), "/run/ovn"))["mountPath"] == "/var/run/ovn/"


def test_what_is_mounted_below_is_shown_too() -> None:
    found = mounts_of(container({"mountPath": "/var/lib/neutron"}, {"mountPath": "/var/lib/neutron/sock"}), "/var/lib/neutron")
    assert [one["mountPath"] for one in found] == ["/var/lib/neutron", "/var/lib/neutron/sock"]


def test_the_nearest_volume_holds_it() -> None:
    found = mounts_of(
        container({"mountPath": "/var", "name": "far"}, {"mountPath": "/var/lib", "name": "near"}), "/var/lib/nova"
    )
    assert [(one["name"], one["subPath"]) for one in found] == [("near", "nova")]


def test_file_systems_that_are_mounted_later_are_seen_and_nothing_is_given_back() -> None:
    found = next(mounts_of(container({"mountPath": "/var/lib/nova", "mountPropagation": "Bidirectional"}), "/var/lib/nova"))
    assert found["mountPropagation"] == "HostToContainer"


@pytest.mark.parametrize(
    "mount",
    [
        {"mountPath": "/"},
        {"mountPath": "/run2"},
        {"mountPath": "/run", "subPathExpr": "$(POD_NAME)"},
    ],
)
def test_what_does_not_show_it(mount: dict[str, Any]) -> None:
    assert not seen_in(container(mount), "/run/libvirt")
