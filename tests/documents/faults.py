"""The made part of the page about faults: one row for each row that the tests try on real servers."""

from collections.abc import Iterator, Mapping
from typing import Any

from probes.checks.sockets import Settings
from probes.model import State
from probes.profiles.table import named
from probes.verdict.rules import RULES
from tests.documents.text import Row, cell, code, table
from tests.probes.faults import rows, test_api, test_broker, test_galera, test_memcached, test_switches
from tests.stratoscope.probe import test_end_to_end as rpc

_SERVERS: tuple[Mapping[str, rows.Row[Any]], ...] = (
    test_galera.ROWS,
    test_broker.ROWS,
    test_memcached.ROWS,
    test_switches.ROWS,
    test_api.ROWS,
)
_STOPPED = "stopped by a signal, with all workers"


def probe_faults() -> str:
    """What is done to which service, and what comes of it."""
    head = ("service", "fault", "verdict", "liveness", "readiness", "within")
    return table(head, (*_of_rpc(), *_of_servers()))


def _of_servers() -> Iterator[Row]:
    for row in (row for module in _SERVERS for row in module.values()):
        yield _line(row.profile, row.fault, row.state, row.within(), live=row.live, ready=row.ready)


def _of_rpc() -> Iterator[Row]:
    """Those of the services behind a broker, which have a test of their own."""
    for fault, row in rpc.ROWS.items():
        profile = rpc.PROFILES[row.service]
        within = _within(profile, row.state) + (_unread(profile) if row.state is State.HUNG else 0)
        yield _line(profile, fault, row.state, within, live=row.live, ready=row.ready)
    for row in rpc.STOPPED.values():
        profile = rpc.PROFILES[row.service]
        yield _line(profile, _STOPPED, row.state, _within(profile, row.state), live=row.live, ready=row.ready)
    for fault, outage in rpc.OUTAGES.items():
        for profile in rpc.PROFILES.values():
            yield _line(
                profile,
                f"the broker {fault}",
                outage.state,
                _within(profile, outage.state),
                live=outage.state is not State.HUNG,
                ready=False,
            )


def _within(profile: str, state: State) -> float:
    """By the first rule that leads to the state; the end of a process is seen by itself."""
    rule = next(rule for rule in RULES if rule.state is state)
    return rows.time_to(named(profile), "process" if state is State.STARTING else "rpc", rule)


def _unread(profile: str) -> float:
    """Seconds more for a second proof that is not the kernel's word: bytes that nobody reads from one look to the next ones."""
    use = rows.use_named(named(profile), "sockets")
    return Settings().samples * (use.period + use.timeout)


def _line(profile: str, fault: str, state: State, within: float, *, live: bool, ready: bool) -> Row:
    answers = ("200" if live else "**503**", "200" if ready else "503")
    return (f"[{code(profile)}](profiles/{profile}.md)", cell(fault), code(state.value), *answers, f"{within:g} s")
