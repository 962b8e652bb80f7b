"""Heat, Octavia, Ironic, Designate and Magnum. Their APIs are in `probes.profiles.api`."""

from probes.model import Privilege, Profile, Proof, Use
from probes.profiles import parts
from probes.profiles.parts import KERNEL, OSLO_NEVER, USUAL, program, rpc

HEAT_ENGINE = Profile(
    "heat-engine",
    "Heat's engine: works on stacks.",
    program("heat-engine"),
    (rpc("heat", "engine"), *KERNEL),
    start_seconds=300.0,
    grace_seconds=600.0,
    never=(*OSLO_NEVER, "A stack takes long: an engine that is killed leaves it IN_PROGRESS until somebody resets it."),
    privileges=USUAL,
    report_signal="SIGUSR2",
)

OCTAVIA_WORKER = Profile(
    "octavia-worker",
    "Octavia's worker: makes and changes load balancers.",
    program("octavia-worker"),
    # On threads: the main one only waits, and wakes up beside a dispatcher that hangs.
    (
        rpc("octavia", "octavia_provisioning_v2", "2.0", namespace="controller"),
        parts.BROKER_SOCKETS,
        parts.THREADS,
        parts.PROCESS,
    ),
    start_seconds=180.0,
    grace_seconds=600.0,
    never=(*OSLO_NEVER, "A flow takes long: one that is cut off leaves its load balancer PENDING_UPDATE, without a jobboard."),
    privileges=USUAL,
    report_signal="SIGUSR2",
)

OCTAVIA_HEALTH_MANAGER = Profile(
    "octavia-health-manager",
    "Octavia's health manager: takes the amphorae's heartbeats, and fails over.",
    program("octavia-health-manager"),
    (
        Use(
            "sockets",
            "sockets",
            parts.ALL,
            "Heartbeats come by UDP: bytes that stay in the socket, and datagrams dropped, show that nobody takes them.",
            {"remote_ports": (), "udp_ports": (5555,)},
            Proof.BACKLOG,
            timeout=2.0,
        ),
        parts.THREADS,
        parts.MAIN_THREAD,
        parts.PROCESS,
    ),
    start_seconds=180.0,
    grace_seconds=60.0,
    hang_after=120.0,
    never=(
        parts.NEVER_DATABASE,
        "No heartbeat comes: there may be no load balancer, or the network to them is broken.",
        "Its database is slow: then it takes heartbeats later than they come.",
    ),
    privileges=parts.OF_PROCESSES,
    report_signal="SIGUSR2",
)


def _quiet(name: str, title: str, why: str, never: tuple[str, ...]) -> Profile:
    """A service that nobody can ask: two other families must prove it, one of them that it does not move at all."""
    startup = Use("process", "process", parts.ALL, f"Nothing can be asked of it: {why}", {}, Proof.STOPPED, timeout=2.0)
    return Profile(
        name,
        title,
        program(name),
        (parts.BROKER_SOCKETS, parts.THREADS, parts.MAIN_THREAD, startup),
        start_seconds=180.0,
        grace_seconds=90.0,
        hang_after=120.0,
        never=(*never, "No thread of it runs: alone that is one proof, and two are needed."),
        privileges=(Privilege("shareProcessNamespace", "It can only be seen by its processes.", needed=True), parts.SAME_UID),
        report_signal="SIGUSR2",
    )


OCTAVIA_HOUSEKEEPING = _quiet(
    "octavia-housekeeping",
    "Octavia's housekeeping: spare amphorae, certificates, old rows.",
    "it only works through the database, on a clock.",
    (parts.NEVER_DATABASE,),
)

IRONIC_CONDUCTOR = Profile(
    "ironic-conductor",
    "Ironic's conductor: works on bare metal nodes.",
    program("ironic-conductor"),
    (rpc("ironic", "ironic.conductor_manager"), *KERNEL),
    start_seconds=600.0,
    grace_seconds=600.0,
    hang_after=120.0,
    never=(
        *OSLO_NEVER,
        "Its row in the table of conductors is old: that is the database's fault as often as its own.",
        "A BMC does not answer: its worker waits, the others go on.",
    ),
    privileges=USUAL,
    report_signal="SIGUSR1",
)


def _designate(name: str, title: str, version: str) -> Profile:
    return Profile(
        f"designate-{name}",
        title,
        program(f"designate-{name}"),
        (rpc("designate", name, version), *KERNEL),
        start_seconds=180.0,
        grace_seconds=90.0,
        never=(*OSLO_NEVER, "A name server does not answer."),
        privileges=USUAL,
    )


DESIGNATE_CENTRAL = _designate("central", "Designate's centre: the database's door.", "6.0")
DESIGNATE_WORKER = _designate("worker", "Designate's worker: brings zones to name servers.", "1.0")
DESIGNATE_PRODUCER = _designate("producer", "Designate's producer: work that recurs.", "1.0")

MAGNUM_CONDUCTOR = _quiet(
    "magnum-conductor",
    "Magnum's conductor: makes clusters.",
    "it calls its queue by a name that it makes up at each start, so no ping can be sent to it alone.",
    (parts.NEVER_BROKER, parts.NEVER_DATABASE),
)

PROFILES = (
    HEAT_ENGINE,
    OCTAVIA_WORKER,
    OCTAVIA_HEALTH_MANAGER,
    OCTAVIA_HOUSEKEEPING,
    IRONIC_CONDUCTOR,
    DESIGNATE_CENTRAL,
    DESIGNATE_WORKER,
    DESIGNATE_PRODUCER,
    MAGNUM_CONDUCTOR,
)
