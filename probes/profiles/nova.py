"""Nova and Placement."""

from pathlib import Path

from probes.model import Privilege, Profile, Use
from probes.profiles import parts
from probes.profiles.parts import KERNEL, OSLO_NEVER, USUAL, needs, program, rpc


def _ping(topic: str) -> Use:
    """Nova has a ping of its own, in each of its RPC servers."""
    return rpc("nova", topic, "1.1", namespace="baseapi", method="ping", expect="reply", arguments={"arg": "stratoscope"})


COMPUTE = Profile(
    "nova-compute",
    "Nova compute: starts and watches the guests of a node.",
    program("nova-compute"),
    (
        _ping("compute"),
        *KERNEL,
        needs(
            "libvirt", "libvirt", "Without libvirt no guest can be started or told of; a restart of nova-compute does not help."
        ),
        needs(
            "instances",
            "mount",
            "Guests' disks on a shared file system: one that hangs stops nova-compute, and a restart would hang there as well.",
            {"path": Path("/var/lib/nova/instances")},
        ),
    ),
    start_seconds=1200.0,
    grace_seconds=195.0,
    never=(
        *OSLO_NEVER,
        "libvirt does not answer: it is another process.",
        parts.NEVER_HEARTBEAT,
    ),
    privileges=(
        *USUAL,
        Privilege("mount of /run/libvirt, read-only", "To ask libvirt over its read-only socket."),
        Privilege("mount of /var/lib/nova, read-only", "To see whether the file system with the guests' disks answers."),
    ),
    drain=(
        parts.work(
            "nova-compute",
            "Builds and migrations that are under way are finished: what is cut off is left in the state BUILD or MIGRATING.",
        ),
    ),
    report_signal="SIGUSR2",
)

CONDUCTOR = Profile(
    "nova-conductor",
    "Nova conductor: the database's door for computes, and long tasks.",
    program("nova-conductor"),
    (_ping("conductor"), *KERNEL),
    start_seconds=300.0,
    grace_seconds=195.0,
    never=(*OSLO_NEVER, "One of its workers hangs: that worker alone is killed, if at all, and its parent starts another one."),
    privileges=USUAL,
    report_signal="SIGUSR2",
)

SCHEDULER = Profile(
    "nova-scheduler",
    "Nova scheduler: finds hosts for guests.",
    program("nova-scheduler"),
    (_ping("scheduler"), *KERNEL),
    start_seconds=300.0,
    grace_seconds=195.0,
    never=(*OSLO_NEVER, "One of its workers hangs: that worker alone is killed, if at all."),
    privileges=USUAL,
    report_signal="SIGUSR2",
)


def _proxy(name: str, title: str, port: int, path: str, status: int) -> Profile:
    """A proxy of consoles: accepts in its main process, and forks for each connection."""
    return Profile(
        f"nova-{name}",
        title,
        program(f"nova-{name}"),
        (
            parts.http(f"http://127.0.0.1:{port}{path}", below=status),
            parts.listening(
                port, proves="Connections that nobody accepts prove that it takes nothing in: each look makes one."
            ),
            parts.MAIN_THREAD,
            parts.PROCESS,
        ),
        start_seconds=120.0,
        grace_seconds=600.0,
        never=(
            "A console cannot be opened: its token is checked by the database and the compute node.",
            "It has many connections: each is somebody's open console, which a restart cuts.",
        ),
        privileges=parts.OF_PROCESSES,
        drain=(parts.idle(port),),
    )


NOVNCPROXY = _proxy("novncproxy", "Nova's proxy of VNC consoles.", 6080, "/vnc_lite.html", 500)
SPICEPROXY = _proxy("spicehtml5proxy", "Nova's proxy of SPICE consoles.", 6082, "/spice_auto.html", 500)
SERIALPROXY = _proxy("serialproxy", "Nova's proxy of serial consoles.", 6083, "/", 500)

PROFILES = (COMPUTE, CONDUCTOR, SCHEDULER, NOVNCPROXY, SPICEPROXY, SERIALPROXY)
