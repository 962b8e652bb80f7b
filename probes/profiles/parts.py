"""What many profiles have in common: uses of checks and privileges. Data, and functions that make it."""

from collections.abc import Mapping

from probes.model import DrainStep, Privilege, Proof, Role, Use

LIVENESS = frozenset({Role.LIVENESS})
READINESS = frozenset({Role.READINESS})
ALL = frozenset({Role.LIVENESS, Role.READINESS, Role.STARTUP})
SERVES = frozenset({Role.READINESS, Role.STARTUP})
NOTHING: frozenset[Role] = frozenset()

# -- of the kernel -------------------------------------------------------------------------------------------------------

BROKER_SOCKETS = Use(
    "sockets",
    "sockets",
    LIVENESS,
    "Bytes that wait unread in its connections to the broker prove that it takes nothing in; none prove that it does, so a "
    "service that is merely busy is not called hung.",
    proof=Proof.BACKLOG,
    timeout=2.0,
)
THREADS = Use(
    "threads",
    "threads",
    LIVENESS,
    "That none of its threads ever runs proves that it is stuck; that one runs proves nothing, as heartbeats go on beside a "
    "blocked main thread.",
    proof=Proof.STILL,
    timeout=2.0,
)
MAIN_THREAD = Use(
    "main_thread",
    "threads",
    LIVENESS,
    "A sign of life and no proof: a service on eventlet that works hard, or collects garbage, does so in its main thread.",
    {"thread": "main", "still_after": 10.0},
    timeout=2.0,
)
PROCESS = Use(
    "process",
    "process",
    LIVENESS,
    "The kernel's word: stopped, dead and not collected, or blocked in it. That it is there says nothing.",
    proof=Proof.STOPPED,
    timeout=2.0,
)
KERNEL = (BROKER_SOCKETS, THREADS, MAIN_THREAD, PROCESS)


def listening(*ports: int, proves: str = "", spares: str = "") -> Use:
    """Its listening sockets: a proof, and why (`proves`), or none (`spares`)."""
    options = {"remote_ports": (), "listen_ports": ports}
    return Use("sockets", "sockets", LIVENESS if proves else NOTHING, proves or spares, options, Proof.BACKLOG, timeout=2.0)


# -- asking --------------------------------------------------------------------------------------------------------------


def rpc(exchange: str, topic: str, version: str = "1.0", **more: object) -> Use:
    """A ping of each worker through the broker. `version`: major version of the endpoint of the method.

    By default a method that does not exist is called: that it does not is an answer, too, over which a service logs nothing.
    """
    recipe = {"version": version, "method": "stratoscope_probe_ignore_errors", "expect": "no_such_method"}
    return Use(
        "rpc",
        "rpc",
        ALL,
        "Each worker must take a request out of its queue and answer; our own message through the same broker is the control. "
        "Silence alone never counts for liveness.",
        {"exchange": exchange, "topic": topic, **recipe, **more},
        Proof.UNANSWERED,
        brings_control=True,
    )


def http(url: str, roles: frozenset[Role] = ALL, **options: object) -> Use:
    """A request to it."""
    why = "It must answer a request that needs no token and no database. An answer with an error speaks against readiness only."
    return Use("http", "http", roles, why, {"url": url, **options}, Proof.UNANSWERED)


def stats(port: int = 1717) -> Use:
    """The view that uWSGI itself has of its workers."""
    return Use(
        "workers",
        "uwsgi",
        READINESS,
        "uWSGI's master tells how many workers are free and how many connections wait, where that is switched on (--stats).",
        {"address": f"tcp:127.0.0.1:{port}"},
        Proof.UNANSWERED,
    )


def needs(name: str, check: str, why: str, options: Mapping[str, object] | None = None) -> Use:
    """Something that it needs and that is no part of it: readiness at most."""
    return Use(name, check, READINESS, why, options or {})


# -- privileges ----------------------------------------------------------------------------------------------------------

CONFIG = Privilege(
    "configuration, read-only",
    "Its own configuration files tell broker, user, TLS and host name; mount what the service mounts.",
    needed=True,
)
SHARED_PID = Privilege(
    "shareProcessNamespace",
    "Threads and states of its processes are seen only in one pid namespace (or with hostPID). Without it a hang is told by "
    "ping and sockets alone, and workers are not told apart.",
)
SAME_UID = Privilege(
    "same uid",
    "Which socket belongs to which worker is told to its own user, or with SYS_PTRACE. Without it sockets are told by uid.",
)
PTRACE = Privilege("SYS_PTRACE", "Stacks of its threads in the black box (py-spy). Nothing else needs it.")
USUAL = (CONFIG, SHARED_PID, SAME_UID, PTRACE)
OF_PROCESSES = (SHARED_PID, SAME_UID, PTRACE)


def socket_of(folder: str, why: str) -> Privilege:
    """A folder with a socket in it."""
    return Privilege(f"mount of {folder}, read-only", why, needed=True)


# -- what is never a reason to kill -----------------------------------------------------------------------------------

NEVER_BROKER = (
    "The broker is down, blocked or hangs: each restart adds its connections to the trouble, and it cannot start without."
)
NEVER_DATABASE = "The database or Keystone is down: a restart mends neither."
NEVER_HEARTBEAT = (
    "Its row in the database is old: that may be the database's fault, and asking for it from every node is a load."
)
NEVER_SILENCE = "A ping is not answered: a service that is busy does not answer either."
OSLO_NEVER = (NEVER_BROKER, NEVER_DATABASE, NEVER_SILENCE)
API_NEVER = (
    NEVER_DATABASE,
    "Its workers are all busy: they may all wait for the database, for Keystone or for RabbitMQ.",
    "It answers with an error: 500 is an answer.",
)

# -- the end -------------------------------------------------------------------------------------------------------------


def work(lines: str, why: str) -> DrainStep:
    """What is in flight by its log comes to its end. The operator names the log (`log_files`)."""
    return DrainStep("work", why, {"lines": lines})


def idle(*ports: int) -> DrainStep:
    """Connections to its ports come to their end."""
    return DrainStep("idle", "Requests that are under way are answered; new ones go elsewhere.", {"ports": ports})


DISABLED = DrainStep(
    "file",
    "oslo.middleware answers 503 from then on, so that load balancers that ask the service itself turn away as well.",
)

# -- command lines --------------------------------------------------------------------------------------------------------


def program(*names: str) -> tuple[str, ...]:
    """A program by its name, as a word of the command line: of a script that Python runs, or of a title."""
    return tuple(rf"(?:^|[\s/(]){name}(?::|\s|\)|$)" for name in names)


def wsgi(*names: str) -> tuple[str, ...]:
    """A WSGI application: by the file that uWSGI or gunicorn is given, or by the title of Apache's mod_wsgi.

    That title is cut off where the original command line ends.
    """
    files = (rf"(?:^|[\s/])(?:uwsgi|gunicorn)\S*\s.*[\s/=]{name}(?:[-_.]u?wsgi)*(?:\.ini|\.py|[:\s]|$)" for name in names)
    groups = (rf"\(wsgi:{name[:11]}" + ("" if len(name) > 11 else r"(?![-\w])") for name in names)
    return (*files, *groups)
