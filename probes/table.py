"""All checks and all drain actions, as literal tables. A module is imported when it is used: a sidecar should stay small.

A check's module has `Settings`, a dataclass, and `make(settings, context) -> Check`.
An action's module has `Settings` and `make(settings, context) -> Action` (see probes.drain).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A check or an action: its name in profiles and settings, its module, and one sentence."""

    name: str
    module: str
    help: str


CHECKS = (
    Row("rpc", "probes.checks.rpc", "oslo.messaging: pings each worker through the broker, and tells where the way is broken."),
    Row("sockets", "probes.checks.sockets", "The kernel's view of its sockets: established, listening, unread bytes."),
    Row("threads", "probes.checks.threads", "Whether its threads run: processor time and switches."),
    Row("process", "probes.checks.process", "Its processes and their states: there, stopped, zombie, the number of workers."),
    Row("log", "probes.checks.log", "Whether a line that it logs again and again still comes."),
    Row("children", "probes.checks.children", "Children that do the work: dnsmasq, haproxy, keepalived."),
    Row("mount", "probes.checks.mount", "A shared file system that answers; one that hangs hangs only a look."),
    Row("http", "probes.checks.http", "An HTTP request, over TCP, TLS or a unix socket."),
    Row("uwsgi", "probes.checks.uwsgi", "uWSGI's stats server: workers, listen queue."),
    Row("unixctl", "probes.checks.unixctl", "A control command of an OVS or OVN daemon."),
    Row("ovsdb", "probes.checks.ovsdb", "An OVSDB server: echo, databases, raft."),
    Row("mysql", "probes.checks.mysql", "A MariaDB or MySQL server and its place in a Galera cluster."),
    Row("rabbitmq", "probes.checks.rabbitmq", "A RabbitMQ node: alarms, listeners, in service, by the management API."),
    Row("memcached", "probes.checks.memcached", "A memcached server: version and refused connections."),
    Row("libvirt", "probes.checks.libvirt", "A libvirt daemon: connection and first answer, over its own protocol."),
    Row("tcp", "probes.checks.tcp", "A TCP or unix socket that accepts."),
    Row("wait", "probes.checks.wait", "What it needs before it can start: broker, database, Keystone, any target of `wait`."),
)

ACTIONS = (
    Row("idle", "probes.drain.idle", "Waits until connections to a port have ended."),
    Row(
        "work",
        "probes.drain.work",
        "Waits until nothing is in flight: builds, migrations, requests, by its log and its queues.",
    ),
    Row("file", "probes.drain.file", "Makes the file that lets oslo.middleware answer 503 (disable_by_file)."),
    Row("galera", "probes.drain.galera", "Takes a node out of its cluster's service, unless the quorum would be lost."),
    Row("rabbitmq", "probes.drain.rabbitmq", "Waits for quorum plus one, then puts a node into maintenance."),
)
