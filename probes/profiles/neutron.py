"""The agents of Neutron, and its RPC servers. Its API is in `probes.profiles.api`."""

from pathlib import Path

from probes.model import Privilege, Profile, Proof, Role, Use
from probes.profiles import parts
from probes.profiles.parts import KERNEL, OSLO_NEVER, USUAL, needs, program, rpc

STATE = "/var/lib/neutron"
_STATE_MOUNT = Privilege(
    f"mount of {STATE}, read-only", "Pid files of dnsmasq, haproxy and keepalived, and the socket of the metadata proxy."
)
_LOGS = Privilege(
    "mount of /var/log/pods, read-only",
    "Its log, where lines that must come again and again are looked for. Without: less evidence.",
)
_HEARTBEAT = "Its heartbeat comes (`alive`): that has a loop of its own and goes on when nothing else does."


def _log_of(container: str) -> str:
    """The log of a container as the kubelet writes it; the file that was written last."""
    return f"/var/log/pods/*{container}*/{container}/*.log"


def _log(container: str, roles: frozenset[Role], why: str, **options: object) -> Use:
    """Lines that must come."""
    return Use("log", "log", roles, why, {"path": _log_of(container), **options}, Proof.QUIET, timeout=2.0)


def _children(*programs: str) -> Use:
    return needs(
        "children",
        "children",
        "The agent may answer all pings while a network has no child that works for it; killing the agent brings none back.",
        {"programs": programs, "state_path": Path(STATE)},
    )


def _metadata_proxy(path: str, header: str) -> Use:
    """A request with a router or network that nobody has: answered without asking Nova."""
    return parts.http(
        "http://127.0.0.1/latest/meta-data/",
        socket=path,
        headers={header: "00000000-0000-4000-8000-000000000000", "X-Forwarded-For": "192.0.2.1"},
        below=500,
    )


L3 = Profile(
    "neutron-l3-agent",
    "Neutron's L3 agent: routers of a network node.",
    program("neutron-l3-agent", "neutron-vpn-agent"),
    (
        rpc("neutron", "l3_agent"),
        *KERNEL,
        _log(
            "neutron-l3-agent",
            parts.NOTHING,
            "A router whose update has begun and does not end is without its floating IPs. Told, and no proof of a hang: all "
            "other routers may go on.",
            begin=r"Starting router update for (?P<key>[-0-9a-f]{36})",
            end=r"Finished (?:a )?router update for (?P<key>[-0-9a-f]{36})",
        ),
        _children("keepalived", "haproxy"),
    ),
    start_seconds=900.0,
    grace_seconds=60.0,
    hang_after=120.0,
    never=(*OSLO_NEVER, _HEARTBEAT, "A router's child is missing: the agent itself starts it again."),
    privileges=(*USUAL, _STATE_MOUNT, _LOGS),
    report_signal="SIGUSR2",
)

DHCP = Profile(
    "neutron-dhcp-agent",
    "Neutron's DHCP agent: a dnsmasq for each network.",
    program("neutron-dhcp-agent"),
    (rpc("neutron", "dhcp_agent"), *KERNEL, _children("dnsmasq")),
    start_seconds=900.0,
    grace_seconds=60.0,
    hang_after=120.0,
    never=(*OSLO_NEVER, _HEARTBEAT, "A network's dnsmasq is missing: the agent itself starts it again."),
    privileges=(*USUAL, _STATE_MOUNT),
    report_signal="SIGUSR2",
)

METADATA = Profile(
    "neutron-metadata-agent",
    "Neutron's metadata agent: brings guests' requests to Nova.",
    program("neutron-metadata-agent"),
    (
        _metadata_proxy(f"{STATE}/metadata_proxy", "X-Neutron-Router-ID"),
        parts.THREADS,
        parts.MAIN_THREAD,
        parts.PROCESS,
    ),
    start_seconds=180.0,
    grace_seconds=60.0,
    never=(
        parts.NEVER_BROKER,
        "A request is not answered: it asks neutron-server by RPC first. None of its threads must have run as well.",
    ),
    privileges=(*parts.OF_PROCESSES, _STATE_MOUNT),
    report_signal="SIGUSR2",
)

_SOUTHBOUND = "OVN's southbound database does not answer: a new connection is made by the agent itself."

