"""What a row of the table of faults is, and how it is tried: a real server, its profile, the real sidecar, kubelets that ask.

The profiles are those that are shipped. What differs stands here: addresses, and all times are a FACTOR shorter.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from probes.model import Profile, State, Use
from probes.profiles.table import named
from probes.verdict.rules import RULES, Rule
from tests.servers.process import READY, free_port
from tests.stratoscope.probe.process import Kubelets, SidecarProcess
from tests.stratoscope.probe.test_end_to_end import COMMAND
from tests.stratoscope.probe.test_process import written

FACTOR = 40
"""By so much periods and `hang_after` are shorter than the profiles say."""
TIMEOUT = 1.0
"""Seconds that a question may take: not shorter by the factor, as the servers are not quicker."""
STILL_AFTER = 6.0
"""Seconds after which threads that do not run are still: the least that can be set."""
SLOW = 10
"""A machine may be so many times slower than what is stated."""

Servers = TypeVar("Servers")


@dataclass(frozen=True, slots=True)
class Row(Generic[Servers]):
    """A fault, and what must come of it.

    `make`: makes the fault, and mends it when left. `rule`: the row of `probes.verdict.rules` that must match, which says the
    state. `told_by`: the check that sees it. `says`: part of the reason. `service`: its name in the settings, where that is not
    the profile's.
    """

    profile: str
    fault: str
    make: Callable[[Servers], AbstractContextManager[object]]
    rule: str
    told_by: str
    says: str = ""
    live: bool = True
    ready: bool = False
    service: str = ""

    @property
    def name(self) -> str:
        """Of the service in the settings."""
        return self.service or self.profile

    @property
    def state(self) -> State:
        """That of the rule."""
        return rule_named(self.rule).state

    def within(self) -> float:
        """Seconds after the fault in which the profile must have told it."""
        return time_to(named(self.profile), self.told_by, rule_named(self.rule))


def rule_named(name: str) -> Rule:
    """The row of the table of rules."""
    return next(rule for rule in RULES if rule.name == name)


def time_to(profile: Profile, told_by: str, rule: Rule) -> float:
    """Seconds from a fault to its verdict, where the kernel itself says that a hung process is stopped.

    The first look that sees it begins a period later at most. A hang must have held from there for `hang_after`, and is told by
    the first look after that; all else takes as many looks as its rule wants.
    """
    use = use_named(profile, told_by)
    if rule.state is State.HUNG:
        return profile.hang_after + 2 * (use.period + use.timeout)
    return rule.looks * (use.period + use.timeout)


def use_named(profile: Profile, name: str) -> Use:
    """A check of a profile."""
    return next(use for use in profile.uses if use.name == name)


def by_fault(rows: Mapping[str, Row[Servers]]) -> dict[str, list[Row[Servers]]]:
    """Rows of one and the same fault together, by the name of the first: they are tried at once."""
    found: dict[str, list[Row[Servers]]] = {}
    for name, row in rows.items():
        known = next((tried for tried in found.values() if tried[0].make == row.make), None)
        if known is None:
            found[name] = [row]
        else:
            known.append(row)
    return found


# -- the settings --------------------------------------------------------------------------------------------------------

Options = Mapping[str, Mapping[str, object]]


def section(profile: str, options: Options, *, off: Sequence[str] = (), **more: object) -> dict[str, object]:
    """A service in the settings: its profile as it is, in shorter times. `options`: where to look, by check."""
    own = named(profile)
    checks: dict[str, object] = {use.name: shorter(use, options.get(use.name, {})) for use in own.uses}
    checks |= {name: {"off": True} for name in off}
    return {"profile": profile, "hang_after": f"{own.hang_after / FACTOR:g}s", "checks": checks, **more}


def shorter(use: Use, options: Mapping[str, object]) -> dict[str, object]:
    """A check, looking more often."""
    of_kernel = use.check in {"threads", "process", "sockets"}
    return {
        "period": f"{use.period / FACTOR * 1000:.0f}ms",
        "timeout": f"{use.timeout if of_kernel else TIMEOUT:g}s",
        "options": {**({"still_after": f"{STILL_AFTER:g}s"} if use.check == "threads" else {}), **options},
    }


# -- the trial -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trial(Generic[Servers]):
    """A sidecar that looks at `servers`; `services`: the names in its settings."""

    servers: Servers
    sidecar: SidecarProcess
    services: Sequence[str]

    def well(self) -> None:
        """Until all are healthy and ready."""
        for name in self.services:
            self.sidecar.until(f"/debug/{name}", 200, f"verdict    {State.HEALTHY} ")
            self.sidecar.until(f"/readyz/{name}", 200)

    def tried(self, rows: Sequence[Row[Servers]]) -> None:
        """All rows of a fault: it comes, is told in time, kills nobody but who is hung, and goes."""
        self.well()
        with self.kubelets() as kubelets:
            with rows[0].make(self.servers):
                for row in rows:
                    self._told(row)
            self.well()
        assert kubelets.failed == []
        hung = {f"/livez/{row.name}" for row in rows if not row.live}
        for path, codes in kubelets.codes.items():
            assert set(codes) == ({200, 503} if path in hung else {200}), path

    def _told(self, row: Row[Servers]) -> None:
        limit = max(READY, SLOW * row.within() / FACTOR)
        page, parts = f"/debug/{row.name}", (f"verdict    {row.state} ", f"rule       {row.rule}", row.says)
        self.sidecar.wait_until(lambda: self.sidecar.says(page, 200, *parts), f"{page} tells {parts}", limit)
        self.sidecar.until(f"/livez/{row.name}", 200 if row.live else 503)
        self.sidecar.until(f"/readyz/{row.name}", 200 if row.ready else 503)

    def kubelets(self) -> Kubelets:
        return Kubelets(self.sidecar, [f"/livez/{name}" for name in self.services], number=1, period=0.1)


@contextmanager
def trial(folder: Path, servers: Servers, sections: Mapping[str, Mapping[str, object]]) -> Iterator[Trial[Servers]]:
    """A sidecar that enforces, once it has seen all healthy."""
    settings = {
        "state": str(folder / "state"),
        "policy": {"mode": "enforce", "kills_per_hour": 1000},
        "services": sections,
    }
    with SidecarProcess(written(folder, json.dumps(settings)), free_port(), COMMAND) as sidecar:
        made = Trial(servers, sidecar, list(sections))
        made.well()
        yield made
