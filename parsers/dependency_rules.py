"""Which words of an error mean which dependency, part one: the host itself, the database, the broker and the stores.

A literal table: each rule carries a line that made it necessary. The first rule that matches wins, so what tells most
stands first: a full disk before the database that complains of it, a name that does not resolve before the service that is
therefore not reached, a refused login before the lost connection.
"""

import re
from typing import Final, NamedTuple


class Rule(NamedTuple):
    """One rule. `word` stands in every text that `pattern` matches: texts without any such word are done with at once.

    Texts are `type: message` of an exception, or a message. `dependency` is "" where the pattern's last group has its name.
    `sample` is such a text, shortened, which this rule claims.
    """

    dependency: str
    id: str
    word: str
    pattern: re.Pattern[str]
    sample: str


def rule(name: str, word: str, pattern: str, sample: str) -> Rule:
    """The rule `dependency.what`; `api.what` for a pattern whose groups tell which service it is."""
    dependency = name.partition(".")[0]
    return Rule("" if dependency == "api" else dependency, name, word, re.compile(pattern), sample)


def _sql(what: str, code: int, message: str) -> Rule:
    """An error code of server or client, as the driver prints it, also inside of another exception's message."""
    sample = f'oslo_db.exception.DBError: (pymysql.err.OperationalError) ({code}, "{message}")'
    return rule(f"galera.{what}", str(code), rf"rror\)?:? \({code}, ", sample)


_HOST: Final = (
    rule("disk_full.no_space", "space", "No space left on device", "OSError: [Errno 28] No space left on device: '/var/lib/x'"),
    rule("disk_full.quota", "quota", "Disk quota exceeded", "OSError: [Errno 122] Disk quota exceeded: '/var/lib/x'"),
    rule(
        "disk_full.image_store",
        "media",
        "Image storage media is full",
        "webob.exc.HTTPRequestEntityTooLarge: Image storage media is full: There is not enough disk space on the media.",
    ),
    rule("oom.no_memory", "allocate", "Cannot allocate memory", "OSError: [Errno 12] Cannot allocate memory"),
    rule("oom.memory_error", "MemoryError", r"(?:^|\s)MemoryError\b", "MemoryError"),
    rule("oom.killed", "memory", "Out of memory: Kill", "Out of memory: Killed process 4711 (nova-api) total-vm:2130000kB"),
    rule("open_files.limit", "files", "Too many open files", "OSError: [Errno 24] Too many open files: '/etc/keystone/keys'"),
    # The database driver wraps it, but the database is not to blame.
    rule(
        "dns.unknown_name",
        "known",
        "Name or service not known",
        "pymysql.err.OperationalError: (2003, \"Can't connect to server on 'db' ([Errno -2] Name or service not known)",
    ),
    rule(
        "dns.no_answer",
        "resolution",
        "Temporary failure in name resolution",
        "socket.gaierror: [Errno -3] Temporary failure in name resolution",
    ),
    rule(
        "dns.no_address",
        "hostname",
        "No address associated with hostname",
        "socket.gaierror: [Errno -5] No address associated with hostname",
    ),
    # eventlet resolves names itself, and says it in its own words.
    rule("dns.timeout", "Lookup", "Lookup timed out", "socket.gaierror: [Errno -3] Lookup timed out"),
)

