"""A parser for each file that is read, told what the file's name tells: which service writes it."""

import argparse
import re

from parsers.parser import Parser
from parsers.projects import project_of
from stratoscope import parser_options
from stratoscope.ingest import MakeParser

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


def maker(arguments: argparse.Namespace) -> MakeParser:
    """What makes the parser of a file, as `parser_options.maker`; the file's name tells the service if nothing else does.

    Raises StratoscopeError for arguments that make no sense.
    """
    parser_options.maker(arguments, raw=False)

    def make(path: str, offset: int, line: int) -> Parser:
        told = {**vars(arguments), "as_service": arguments.as_service or service_of_file(path)}
        return parser_options.maker(argparse.Namespace(**told), raw=False)(path, offset, line)

    return make
