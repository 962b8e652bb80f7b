"""Which words of an error mean which dependency, part two: hypervisor, switches, and the APIs of other services.

As in `dependency_rules`, each rule carries a line that made it necessary, and the first one that matches wins.
"""

from typing import Final

from parsers.dependency_rules import rule

_PORTS: Final = {
    "keystone": "5000|35357",
    "glance": "9292",
    "neutron": "9696",
    "placement": "8778",
    "cinder": "8776",
    "nova": "8774|8775",
    "heat": "8000|8004",
    "octavia": "9876",
    "barbican": "9311",
    "ironic": "6385",
    "designate": "9001",
    "manila": "8786",
}
"""APIs by the first word of their host name (`glance-api.openstack.svc`), and by the ports that they have by default."""

_IN_URL: Final = "|".join(rf"(?P<{name}>{name}\b|[^/\s:]+:(?:{ports})\b)" for name, ports in _PORTS.items())
_IN_POOL: Final = "|".join(rf"(?P<{name}>{name}\b|[^',\s]+', port=(?:{ports})\b)" for name, ports in _PORTS.items())

_COMPUTE: Final = (
    rule(
        "libvirt.unreachable",
        "socket",
        r"Failed to connect socket to '[^']*(?:libvirt|virt\w+d-sock)",
        "libvirt.libvirtError: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
    ),
    rule(
        "libvirt.connection_lost",
        "Connection",
        "Connection to libvirt (?:lost|failed)",
        "Connection to libvirt lost: 1",
    ),
    rule(
        "libvirt.hypervisor",
        "Connection",
        "Connection to the hypervisor is broken",
        "nova.exception.HypervisorUnavailable: Connection to the hypervisor is broken on host: cmp1",
    ),
    rule(
        "libvirt.socket_closed",
        "libvirtError",
        "libvirtError: (?:.*client socket is closed|End of file while reading data|Cannot (?:recv|write) data)",
        "libvirt.libvirtError: internal error: client socket is closed",
    ),
    rule(
        "libvirt.locked",
        "acquire",
        "cannot acquire state change lock",
        "libvirt.libvirtError: Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatch)",
    ),
)

_SWITCHES: Final = (
    rule(
        "ovn.unreachable",
        "attempt",
        ":1?664[12]: connection attempt (?:failed|timed out)",
        "ssl:10.0.0.1:6642: connection attempt failed (Connection refused)",
    ),
    rule(
        "ovn.no_leader",
        "clustered",
        "clustered database server is (?:not cluster leader|disconnected)",
        "ssl:10.0.0.1:6641: clustered database server is not cluster leader; trying another server",
    ),
    rule(
        "ovn.timeout",
        "exceeded",
        r"Commands \[.*(?:ovn_(?:north|south)bound|L[sr]p?[A-Z]\w+Command|LSwitch|LRout|PortGroup|Chassis).* exceeded timeout",
        "ovsdbapp.exceptions.TimeoutException: Commands [<ovsdbapp.schema.ovn_northbound.commands.LsAddCommand object>] "
        "exceeded timeout 180 seconds, cause: Result queue is empty",
    ),
    rule(
        "ovs.unreachable",
        "attempt",
        r"(?::6640|\.sock): connection attempt (?:failed|timed out)",
        "tcp:127.0.0.1:6640: connection attempt failed (Connection refused)",
    ),
    rule(
        "ovs.timeout",
        "exceeded",
        r"Commands \[.* exceeded timeout",
        "Error while querying OVSDB: Commands [DbSetCommand(table=Port, record=tap8e49c485-77)] exceeded timeout 10 seconds, "
        "cause: Result queue is empty",
    ),
    rule(
        "ovs.dead", "OVS", "OVS is dead", "OVS is dead. OVSNeutronAgent will keep running and checking OVS status periodically."
    ),
    rule(
        "ovs.restarted",
        "OVS",
        "OVS is restarted",
        "OVS is restarted. OVSNeutronAgent will reset bridges and recover ports.",
    ),
    rule("ovs.no_switch", "Switch", "Switch connection timeout", "RuntimeError: Switch connection timeout"),
    rule("ovs.no_datapath", "Datapath", "Datapath Invalid", "RuntimeError: Datapath Invalid 64183592930369"),
)

_APIS: Final = (
    rule(
        "keystone.no_token_data",
        "identity",
        "Failed to fetch token data from identity server",
        "Unable to validate token: Failed to fetch token data from identity server",
    ),
    rule(
        "keystone.error",
        "validating",
        "Bad response code while validating token: 5",
        "Bad response code while validating token: 500 An unexpected error prevented the server from fulfilling your request.",
    ),
    rule(
        "keystone.error_reply",
        "Identity",
        r'Identity response: \{"error": \{"code": 5',
        'Identity response: {"error": {"code": 500, "title": "Internal Server Error"}}',
    ),
    rule(
        "keystone.unauthorized",
        "Unauthorized",
        r"keystoneauth1\.exceptions\.http\.Unauthorized",
        "keystoneauth1.exceptions.http.Unauthorized: The request you have made requires authentication. (HTTP 401)",
    ),
    rule(
        "keystone.discovery",
        "identity",
        "Could not find versioned identity endpoints|Failed to discover available identity versions",
        "keystoneauth1.exceptions.discovery.DiscoveryFailure: Could not find versioned identity endpoints when attempting to",
    ),
    rule(
        "placement.not_responding",
        "Placement",
        "Placement API service is not responding",
        "Placement API service is not responding.",
    ),
    rule(
        "neutron.connection_failed",
        "Connection",
        "Connection to neutron failed",
        "neutronclient.common.exceptions.ConnectionFailed: Connection to neutron failed: Maximum attempts reached",
    ),
    rule(
        "glance.connection_failed",
        "Connection",
        "Connection to glance host .* failed",
        "nova.exception.GlanceConnectionFailed: Connection to glance host http://10.0.0.1:9292 failed: timed out",
    ),
    rule(
        "glance.server_failed",
        "contacting",
        "Error contacting glance server",
        "Error contacting glance server '10.0.0.1:9292' for 'get', done trying.",
    ),
    rule(
        "cinder.connection_failed",
        "Connection",
        "Connection to cinder host failed",
        "nova.exception.CinderConnectionFailed: Connection to cinder host failed: timed out",
    ),
    rule(
        "api.unreachable",
        "establish",
        rf"Unable to establish connection to https?://(?:{_IN_URL})",
        "keystoneauth1.exceptions.connection.ConnectFailure: Unable to establish connection to http://10.0.0.1:8778/resources",
    ),
    rule(
        "api.timeout",
        "Request",
        rf"Request to https?://(?:{_IN_URL}).* timed out",
        "keystoneauth1.exceptions.connection.ConnectTimeout: Request to http://neutron.openstack.svc/v2.0/ports timed out",
    ),
    rule(
        "api.retried",
        "retries",
        rf"ConnectionPool\(host='(?:{_IN_POOL}).*Max retries exceeded",
        "requests.exceptions.ConnectionError: HTTPConnectionPool(host='10.0.0.1', port=9292): Max retries exceeded with url: ",
    ),
    rule(
        "api.read_timeout",
        "Read",
        rf"ConnectionPool\(host='(?:{_IN_POOL}).*Read timed out",
        "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='cinder-api.openstack', port=443): Read timed out.",
    ),
)

SERVICES: Final = (*_COMPUTE, *_SWITCHES, *_APIS)
