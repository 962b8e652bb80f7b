"""The formats of what OpenStack stands on: databases, queues, networks, storage, hypervisors, and the scripts around them.

In the order of trying: the shapes that know themselves by a time first, then those that yield to any open record.
"""

from parsers.formats.base import Format
from parsers.formats.ceph import CEPH
from parsers.formats.dnsmasq import DNSMASQ, DNSMASQ_UNTIMED
from parsers.formats.etcd import CAPNSLOG, ETCD_JSON
from parsers.formats.galera import GALERA_BACKUP, GALERA_SOCAT, GALERA_SST
from parsers.formats.haproxy import HAPROXY, HAPROXY_NOTICE, HAPROXY_STATE
from parsers.formats.keepalived import KEEPALIVED, KEEPALIVED_SYSLOG
from parsers.formats.klog import KLOG
from parsers.formats.lego import GO_LOG, LEGO
from parsers.formats.libvirt import LIBVIRT
from parsers.formats.mariadb import MARIADB_CRASH, MARIADB_ENTRYPOINT, MARIADB_ERROR, MARIADB_SAFE
from parsers.formats.mariadb_slow import MARIADB_SLOW, MARIADB_SLOW_HEADER
from parsers.formats.memcached import MEMCACHED
from parsers.formats.ovs import OVS_SYSLOG, OVS_VLOG
from parsers.formats.percona import PERCONA_ERROR
from parsers.formats.qemu import QEMU_DOMAIN, QEMU_LOG, QEMU_UNTIMED
from parsers.formats.rabbitmq import RABBITMQ_BANNER, RABBITMQ_JSON, RABBITMQ_LAGER, RABBITMQ_TEXT
from parsers.formats.shell import HELM_SCRIPT, SHELL_TRACE
from parsers.formats.swift import SWIFT_PROXY_LOGGING
from parsers.formats.valkey import VALKEY

INFRASTRUCTURE: tuple[Format, ...] = (
    OVS_VLOG,
    OVS_SYSLOG,
    RABBITMQ_TEXT,
    RABBITMQ_LAGER,
    RABBITMQ_JSON,
    MARIADB_ERROR,
    MARIADB_ENTRYPOINT,
    MARIADB_SAFE,
    MARIADB_CRASH,
    MARIADB_SLOW,
    MARIADB_SLOW_HEADER,
    GALERA_SST,
    GALERA_SOCAT,
    GALERA_BACKUP,
    PERCONA_ERROR,
    LIBVIRT,
    QEMU_DOMAIN,
    QEMU_LOG,
    DNSMASQ,
    KEEPALIVED,
    KEEPALIVED_SYSLOG,
    HAPROXY,
    CEPH,
    ETCD_JSON,
    CAPNSLOG,
    KLOG,
    VALKEY,
    LEGO,
    GO_LOG,
    HELM_SCRIPT,
    SWIFT_PROXY_LOGGING,
    RABBITMQ_BANNER,
    QEMU_UNTIMED,
    DNSMASQ_UNTIMED,
    HAPROXY_NOTICE,
    HAPROXY_STATE,
    MEMCACHED,
    SHELL_TRACE,
)
