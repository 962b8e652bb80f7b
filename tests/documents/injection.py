"""The made parts of the pages about the injector: annotations, needs of each profile, and what becomes of openstack-helm."""

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise

from probes.profiles.table import PROFILES
from stratoscope.inject import names
from stratoscope.inject.deciding import decide
from stratoscope.inject.model import Decision, Part, Refusal, Why
from stratoscope.inject.needs import NEEDS, Need
from stratoscope.inject.ports import host_port
from stratoscope.inject.settings import InjectSettings
from tests.documents.text import Row, cell, code, table
from tests.stratoscope.inject.workloads import RUNNING, SETTINGS, Workload

_USERS = {
    "own": "`own`, or `same` where asked for",
    "same": "that of the service: others may not open what it looks at",
    "root": "root, with `DAC_OVERRIDE`",
}
_EXEC = InjectSettings(image=SETTINGS.image, probes="exec")


def annotations() -> str:
    """Those that others write, and those that are written by us; out of the docstrings beside the names."""
    return table(("annotation", "value"), ((code(name), cell(told)) for name, told in _described()))


def _described() -> Iterator[tuple[str, str]]:
    lines = ast.parse(inspect.getsource(names)).body
    for one, told in pairwise(lines):
        if not (isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)):
            continue
        value = getattr(names, one.targets[0].id)
        if isinstance(value, str) and value.startswith(names.PREFIX) and value != names.PREFIX:
            assert isinstance(told, ast.Expr), f"{value} has no docstring"
            assert isinstance(told.value, ast.Constant)
            yield value, " ".join(str(told.value.value).split())


def profiles() -> str:
    """What the sidecar of each profile is given."""
    head = ("profile", "port under hostNetwork", "user", "configuration", "other mounts", "besides")
    return table(head, (_profile(one.name, NEEDS[one.name]) for one in PROFILES))


def _profile(name: str, need: Need) -> Row:
    mounts = [f"{code(path)} (needed)" for path in need.required] + [code(path) for path in need.seen]
    besides = [f"the check {code(one)} is off: it reads what no sidecar sees" for one in need.off]
    if need.login:
        _, user, password = need.login
        besides.append(f"login out of {code(user)} and {code(password)}, where that is a key of a Secret")
    return (
        code(name),
        str(host_port(name, SETTINGS.port)),
        _USERS[need.user],
        ", ".join(map(code, need.config)),
        ", ".join(mounts),
        "; ".join(besides),
    )


def injected_workloads() -> str:
    """What is put into the workloads of openstack-helm."""
    head = ("workload", "container as profile", "parts", "port", "probes set: `missing`", "`exec`", "notes")
    return table(
        head, (_injected(one, found) for one in RUNNING if isinstance(found := decide(one.subject, SETTINGS), Decision))
    )


def _injected(one: Workload, found: Decision) -> Row:
    services = [f"{code(service.container)} as {code(service.profile)}" for service in found.services]
    port = f"{'127.0.0.1' if found.loopback else ''}:{found.port}" if found.services else ""
    more = decide(one.subject, _EXEC)
    assert isinstance(more, Decision)
    notes = [note for note in found.notes if "a command" not in note]  # the columns tell
    if found.grace is not None:
        notes.append(f"terminationGracePeriodSeconds becomes {found.grace}")
    return (
        code(f"{one.kind}/{one.name}"),
        ", ".join(services) or f"{code(found.logging)} (log files alone)",
        ", ".join(part.value for part in Part if part in found.parts),
        code(port),
        _set(found),
        _set(more),
        cell("; ".join([*notes, *(f"reads {code(pattern)}" for pattern in found.log_files)])),
    )


def _set(found: Decision) -> str:
    """Which probes, once where all services have the same."""
    sets = dict.fromkeys(tuple(key.removesuffix("Probe") for key in keys) for keys in found.probes.values())
    return "; ".join(", ".join(keys) or "none" for keys in sets)


def other_workloads() -> str:
    """What is left as it is, by the reason."""
    refused = [(one, found) for one in RUNNING if isinstance(found := decide(one.subject, SETTINGS), Refusal)]
    rows = [
        (code(f"{one.kind}/{one.name}"), code(found.why.value), cell(found.told))
        for one, found in refused
        if found.why is not Why.UNKNOWN
    ]
    rest = ", ".join(code(f"{one.kind}/{one.name}") for one, found in refused if found.why is Why.UNKNOWN)
    return f"{table(('workload', 'reason', 'told'), rows)}\nWithout a profile (`{Why.UNKNOWN.value}`): {rest}.\n"


def refusals() -> str:
    """All reasons."""
    lines = ast.parse(inspect.getsource(Why)).body[0]
    assert isinstance(lines, ast.ClassDef)
    docs = [str(one.value.value) for one in lines.body[1:] if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
    return table(
        ("reason", "meaning"), ((code(why.value), cell(" ".join(told.split()))) for why, told in zip(Why, docs, strict=True))
    )
