"""What the name of a log file tells of the service that writes it."""

import re

from parsers.projects import project_of

_NAME = re.compile(r"(?:.*/)?(?P<service>(?P<project>[a-z0-9]+)(?:-[a-z0-9]+)*)\.log(?:[.-].*)?")
_SERVERS = {
    "mariadb": "mariadb",
    "mysqld": "mariadb",
    "rabbitmq": "rabbitmq",
    "ovs-vswitchd": "openvswitch",
    "ovsdb-server": "openvswitch",
}
"""Servers whose log is called otherwise than their service, or has lines of helpers (Galera's state transfer scripts)."""


def service_of_file(path: str) -> str | None:
    """The service that writes a file called `nova-scheduler.log` (`.1`, `.gz` ...); None where the name tells nothing.

    Most lines of such a file come from libraries, whose loggers do not tell the service. Kubernetes' file names tell it in
    another way, which the parser knows.
    """
    found = _NAME.fullmatch(path)
    if found is None:
        return None
    return found["service"] if project_of(found["project"]) else _SERVERS.get(found["service"])
