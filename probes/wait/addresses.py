"""Where openstack-helm's services are, and the targets that a workload's needs come to. Pure."""

from collections.abc import Iterator, Mapping

from probes.wait.graph import NODES, Node, node_of

NAMESPACE = "openstack"
"""Where openstack-helm stands by default."""
NONE = "none"
URLS = {
    "rabbitmq": "rabbit://rabbitmq.{}.svc:5672/",
    "mariadb": "mysql://mariadb.{}.svc:3306",
    "memcached": "memcached://memcached.{}.svc:11211",
    "keystone-api": "keystone://keystone-api.{}.svc:5000/v3",
    "aodh-api": "http://aodh-api.{}.svc:8042/",
    "barbican-api": "http://barbican-api.{}.svc:9311/healthcheck",
    "cinder-api": "http://cinder-api.{}.svc:8776/healthcheck",
    "glance-api": "http://glance-api.{}.svc:9292/healthcheck",
    "gnocchi-api": "http://gnocchi-api.{}.svc:8041/",
    "heat-api": "http://heat-api.{}.svc:8004/",
    "ironic-api": "http://ironic-api.{}.svc:6385/",
    "neutron-server": "http://neutron-server.{}.svc:9696/",
    "nova-api": "http://nova-api.{}.svc:8774/",
    "nova-metadata": "http://nova-metadata.{}.svc:8775/",
    "octavia-api": "http://octavia-api.{}.svc:9876/healthcheck",
    "ovn-ovsdb-nb": "ovsdb:tcp:ovn-ovsdb-nb.{}.svc:6641",
    "ovn-ovsdb-sb": "ovsdb:tcp:ovn-ovsdb-sb.{}.svc:6642",
    "redis": "tcp://redis.{}.svc:6379",
    "postgresql": "tcp://postgresql.{}.svc:5432",
}
"""Of these the protocol is spoken; of other services a ready endpoint is waited for."""
LABELS = {
    "libvirt": "application=libvirt,component=libvirt",
    "neutron-ovs-agent": "application=neutron,component=neutron-ovs-agent",
    "openvswitch": "application=openvswitch,component=server",
    "swift-storage": "application=swift,component=storage",
    "nova-compute": "application=nova,component=compute",
}
"""Of the workloads whose pods are waited for."""


def targets_for(
    name: str, addresses: Mapping[str, str], namespace: str = NAMESPACE, nodes: Mapping[str, Node] = NODES
) -> Iterator[tuple[str, str]]:
    """Of each direct need of a workload its name and its target as text. Raises UnknownNodeError."""
    node = node_of(name, nodes)
    if node.name.startswith("service/"):
        node = nodes[node.needs[0]]
    for need in node.needs:
        short = need.removeprefix("service/")
        if short in addresses:
            if addresses[short] != NONE:
                yield short, addresses[short]
        elif need.startswith("job/"):
            yield need, f"job/{namespace}/{need.removeprefix('job/')}"
        elif need.startswith("service/"):
            yield short, URLS[short].format(namespace) if short in URLS else f"service/{namespace}/{short}"
        else:
            yield need, f"pod/{namespace}/{LABELS[need]}{'?node=own' if need in node.own_node else ''}"
