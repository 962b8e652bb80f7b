"""What OpenStack stands on: Galera, RabbitMQ, memcached."""

from probes.model import DrainStep, Privilege, Profile, Proof, Use
from probes.profiles import parts
from probes.profiles.parts import OF_PROCESSES

GALERA = Profile(
    "galera",
    "A MariaDB, MySQL or Percona server, mostly a member of a Galera cluster.",
    parts.program("mariadbd", "mysqld"),
    (
        Use(
            "mysql",
            "mysql",
            parts.ALL,
            "It must greet; with a login it must be Primary and Synced to be ready. Only silence speaks for a hang, and none "
            "while it receives, recovers or upgrades its data.",
            {},
            Proof.UNANSWERED,
        ),
        parts.listening(
            3306,
            spares="Connections that wait show that it is full. Where nobody comes by TCP none waits: that is no sign of life.",
        ),
        parts.THREADS,
        parts.PROCESS,
    ),
    start_seconds=3600.0,
    grace_seconds=300.0,
    hang_after=120.0,
    never=(
        "It is not in a Primary component: it waits for the others, and a restart costs it its place, or a full copy.",
        "It receives a state transfer, recovers or is upgraded: a kill makes it begin anew, or breaks its data.",
        "All its connections are in use (error 1040): it is alive.",
        "It feeds another node, or is desynced.",
    ),
    privileges=(
        *OF_PROCESSES,
        Privilege("mount of its socket's folder", "The greeting without a password, and a login by unix_socket.", needed=True),
        Privilege("mount of /var/lib/mysql, read-only", "Marks of a state transfer, a recovery or an upgrade."),
        Privilege("a database user with USAGE", "Its place in the cluster; without it only the greeting is known."),
    ),
    drain=(
        DrainStep(
            "galera",
            "It is taken out of its cluster's service first, so that no statement of a client fails; never when the rest would "
            "lose the quorum.",
        ),
    ),
)

RABBITMQ = Profile(
    "rabbitmq",
    "A RabbitMQ node. It has no liveness: no restart of a node has been known to help, and many to harm.",
    (r"(?:^|[\s/])beam(?:\.smp)?\s.*rabbit", r"(?:^|[\s/])rabbitmq-server(?:\s|$)"),
    (
        Use(
            "rabbitmq",
            "rabbitmq",
            parts.SERVES,
            "It must be in service. An alarm leaves it ready: who takes it away keeps those from it who empty its queues.",
            {"metrics": "http://127.0.0.1:15692/metrics"},
            Proof.UNANSWERED,
        ),
        Use(
            "process",
            "process",
            parts.NOTHING,
            "The kernel's word, for the reason alone.",
            {},
            Proof.STOPPED,
            timeout=2.0,
        ),
    ),
    start_seconds=1800.0,
    grace_seconds=600.0,
    never=("Anything, by default: it waits for peers, replays queues, pauses in a partition; restarts make that worse.",),
    privileges=(
        parts.SHARED_PID,
        Privilege("a user with the tag monitoring", "The management API tells more than the metrics do."),
    ),
    drain=(DrainStep("rabbitmq", "It may go when no queue would lose its majority or its last copy with it."),),
)

MEMCACHED = Profile(
    "memcached",
    "memcached: tokens and what services remember.",
    parts.program("memcached"),
    (
        Use(
            "memcached",
            "memcached",
            parts.ALL,
            "It must answer `version`; one without free connections should get no more.",
            {},
            Proof.UNANSWERED,
        ),
        parts.listening(
            11211,
            spares="Connections that wait show that it is full. None does where nobody comes, so none is no sign of life.",
        ),
        parts.THREADS,
        parts.PROCESS,
    ),
    start_seconds=60.0,
    grace_seconds=30.0,
    never=("Its connections are used up: a restart empties the cache of all, and they come back.",),
    privileges=OF_PROCESSES,
)

PROFILES = (GALERA, RABBITMQ, MEMCACHED)
