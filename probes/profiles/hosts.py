"""What runs on hosts below OpenStack: libvirt, Open vSwitch, OVN."""

from probes.model import Profile, Proof, Role, Use
from probes.profiles import parts
from probes.profiles.parts import OF_PROCESSES, socket_of

_OVS = socket_of("/run/openvswitch", "Its control socket.")
_OVN = socket_of("/run/ovn", "Its control socket.")


def control(target: str, command: str = "version", **options: object) -> Use:
    """A command that its main loop answers between its work."""
    why = "Its main loop answers commands between its work; any answer proves that it gets round."
    return Use("control", "unixctl", parts.ALL, why, {"target": target, "command": command, **options}, Proof.UNANSWERED)


def _ready(command: str, target: str, why: str, name: str = "status", **options: object) -> Use:
    """A command whose answer says whether it is fit; its silence is told by `control`."""
    shown = {"target": target, "command": command, **options}
    return Use(name, "unixctl", frozenset({Role.READINESS}), why, shown, Proof.UNANSWERED)


def _connected(command: str, target: str, name: str, database: str) -> Use:
    """That it is connected to one of OVN's databases."""
    why = f"It must be connected to the {database} database; `not connected` has that word in it, too."
    return _ready(command, target, why, name, line=("connected",), otherwise="dependency", about=database)


def _main_thread(still_after: float) -> Use:
    """Daemons whose main thread does the work."""
    return Use(
        "main_thread",
        "threads",
        parts.LIVENESS,
        "A sign of life and no proof: a main loop that computes for minutes runs, and answers late.",
        {"thread": "main", "still_after": still_after},
        timeout=2.0,
    )


LIBVIRT = Profile(
    "libvirtd",
    "libvirt's daemon: libvirtd, or virtqemud where it is split up.",
    parts.program("libvirtd", "virtqemud"),
    (
        Use(
            "libvirt",
            "libvirt",
            parts.ALL,
            "It must open a connection and count its guests over its own protocol, on the read-only socket.",
            {},
            Proof.UNANSWERED,
        ),
        parts.THREADS,
        parts.PROCESS,
    ),
    start_seconds=180.0,
    grace_seconds=60.0,
    hang_after=120.0,
    never=(
        "It answers slowly: jobs on guests hold it up, and end.",
        "A guest does not answer: that is another process, which outlives it.",
        "A migration or a job on a guest is under way: they are cut off.",
    ),
    privileges=(*OF_PROCESSES, socket_of("/run/libvirt", "Its read-only socket.")),
)

OVSDB_SERVER = Profile(
    "ovsdb-server",
    "The database of Open vSwitch on a host.",
    (r"(?:^|[\s/])ovsdb-server(?:\s|:)(?!.*(?:ovn|OVN_))",),
    (
        Use("ovsdb", "ovsdb", parts.ALL, "It must answer an echo and have its database.", {}, Proof.UNANSWERED),
        parts.THREADS,
        _main_thread(15.0),
        parts.PROCESS,
    ),
    start_seconds=120.0,
    grace_seconds=30.0,
    never=("It is busy with a big transaction: it answers afterwards.",),
    privileges=(*OF_PROCESSES, _OVS),
)

VSWITCHD = Profile(
    "ovs-vswitchd",
    "The switch itself: forwards packets, and sets up flows.",
    parts.program("ovs-vswitchd"),
    (
        control("ovs-vswitchd"),
        _ready(
            "ofproto/list",
            "ovs-vswitchd",
            "A switch without br-int forwards nothing for guests; a restart does not make bridges.",
            line=("br-int",),
        ),
        parts.needs(
            "database",
            "ovsdb",
            "Without ovsdb-server it forwards as before and learns of no new port. It answers all commands meanwhile.",
        ),
        parts.THREADS,
        _main_thread(15.0),
        parts.PROCESS,
    ),
    start_seconds=300.0,
    grace_seconds=60.0,
    hang_after=120.0,
    never=(
        "ovsdb-server does not answer: that is another process.",
        "It answers late: a storm of new flows holds up its main thread for many seconds.",
    ),
    privileges=(*OF_PROCESSES, _OVS),
)

OVN_CONTROLLER = Profile(
    "ovn-controller",
    "OVN on a host: makes flows out of the southbound database.",
    parts.program("ovn-controller"),
    (
        control("ovn-controller"),
        _connected("connection-status", "ovn-controller", "status", "southbound"),
        parts.THREADS,
        _main_thread(15.0),
        parts.PROCESS,
    ),
    start_seconds=300.0,
    grace_seconds=60.0,
    hang_after=120.0,
    never=(
        "The southbound database is down: the flows stay as they are, and a restart would take them away.",
        "It computes for minutes: a full recomputation of a large cloud does.",
    ),
    privileges=(*OF_PROCESSES, _OVN),
)

OVN_NORTHD = Profile(
    "ovn-northd",
    "OVN's centre: turns the northbound database into the southbound one.",
    parts.program("ovn-northd"),
    (
        control("ovn-northd", "status"),
        _connected("nb-connection-status", "ovn-northd", "northbound", "northbound"),
        _connected("sb-connection-status", "ovn-northd", "southbound", "southbound"),
        parts.THREADS,
        _main_thread(15.0),
        parts.PROCESS,
    ),
    start_seconds=180.0,
    grace_seconds=30.0,
    hang_after=180.0,
    never=("It computes for minutes.", "It stands by: another one is active.", "A database is down."),
    privileges=(*OF_PROCESSES, _OVN),
)


def _raft(name: str, title: str, database: str, short: str) -> Profile:
    return Profile(
        name,
        title,
        (rf"(?:^|[\s/])ovsdb-server(?:\s|:).*ovn{short}_db",),
        (
            control(f"ovn{short}_db"),
            Use(
                "database",
                "ovsdb",
                parts.SERVES,
                "It must have its database; a raft member without a leader waits for the others.",
                {"remote": f"unix:/run/ovn/ovn{short}_db.sock", "database": database},
                Proof.UNANSWERED,
            ),
            parts.THREADS,
            _main_thread(15.0),
            parts.PROCESS,
        ),
        start_seconds=600.0,
        grace_seconds=60.0,
        hang_after=180.0,
        never=(
            "It has no leader: it waits for the other members, and a restart makes it wait again.",
            "It sends a snapshot, or compacts its log: that takes a minute in a large cloud.",
        ),
        privileges=(*OF_PROCESSES, _OVN),
    )


OVN_NB = _raft("ovn-nb-ovsdb", "OVN's northbound database.", "OVN_Northbound", "nb")
OVN_SB = _raft("ovn-sb-ovsdb", "OVN's southbound database.", "OVN_Southbound", "sb")

PROFILES = (LIBVIRT, OVSDB_SERVER, VSWITCHD, OVN_CONTROLLER, OVN_NORTHD, OVN_NB, OVN_SB)