_GALERA: Final = (
    _sql("not_ready", 1047, "WSREP has not yet prepared node for application use"),
    _sql("no_quorum", 1180, "Error while appending streaming replication fragment(provider status: Not connected to Primary)"),
    _sql("deadlock", 1213, "Deadlock found when trying to get lock; try restarting transaction"),
    _sql("changed_row", 1020, "Record has changed since last read in table 'services'"),
    _sql("lock_wait", 1205, "Lock wait timeout exceeded; try restarting transaction"),
    _sql("too_many_connections", 1040, "Too many connections"),
    _sql("too_many_user_connections", 1203, "User nova already has more than 'max_user_connections' active connections"),
    _sql("read_only", 1290, "The MariaDB server is running with the --read-only option so it cannot execute this statement"),
    _sql("access_denied", 1045, "Access denied for user 'neutron'@'localhost' (using password: YES)"),
    _sql("host_blocked", 1129, "Host '10.0.0.1' is blocked because of many connection errors; unblock with 'mariadb-admin'"),
    _sql("shutting_down", 1053, "Server shutdown in progress"),
    _sql("connection_killed", 1927, "Connection was killed"),
    _sql("query_killed", 1317, "Query execution was interrupted"),
    _sql("unreachable", 2003, "Can't connect to MySQL server on '10.0.0.1' ([Errno 111] ECONNREFUSED)"),
    _sql("socket_unreachable", 2002, "Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)"),
    _sql("gone_away", 2006, "MySQL server has gone away (BrokenPipeError(32, 'Broken pipe'))"),
    _sql("connection_lost", 2013, "Lost connection to MySQL server during query"),
    rule(
        "galera.pool_exhausted",
        "QueuePool",
        "QueuePool limit of size",
        "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 50 reached, connection timed out, timeout 30.00",
    ),
    rule(
        "galera.reconnecting",
        "disconnected",
        "Database connection was found disconnected",
        "Database connection was found disconnected; reconnecting",
    ),
    rule("galera.retrying", "SQL", "SQL connection failed", "SQL connection failed. 10 attempts left."),
)

_RABBITMQ: Final = (
    rule(
        "rabbitmq.access_refused",
        "ACCESS_REFUSED",
        "ACCESS_REFUSED",
        "Unable to connect to AMQP server on 10.0.0.1:5672 after inf tries: (0, 0): (403) ACCESS_REFUSED - Login was refused",
    ),
    rule(
        "rabbitmq.connection_forced",
        "CONNECTION_FORCED",
        "CONNECTION_FORCED",
        "[3f1e2d4c-11] AMQP server on 10.0.0.1:5672 is unreachable: (0, 0): (320) CONNECTION_FORCED - operator.",
    ),
    rule(
        "rabbitmq.queue_lost",
        "NOT_FOUND",
        "NOT_FOUND - (?:no )?(?:queue|exchange|home node)",
        "amqp.exceptions.NotFound: Queue.declare: (404) NOT_FOUND - queue 'l3_agent_fanout_254d' in vhost '/' is stopped",
    ),
    rule(
        "rabbitmq.precondition_failed",
        "PRECONDITION_FAILED",
        "PRECONDITION_FAILED",
        "amqp.exceptions.PreconditionFailed: Queue.declare: (406) PRECONDITION_FAILED - inequivalent arg 'x-expires' for queue",
    ),
    rule(
        "rabbitmq.locked",
        "RESOURCE_LOCKED",
        "RESOURCE_LOCKED",
        "amqp.exceptions.ResourceLocked: Queue.declare: (405) RESOURCE_LOCKED - cannot obtain exclusive access to locked queue",
    ),
    rule(
        "rabbitmq.blocked",
        "blocked",
        "The broker has blocked the connection",
        "The broker has blocked the connection: connection blocked, see broker logs",
    ),
    rule("rabbitmq.nacked", "MessageNacked", "MessageNacked", "amqp.exceptions.MessageNacked"),
    rule(
        "rabbitmq.undeliverable",
        "MessageUndeliverable",
        "MessageUndeliverable",
        "oslo_messaging.exceptions.MessageUndeliverable: Queue not found:basic.return",
    ),
    rule(
        "rabbitmq.consumer_cancelled",
        "ConsumerCancelled",
        "ConsumerCancelled",
        "amqp.exceptions.ConsumerCancelled: Basic.cancel: (0) 1",
    ),
    rule(
        "rabbitmq.rpc_timeout",
        "reply",
        "Timed out waiting for a reply to message ID",
        "oslo_messaging.exceptions.MessagingTimeout: Timed out waiting for a reply to message ID 254d3739f4ab4363",
    ),
    rule(
        "rabbitmq.rpc_slow",
        "RPC",
        "Timeout in RPC method",
        "Timeout in RPC method update_device_list. Waiting for 4 seconds before next attempt.",
    ),
    rule(
        "rabbitmq.connection_reset",
        "AMQP",
        "AMQP server .*Connection reset by peer",
        "[3f1e2d4c-11] AMQP server on 10.0.0.1:5672 is unreachable: [Errno 104] Connection reset by peer.",
    ),
    rule(
        "rabbitmq.unreachable",
        "AMQP",
        "AMQP server on",
        "[3f1e2d4c-11] AMQP server on 10.0.0.1:5672 is unreachable: [Errno 111] ECONNREFUSED. Trying again in 1 seconds.",
    ),
    # Names no broker, but only oslo.messaging words it so.
    rule(
        "rabbitmq.retrying",
        "retrying",
        r"^Connection failed: .*\(retrying in [0-9.]+ seconds\)",
        "Connection failed: [Errno 111] ECONNREFUSED (retrying in 2.0 seconds)",
    ),
    rule(
        "rabbitmq.heartbeat",
        "heartbeat",
        "during heartbeat thread processing",
        "Unexpected error during heartbeat thread processing, retrying...",
    ),
    rule(
        "rabbitmq.heartbeats_missed",
        "heartbeats",
        "Too many heartbeats missed",
        "amqp.exceptions.ConnectionForced: Too many heartbeats missed",
    ),
    rule(
        "rabbitmq.connection_lost",
        "amqp",
        r"^amqp\.exceptions\.(?:\w*ConnectionError|ConnectionForced)",
        "amqp.exceptions.RecoverableConnectionError: <RecoverableConnectionError: unknown error>",
    ),
    rule(
        "rabbitmq.kombu",
        "kombu",
        r"^kombu\.exceptions\.OperationalError",
        "kombu.exceptions.OperationalError: [Errno 111] ECONNREFUSED",
    ),
    rule(
        "rabbitmq.delivery",
        "MessageDeliveryFailure",
        "MessageDeliveryFailure",
        "oslo_messaging.exceptions.MessageDeliveryFailure: Unable to send the message",
    ),
)

