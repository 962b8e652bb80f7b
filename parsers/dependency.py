"""Which dependency an error blames: the question that an operator asks first, and that a stack trace answers last.

The rules stand in `dependency_rules` and `dependency_services`; here is the order in which texts are asked. Nothing is guessed:
what no rule claims blames nobody.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from parsers.dependency_rules import INFRASTRUCTURE, Rule
from parsers.dependency_services import SERVICES
from parsers.model import ExceptionInfo

RULES: Final[tuple[Rule, ...]] = (*INFRASTRUCTURE, *SERVICES)
_WORD: Final = re.compile("[A-Za-z0-9_]+")
_BY_WORD: Final = {rule.word: [(n, other) for n, other in enumerate(RULES) if other.word == rule.word] for rule in RULES}
_WORDS: Final = frozenset(_BY_WORD)
_READ: Final = 2000
"""So many characters of a text count: what failed stands in front, a remote traceback or an SQL statement behind it."""

# `ConnectionRefusedError: [Errno 111] Connection refused` in keystone names nobody; that it came out of pymemcache does.
_SOCKET_ERRORS: Final = frozenset(
    """ConnectionRefusedError ConnectionResetError ConnectionAbortedError BrokenPipeError TimeoutError OSError
    socket.error socket.timeout""".split()
)
_CLIENTS: Final = {
    "pymysql": "galera",
    "MySQLdb": "galera",
    "amqp": "rabbitmq",
    "kombu": "rabbitmq",
    "pymemcache": "memcached",
    "memcache": "memcached",
    "redis": "redis",
    "etcd3gw": "etcd",
    "ovs": "ovs",
}
"""The libraries that talk to one dependency only, by top-level package."""


@dataclass(frozen=True, slots=True)
class Blame:
    """The dependency that an error blames (`galera`, `rabbitmq`, `dns` ...) and the id of the rule that said so."""

    name: str
    rule: str


def dependency_of(exceptions: Sequence[ExceptionInfo], body: str) -> Blame | None:
    """What `exceptions` (oldest first) or else the message `body` blame; None where it is no dependency's fault.

    The oldest exception that a rule claims decides: what a refused connection led to is told after it. Where none is claimed,
    and neither is the message, a socket's error blames the server of the library that it came out of (rule `NAME.socket`).
    """
    for exception in exceptions:
        found = _blamed(f"{exception.type}: {exception.message}" if exception.message else exception.type)
        if found is not None:
            return found
    return _blamed(body) or _by_client(exceptions)


def _blamed(text: str) -> Blame | None:
    words = _WORDS.intersection(_WORD.findall(text, 0, _READ))
    for _, rule in sorted(candidate for word in words for candidate in _BY_WORD[word]) if words else ():
        found = rule.pattern.search(text, 0, _READ)
        if found:
            return Blame(rule.dependency or found.lastgroup or "", rule.id)
    return None


def _by_client(exceptions: Sequence[ExceptionInfo]) -> Blame | None:
    for exception in exceptions:
        if exception.type in _SOCKET_ERRORS and exception.frames:
            name = _CLIENTS.get((exception.frames[-1].module or "").partition(".")[0])
            if name:
                return Blame(name, f"{name}.socket")
    return None
