"""Which pods are which services, in one literal table: by the labels that those who make them put there.

openstack-helm: `application` and `component` are the only pair that every release has (others can be switched off). RHOSO's
operators: `service`, and for some `component`; their containers are called after the custom resource, so patterns stand for
them. What a pod is for that has neither is told by the name of its container, or by an annotation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """Pods of one kind.

    `services`: pattern of the container (as of file names), and profile, "" for one that only logs to files. `log_files`: where
    it logs to files, as its container sees them. `options`: for checks of the profile, by check, where the place differs.
    `advice`: these are not to be injected, and what to do instead.
    """

    labels: Mapping[str, str]
    services: tuple[tuple[str, str], ...] = ()
    log_files: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    advice: str = ""


def _osh(application: str, component: str, container: str, profile: str, **more: Any) -> Row:
    return Row({"application": application, "component": component}, ((container, profile),), **more)


def _rhoso(service: str, container: str, profile: str, component: str = "", **more: Any) -> Row:
    labels = {"service": service} | ({"component": component} if component else {})
    return Row(labels, ((container, profile),), **more)


OPENSTACK_HELM = (
    _osh("nova", "compute", "nova-compute", "nova-compute"),
    _osh("nova", "conductor", "nova-conductor", "nova-conductor"),
    _osh("nova", "scheduler", "nova-scheduler", "nova-scheduler"),
    _osh("nova", "os-api", "nova-osapi", "nova-api-osapi"),
    _osh("nova", "metadata", "nova-api", "nova-api-metadata"),
    _osh("nova", "novnc-proxy", "nova-novncproxy", "nova-novncproxy"),
    _osh("nova", "spice-proxy", "nova-spiceproxy", "nova-spicehtml5proxy"),
    _osh("nova", "serial-proxy", "nova-serialproxy", "nova-serialproxy"),
    _osh("placement", "api", "placement-api", "placement"),
    _osh("neutron", "server", "neutron-server", "neutron-server"),
    _osh("neutron", "rpc_server", "neutron-rpc-server", "neutron-rpc-server"),
    _osh("neutron", "neutron-ovs-agent", "neutron-ovs-agent", "neutron-openvswitch-agent"),
    _osh("neutron", "l3-agent", "neutron-l3-agent", "neutron-l3-agent"),
    _osh("neutron", "dhcp-agent", "neutron-dhcp-agent", "neutron-dhcp-agent"),
    _osh("neutron", "sriov-agent", "neutron-sriov-agent", "neutron-sriov-nic-agent"),
    _osh(
        "neutron",
        "metadata-agent",
        "neutron-metadata-agent",
        "neutron-metadata-agent",
        options={"http": {"socket": "/var/lib/neutron/openstack-helm/metadata_proxy"}},
    ),
    _osh("neutron", "ovn-metadata-agent", "neutron-ovn-metadata-agent", "neutron-ovn-metadata-agent"),
    _osh("neutron", "neutron-ovn-agent", "neutron-ovn-agent", "neutron-ovn-agent"),
    _osh("keystone", "api", "keystone-api", "keystone"),
    _osh("glance", "api", "glance-api", "glance-api"),
    _osh("cinder", "api", "cinder-api", "cinder-api"),
    _osh("cinder", "scheduler", "cinder-scheduler", "cinder-scheduler"),
    _osh("cinder", "volume", "cinder-volume", "cinder-volume"),
    _osh("cinder", "backup", "cinder-backup", "cinder-backup"),
    _osh("heat", "api", "heat-api", "heat-api"),
    _osh("heat", "cfn", "heat-cfn", "heat-api-cfn"),
    _osh("heat", "engine", "heat-engine", "heat-engine"),
    _osh("octavia", "api", "octavia-api", "octavia-api"),
    _osh("octavia", "worker", "octavia-worker", "octavia-worker"),
    _osh("octavia", "health_manager", "octavia-health-manager", "octavia-health-manager"),
    _osh("octavia", "housekeeping", "octavia-housekeeping", "octavia-housekeeping"),
    _osh("ironic", "api", "ironic-api", "ironic-api"),
    _osh("ironic", "conductor", "ironic-conductor", "ironic-conductor"),
    _osh("manila", "api", "manila-api", "manila-api"),
    _osh("manila", "scheduler", "manila-scheduler", "manila-scheduler"),
    _osh("manila", "share", "manila-share", "manila-share"),
    _osh("manila", "data", "manila-data", "manila-data"),
    _osh("designate", "api", "designate-api", "designate-api"),
    _osh("designate", "central", "designate-central", "designate-central"),
    _osh("designate", "producer", "designate-producer", "designate-producer"),
    _osh("designate", "worker", "designate-worker", "designate-worker"),
    _osh("magnum", "api", "magnum-api", "magnum-api"),
    _osh("magnum", "conductor", "magnum-conductor", "magnum-conductor"),
    _osh("barbican", "api", "barbican-api", "barbican-api"),
    _osh("mariadb", "server", "mariadb", "galera"),
    _osh("rabbitmq", "server", "rabbitmq", "rabbitmq"),
    _osh("memcached", "server", "memcached", "memcached"),
    _osh("libvirt", "libvirt", "libvirt", "libvirtd", log_files=("/var/log/libvirt/*.log", "/var/log/libvirt/qemu/*.log")),
    Row(
        {"application": "openvswitch", "component": "server"},
        (("openvswitch-db", "ovsdb-server"), ("openvswitch-vswitchd", "ovs-vswitchd")),
    ),
    _osh("ovn", "ovn-controller", "controller", "ovn-controller", log_files=("/var/log/ovn/*.log",)),
    _osh("ovn", "ovn-northd", "northd", "ovn-northd"),
    _osh("ovn", "ovn-ovsdb-nb", "ovsdb", "ovn-nb-ovsdb"),
    _osh("ovn", "ovn-ovsdb-sb", "ovsdb", "ovn-sb-ovsdb"),
    _osh("tacker", "server", "tacker-server", "", log_files=("/var/log/openstackhelm/tacker/*.log",)),
    _osh("tacker", "conductor", "tacker-conductor", "", log_files=("/var/log/openstackhelm/tacker/*.log",)),
)

RHOSO = (
    _rhoso("nova-api", "*-api", "nova-api-osapi", log_files=("/var/log/nova/*.log",)),
    _rhoso("nova-metadata", "*-metadata", "nova-api-metadata", log_files=("/var/log/nova/*.log",)),
    _rhoso("nova-conductor", "*-conductor", "nova-conductor"),
    _rhoso("nova-scheduler", "*-scheduler", "nova-scheduler"),
    _rhoso("nova-novncproxy", "*-novncproxy", "nova-novncproxy"),
    _rhoso("nova-compute", "*-compute", "nova-compute"),
    _rhoso("neutron", "neutron-api", "neutron-server"),
    _rhoso("cinder", "cinder-scheduler", "cinder-scheduler", "cinder-scheduler"),
    _rhoso("cinder", "cinder-volume", "cinder-volume", "cinder-volume"),
    _rhoso("cinder", "cinder-backup", "cinder-backup", "cinder-backup"),
)

OPERATORS = (
    Row(
        {"app.kubernetes.io/managed-by": "percona-xtradb-cluster-operator"},
        advice="Percona's operator makes this pod again as its resource says; write the sidecar into pxc.sidecars there",
    ),
    Row(
        {"app.kubernetes.io/part-of": "rabbitmq", "app.kubernetes.io/component": "rabbitmq"},
        advice="the cluster operator makes this pod; write the sidecar into override.statefulSet of its RabbitmqCluster",
    ),
)
"""Their resources have a place for sidecars, which outlives what an operator does to a pod."""

WORKLOADS: tuple[Row, ...] = (*OPERATORS, *OPENSTACK_HELM, *RHOSO)