OVN_METADATA = Profile(
    "neutron-ovn-metadata-agent",
    "Neutron's metadata agent on OVN: haproxy for each network, requests to Nova.",
    program("neutron-ovn-metadata-agent", "networking-ovn-metadata-agent"),
    (
        _metadata_proxy(f"{STATE}/metadata_proxy", "X-OVN-Network-ID"),
        parts.THREADS,
        parts.MAIN_THREAD,
        parts.PROCESS,
        _children("haproxy"),
    ),
    start_seconds=300.0,
    grace_seconds=60.0,
    never=(_SOUTHBOUND, "Nova's metadata API does not answer."),
    privileges=(*parts.OF_PROCESSES, _STATE_MOUNT),
    report_signal="SIGUSR2",
)

OVN_AGENT = Profile(
    "neutron-ovn-agent",
    "Neutron's OVN agent: metadata, QoS and BGP extensions in one.",
    program("neutron-ovn-agent"),
    (
        _metadata_proxy(f"{STATE}/metadata_proxy", "X-OVN-Network-ID"),
        parts.THREADS,
        parts.MAIN_THREAD,
        parts.PROCESS,
        _children("haproxy"),
    ),
    start_seconds=300.0,
    grace_seconds=60.0,
    never=(_SOUTHBOUND, "Its extension for metadata is off: then nothing answers, and the use `http` is to be switched off."),
    privileges=(*parts.OF_PROCESSES, _STATE_MOUNT),
    report_signal="SIGUSR2",
)

OVS_AGENT = Profile(
    "neutron-openvswitch-agent",
    "Neutron's Open vSwitch agent: flows and ports of a node.",
    program("neutron-openvswitch-agent", "neutron-ovs-agent"),
    (
        rpc("neutron", "q-agent-notifier-tunnel-update"),
        *KERNEL,
        _log(
            "neutron-ovs-agent",
            parts.LIVENESS,
            "Its loop tells its number each time, at level INFO. While it comes, no missing answer counts.",
            pattern=r"Agent rpc_loop - iteration:\d+",
            silence=180.0,
        ),
        needs("ovsdb", "ovsdb", "Without ovsdb-server it can do nothing; a restart of the agent does not help."),
        needs(
            "bridges",
            "unixctl",
            "Without its bridges in ovs-vswitchd no guest is reached.",
            {
                "target": "ovs-vswitchd",
                "command": "ofproto/list",
                "line": ("br-int",),
                "otherwise": "dependency",
                "about": "br-int",
            },
        ),
    ),
    start_seconds=900.0,
    grace_seconds=60.0,
    hang_after=120.0,
    never=(
        *OSLO_NEVER,
        "ovsdb-server or ovs-vswitchd does not answer: they are other processes.",
        "A loop takes minutes: that is so with thousands of ports, after a restart of Open vSwitch.",
    ),
    privileges=(
        *USUAL,
        Privilege("mount of /run/openvswitch, read-only", "The control sockets of ovsdb-server and ovs-vswitchd."),
        _LOGS,
    ),
    report_signal="SIGUSR2",
)

SRIOV_AGENT = Profile(
    "neutron-sriov-nic-agent",
    "Neutron's SR-IOV agent: states of virtual functions.",
    program("neutron-sriov-nic-agent"),
    (rpc("neutron", "q-agent-notifier-security_group-update"), *KERNEL),
    start_seconds=300.0,
    grace_seconds=60.0,
    hang_after=120.0,
    never=(*OSLO_NEVER, _HEARTBEAT),
    privileges=USUAL,
    report_signal="SIGUSR2",
)

RPC_SERVER = Profile(
    "neutron-rpc-server",
    "Neutron's RPC servers beside an API that uWSGI serves.",
    program("neutron-rpc-server"),
    (rpc("neutron", "q-plugin"), *KERNEL),
    start_seconds=300.0,
    grace_seconds=90.0,
    never=(*OSLO_NEVER, "One of its workers hangs: that worker alone is killed, if at all."),
    privileges=USUAL,
    report_signal="SIGUSR2",
)

PROFILES = (L3, DHCP, METADATA, OVN_METADATA, OVN_AGENT, OVS_AGENT, SRIOV_AGENT, RPC_SERVER)