_STORES: Final = (
    rule(
        "memcached.all_down",
        "servers",
        "All servers seem to be down",
        "pymemcache.exceptions.MemcacheError: All servers seem to be down right now",
    ),
    rule(
        "memcached.closed",
        "MemcacheUnexpectedCloseError",
        "MemcacheUnexpectedCloseError",
        "pymemcache.exceptions.MemcacheUnexpectedCloseError",
    ),
    rule(
        "memcached.dead_server",
        "Marking",
        "Marking dead",
        "MemCached: MemCache: inet:10.0.0.1:11211: connect: [Errno 111] Connection refused.  Marking dead.",
    ),
    rule(
        "redis.unreachable",
        "redis",
        r"redis\.exceptions\.(?:\w*ConnectionError|TimeoutError)",
        "redis.exceptions.ConnectionError: Error 111 connecting to 10.0.0.1:6379. Connection refused.",
    ),
    rule(
        "etcd.unreachable",
        "ConnectionFailedError",
        r"etcd3(?:gw)?\.exceptions\.ConnectionFailedError",
        "etcd3gw.exceptions.ConnectionFailedError",
    ),
    rule(
        "etcd.server",
        "etcdserver",
        "etcdserver: ",
        "etcd3gw.exceptions.InternalServerError: etcdserver: request timed out",
    ),
    rule(
        "ceph.unreachable",
        "cluster",
        "error connecting to the cluster",
        "rados.ObjectNotFound: [errno 2] RADOS object not found (error connecting to the cluster)",
    ),
    rule("ceph.no_pool", "pool", "error opening pool", "rados.ObjectNotFound: [errno 2] error opening pool 'glance'"),
    rule("ceph.timeout", "rados", r"^rados\.TimedOut", "rados.TimedOut: [errno 110] RADOS timed out"),
    rule("ceph.driver", "ceph", "Error connecting to ceph cluster", "Error connecting to ceph cluster."),
)

INFRASTRUCTURE: Final = (*_HOST, *_GALERA, *_RABBITMQ, *_STORES)
