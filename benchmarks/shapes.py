"""What the services of a generated log say: shapes of real messages of a cloud, their variable parts marked `@name@`.

Read off the logs of nova, neutron, cinder, glance, keystone and placement. `values` tells what the marks become.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_MARK = re.compile(r"@([a-z]+)@")
_HEX = re.compile(r"(.{8})(.{4})(.{4})(.{4})(.{12})")

REQUESTS = """
nova.osapi_compute.wsgi.server @ip@ "GET /v2.1/@hex@/servers/@uuid@ HTTP/1.1" status: 200 len: @num@ microversion: 2.79 time: 0.@num@
nova.osapi_compute.wsgi.server @ip@ "GET /v2.1/@hex@/servers/detail?all_tenants=True&limit=@n@ HTTP/1.1" status: 200 len: @num@ time: 1.@num@
nova.osapi_compute.wsgi.server @ip@ "POST /v2.1/@hex@/servers/@uuid@/action HTTP/1.1" status: 202 len: @num@ microversion: 2.1 time: 0.@num@
placement.requestlog @ip@ "GET /allocations/@uuid@" status: 200 len: @n@ microversion: 1.28
placement.requestlog @ip@ "GET /resource_providers/@uuid@/allocations" status: 200 len: @n@ microversion: 1.0
placement.requestlog @ip@ "GET /allocation_candidates?limit=1000&resources=MEMORY_MB%3A512%2CVCPU%3A1" status: 200 len: @num@ microversion: 1.36
placement.requestlog @ip@ "PUT /allocations/@uuid@" status: 204 len: 0 microversion: 1.36
eventlet.wsgi.server @ip@ - - [23/Nov/2026 05:14:02] "GET /v2/images/@uuid@ HTTP/1.1" 200 @num@ 0.@num@
eventlet.wsgi.server @ip@ - - [23/Nov/2026 05:14:02] "GET /v2/schemas/image HTTP/1.1" 200 6283 0.@num@
neutron.wsgi @ip@ "GET /v2.0/ports?device_id=@uuid@ HTTP/1.1" status: 200  len: @num@ time: 0.@num@
neutron.wsgi @ip@ "PUT /v2.0/ports/@uuid@ HTTP/1.1" status: 200  len: @num@ time: 0.@num@
cinder.api.openstack.wsgi @ip@ "POST /v3/@hex@/volumes/@uuid@/action HTTP/1.1" status: 202 len: @num@ time: 0.@num@
"""

NOTES = """
nova.compute.manager [instance: @uuid@] VM Started (Lifecycle Event)
nova.compute.manager [instance: @uuid@] Took 1.@n@ seconds to destroy the instance on the hypervisor.
nova.compute.manager [instance: @uuid@] Attaching volume @uuid@ to /dev/vdb
nova.compute.resource_tracker Final resource view: name=cmp@n@ phys_ram=@num@MB used_ram=@num@MB phys_disk=@n@GB used_disk=@n@GB total_vcpus=96 used_vcpus=@n@ pci_stats=[]
nova.compute.resource_tracker Auditing locally available compute resources for cmp@n@.example.org (node: cmp@n@.example.org)
nova.virt.libvirt.driver [instance: @uuid@] Instance spawned successfully.
nova.virt.libvirt.driver [instance: @uuid@] Deleting instance files /var/lib/nova/instances/@uuid@_del
nova.virt.libvirt.imagecache image @uuid@ at (/var/lib/nova/instances/_base/@hex@): checking
nova.scheduler.client.report [instance: @uuid@] Submitted allocation for instance: @uuid@ to provider @uuid@
nova.filters Filter ComputeFilter returned @n@ hosts
nova.scheduler.manager Got no allocation candidates from the Placement API. This could be due to insufficient resources or a temporary occurrence as compute nodes start up.
oslo_service.periodic_task Running periodic task ComputeManager._heal_instance_info_cache
oslo_concurrency.lockutils Lock "compute_resources" acquired by "nova.compute.resource_tracker.ResourceTracker.update_usage" :: waited 0.00@n@s
oslo.messaging._drivers.impl_rabbit [@uuid@] Reconnected to AMQP server on @ip@:5672 via [amqp] client with port @num@.
oslo_messaging._drivers.amqpdriver No calling threads waiting for msg_id : @hex@
neutron.agent.l3.agent Starting router update for @uuid@, action 3, priority 1, update_id @uuid@. Wait time elapsed: 0.0@n@
neutron.agent.l3.agent Finished a router update for @uuid@, update_id @uuid@. Time elapsed: 9.@num@
neutron.agent.securitygroups_rpc Security group member updated {'@uuid@'}
neutron.agent.securitygroups_rpc Remove device filter for ['@uuid@', '@uuid@']
neutron.agent.common.ovs_lib Port @uuid@ not present in bridge br-int
neutron.agent.dhcp.agent Trigger reload_allocations for port admin_state_up=True, device_id=@uuid@, fixed_ips=[{'subnet_id': '@uuid@', 'ip_address': '@ip@'}], id=@uuid@, mac_address=fa:16:3e:00:@n@:@n@
neutron.plugins.ml2.drivers.openvswitch.agent.ovs_neutron_agent Agent rpc_loop - iteration:@num@ started
neutron.plugins.ml2.drivers.openvswitch.agent.ovs_neutron_agent Agent rpc_loop - iteration:@num@ completed. Processed ports statistics: {'regular': {'added': @n@, 'updated': 2, 'removed': 0}}. Elapsed:2.@n@
neutron.plugins.ml2.drivers.openvswitch.agent.ovs_neutron_agent Port @uuid@ updated. Details: {'device': '@uuid@', 'device_id': '@uuid@', 'network_id': '@uuid@', 'port_id': '@uuid@', 'mac_address': 'fa:16:3e:76:0a:@n@', 'admin_state_up': True, 'fixed_ips': [{'subnet_id': '@uuid@', 'ip_address': '@ip@'}], 'profile': {}}
neutron.agent.linux.openvswitch_firewall.firewall Initializing port @uuid@ that was already initialized.
cinder.volume.manager Created volume successfully.
cinder.volume.manager Deleted volume successfully.
cinder.volume.flows.manager.create_volume Volume @uuid@: being created as raw with specification: {'status': 'creating', 'volume_name': 'volume-@uuid@', 'volume_size': @n@}
cinder.volume.flows.manager.create_volume Volume volume-@uuid@ (@uuid@): created successfully
glance.async_ Threadpool model set to 'EventletThreadPoolModel'
glance.location Image location checksum of @uuid@ is @hex@
keystone.common.fernet_utils Loaded 3 Fernet keys from /etc/keystone/fernet-keys/, but `[fernet_tokens] max_active_keys = 3`; perhaps there have not been enough key rotations to reach `max_active_keys` yet?
oslo.privsep.daemon privsep daemon running as pid @num@
"""

WARNINGS = """
nova.scheduler.filters.compute_filter (cmp@n@, cmp@n@) ram: @num@MB disk: 0MB io_ops: 2 instances: @n@ has not been heard from in a while
oslo.service.loopingcall Function 'neutron.plugins.ml2.drivers.openvswitch.agent.ovs_neutron_agent.OVSNeutronAgent._report_state' run outlasted interval by 0.@n@ sec
keystone.common.password_hashing Truncating password to algorithm specific maximum length 72 characters.
keystone.server.flask.application Authorization failed. The request you have made requires authentication. from @ip@
keystonemiddleware.auth_token Identity response: {"error": {"code": 500, "title": "Internal Server Error", "message": "An unexpected error prevented the server from fulfilling your request."}}
nova.compute.manager [instance: @uuid@] Received unexpected event network-vif-unplugged-@uuid@ for instance with vm_state active and task_state None.
amqp Received method (60, 30) during closing channel @n@. This method will be ignored
ovsdbapp.backend.ovs_idl.vlog tcp:@ip@:6640: connection attempt failed (Connection refused)
"""

ERRORS = """
oslo.messaging._drivers.impl_rabbit [@uuid@] AMQP server on @ip@:5672 is unreachable: [Errno 111] ECONNREFUSED. Trying again in @n@ seconds.
oslo.messaging._drivers.impl_rabbit Unable to connect to AMQP server on @ip@:5673 after inf tries: (0, 0): (403) ACCESS_REFUSED - Login was refused using authentication mechanism AMQPLAIN. For details see the broker logfile.
oslo.messaging._drivers.impl_rabbit Connection failed: [Errno 111] ECONNREFUSED (retrying in 1.0 seconds)
keystonemiddleware.auth_token Bad response code while validating token: 500 An unexpected error prevented the server from fulfilling your request. (HTTP 500) (Request-ID: req-@uuid@)
neutron.agent.common.async_process Error received from [ovsdb-client monitor tcp:@ip@:6640 Interface name,ofport,external_ids --format=json]: None
"""

DEBUGS = """
oslo_concurrency.lockutils Lock "@uuid@" acquired by "nova.compute.manager.ComputeManager.build_and_run_instance.<locals>._locked_do_build_and_run_instance" :: waited 0.000s inner /var/lib/openstack/lib/python3.10/site-packages/oslo_concurrency/lockutils.py:404
oslo_concurrency.processutils CMD "qemu-img info /var/lib/nova/instances/@uuid@/disk --force-share --output=json" returned: 0 in 0.0@n@s execute /var/lib/openstack/lib/python3.10/site-packages/oslo_concurrency/processutils.py:422
nova.compute.resource_tracker Compute_service record updated for cmp@n@:cmp@n@.example.org _update_available_resource /var/lib/openstack/lib/python3.10/site-packages/nova/compute/resource_tracker.py:995
neutron.agent.ovn.metadata.agent There are no provisioned ports on network @uuid@ _get_provision_params /var/lib/openstack/lib/python3.10/site-packages/neutron/agent/ovn/metadata/agent.py:599
"""

Values = dict[str, Callable[[], str]]


@dataclass(frozen=True, slots=True)
class Text:
    """A text with marks: pieces of it, and the names of the marks between them."""

    pieces: tuple[str, ...]
    names: tuple[str, ...]

    def __call__(self, values: Values) -> str:
        """The text with new values."""
        out = [self.pieces[0]]
        for name, piece in zip(self.names, self.pieces[1:], strict=True):
            out += values[name](), piece
        return "".join(out)


@dataclass(frozen=True, slots=True)
class Shape:
    """What one place of a service logs. `trace` is a printed traceback up to its last exception, which is `summary`."""

    level: str
    logger: str
    message: Text
    trace: str = ""
    summary: Text = Text(("",), ())


def shapes(level: str, table: str) -> list[Shape]:
    """Shapes of a table of `logger message` lines."""
    rows = (line.partition(" ") for line in table.strip().split("\n"))
    return [Shape(level, logger, _text(message)) for logger, _, message in rows]


def traced(folder: Path) -> list[Shape]:
    """Shapes with a traceback, of files `LEVEL logger message`, `%%`, the traceback up to its last exception, `%%`, that."""
    found = []
    for path in sorted(folder.glob("*.txt")):
        head, trace, summary = path.read_text().split("%%\n")
        level, logger, message = head.rstrip("\n").split(" ", 2)
        found.append(Shape(level, logger, _text(message), trace, _text(summary.rstrip("\n"))))
    return found


def values(chance: random.Random) -> Values:
    """What each mark becomes."""
    return {
        "uuid": lambda: _HEX.sub(r"\1-\2-\3-\4-\5", f"{chance.getrandbits(128):032x}"),
        "hex": lambda: f"{chance.getrandbits(128):032x}",
        "ip": lambda: f"10.{chance.getrandbits(3)}.{chance.getrandbits(4)}.{chance.getrandbits(7) + 1}",
        "n": lambda: str(chance.getrandbits(6) + 10),
        "num": lambda: str(chance.getrandbits(15) + 1000),
    }


def _text(text: str) -> Text:
    parts = _MARK.split(text)
    return Text(tuple(parts[::2]), tuple(parts[1::2]))
