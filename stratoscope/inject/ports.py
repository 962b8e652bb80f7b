"""Ports of probe sidecars. On a host's network each profile has its own, as a node has several services.

They are literal and fixed, so that firewalls and people can count on them; below 32768, where the kernel does not give them to
outgoing connections.
"""

from collections.abc import Mapping

from stratoscope.inject.reading import declared_ports

HOST_PLACES: Mapping[str, int] = {
    name: place
    for place, name in enumerate(
        """
        nova-compute
        neutron-openvswitch-agent
        neutron-l3-agent
        neutron-dhcp-agent
        neutron-metadata-agent
        ovsdb-server
        ovn-controller
        libvirtd
        ovs-vswitchd
        neutron-ovn-metadata-agent
        neutron-ovn-agent
        neutron-sriov-nic-agent
        nova-novncproxy
        nova-spicehtml5proxy
        nova-serialproxy
        octavia-worker
        octavia-health-manager
        octavia-housekeeping
        ironic-conductor
        manila-share
        cinder-volume
        cinder-backup
        nova-conductor
        nova-scheduler
        neutron-rpc-server
        cinder-scheduler
        manila-scheduler
        manila-data
        heat-engine
        designate-central
        designate-worker
        designate-producer
        magnum-conductor
        nova-api-osapi
        nova-api-metadata
        placement
        keystone
        glance-api
        neutron-server
        cinder-api
        heat-api
        heat-api-cfn
        octavia-api
        ironic-api
        manila-api
        designate-api
        magnum-api
        barbican-api
        ovn-northd
        ovn-nb-ovsdb
        ovn-sb-ovsdb
        galera
        rabbitmq
        memcached
        """.split()
    )
}
"""Places from the base on. Only ever append: a place is a contract with who opens it in a firewall."""
USED_ON_HOSTS: Mapping[int, str] = {
    873: "rsync of Swift",
    2379: "etcd",
    2380: "etcd",
    3300: "Ceph's monitor",
    4240: "Cilium",
    5353: "Ceph's DNS check",
    6080: "nova-novncproxy",
    6081: "Geneve",
    6082: "nova-spicehtml5proxy",
    6083: "nova-serialproxy",
    6200: "Swift",
    6201: "Swift",
    6202: "Swift",
    6385: "ironic-api",
    6443: "the API server",
    6640: "ovsdb-server",
    6641: "OVN's northbound database",
    6642: "OVN's southbound database",
    6653: "OpenFlow",
    6789: "Ceph's monitor",
    7000: "Ceph's manager",
    8022: "nova's SSH for migrations",
    9091: "Calico",
    9099: "Calico",
    9100: "node-exporter",
    9177: "libvirt-exporter",
    9256: "process-exporter",
    9283: "Ceph's manager",
    9474: "ovs-exporter",
    9475: "ovs-exporter",
    9697: "OVN's log parser",
    10248: "the kubelet",
    10249: "kube-proxy",
    10250: "the kubelet",
    10256: "kube-proxy",
    10257: "the controller manager",
    10259: "the scheduler",
    16509: "libvirt",
    16514: "libvirt over TLS",
    24007: "GlusterFS",
}
"""What openstack-helm's workloads and Kubernetes itself listen on, on a host's own network."""


def host_port(profile: str, base: int) -> int:
    """The port of a profile's sidecar on a host's network."""
    return base + HOST_PLACES[profile]


def taken(port: int, spec: object, *, on_host: bool) -> str:
    """Who has the port in the pod already, or on its host; empty if nobody is known."""
    for declared, container in declared_ports(spec):
        if declared == port:
            return f"container {container}"
    return USED_ON_HOSTS.get(port, "") if on_host else ""


def free_port(base: int, spec: object) -> int:
    """The first one from the base on that no container of the pod declares."""
    declared = {port for port, _ in declared_ports(spec)}
    return next(port for port in range(base, base + len(declared) + 1) if port not in declared)
