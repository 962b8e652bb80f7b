"""What the sidecar of a profile must see of its service's container, and as which user: a literal table over all profiles.

The profiles say why (`Privilege`); here stands where it is found in a pod.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from probes.profiles.table import PROFILES


@dataclass(frozen=True, slots=True)
class Need:
    """Of one profile.

    `config`: files and folders of its configuration, in the order in which it reads them. `seen`: folders that are mounted
    besides, where the service has them. `required`: those without which nothing can be looked at. `user`: who can use them:
    `own` anybody, `same` its own user alone, `root` root with the right to pass over file modes, as two services of one pod
    have different users. `login`: the check that takes a login, and the variables of the service's container that hold user and
    password. `off`: checks that look at what no sidecar sees (the kubelet's folder of logs).
    """

    config: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    user: Literal["own", "same", "root"] = "own"
    login: tuple[str, str, str] | None = None
    off: tuple[str, ...] = ()


def _oslo(name: str, *more: str, **others: Any) -> Need:
    folder = f"/etc/{name}"
    return Need((f"{folder}/{name}.conf", *(f"{folder}/{one}" for one in more), f"{folder}/{name}.conf.d"), **others)


_NEUTRON_STATE = "/var/lib/neutron"
_OVS = Need(required=("/run/openvswitch",), user="root")
_OVN = Need(required=("/run/ovn",), user="same")

_OWN: Mapping[str, Need] = {
    "nova-compute": _oslo("nova", seen=("/run/libvirt", "/var/lib/nova")),
    "nova-conductor": _oslo("nova"),
    "nova-scheduler": _oslo("nova"),
    "neutron-l3-agent": _oslo("neutron", "l3_agent.ini", seen=(_NEUTRON_STATE,), off=("log",)),
    "neutron-dhcp-agent": _oslo("neutron", "dhcp_agent.ini", seen=(_NEUTRON_STATE,)),
    "neutron-metadata-agent": Need(required=(_NEUTRON_STATE,), user="same"),
    "neutron-ovn-metadata-agent": Need(required=(_NEUTRON_STATE,), user="same"),
    "neutron-ovn-agent": Need(required=(_NEUTRON_STATE,), user="same"),
    "neutron-openvswitch-agent": _oslo(
        "neutron",
        "plugins/ml2/ml2_conf.ini",
        "plugins/ml2/openvswitch_agent.ini",
        seen=("/run/openvswitch",),
        user="same",
        off=("log",),
    ),
    "neutron-sriov-nic-agent": _oslo("neutron", "plugins/ml2/sriov_agent.ini"),
    "neutron-rpc-server": _oslo("neutron", "plugins/ml2/ml2_conf.ini"),
    "cinder-volume": _oslo("cinder"),
    "cinder-scheduler": _oslo("cinder"),
    "cinder-backup": _oslo("cinder"),
    "manila-share": _oslo("manila"),
    "manila-scheduler": _oslo("manila"),
    "manila-data": _oslo("manila"),
    "heat-engine": _oslo("heat"),
    "octavia-worker": _oslo("octavia"),
    "ironic-conductor": _oslo("ironic"),
    "designate-central": _oslo("designate"),
    "designate-worker": _oslo("designate"),
    "designate-producer": _oslo("designate"),
    "libvirtd": Need(required=("/run/libvirt",)),
    "ovsdb-server": _OVS,
    "ovs-vswitchd": _OVS,
    "ovn-controller": Need(required=("/run/ovn",), user="same"),
    "ovn-northd": _OVN,
    "ovn-nb-ovsdb": _OVN,
    "ovn-sb-ovsdb": _OVN,
    "galera": Need(
        seen=("/var/lib/mysql",),
        required=("/run/mysqld",),
        login=("mysql", "MYSQL_DBAUDIT_USERNAME", "MYSQL_DBAUDIT_PASSWORD"),
    ),
}
NEEDS: Mapping[str, Need] = {profile.name: _OWN.get(profile.name, Need()) for profile in PROFILES}
