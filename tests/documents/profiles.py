"""A page for each service profile, made out of its data and of the injector's tables: `python -m tests.documents.profiles`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from probes.model import Profile, Proof, Role, Use
from probes.profiles.table import PROFILES
from stratoscope.inject import names
from stratoscope.inject.needs import NEEDS, Need
from stratoscope.inject.ports import host_port
from stratoscope.inject.settings import InjectSettings
from stratoscope.inject.workloads import OPENSTACK_HELM, RHOSO, Row
from tests.documents.probes import hang_of, time_of, uses
from tests.documents.text import cell, code, table

FOLDER = Path(__file__).parents[2] / "docs" / "probes" / "profiles"
_MADE = "<!-- made by make docs, out of probes/profiles and stratoscope/inject -->"
_WHO = {"own": "a user of its own", "same": "the user of the service", "root": "root"}


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    return {f"{profile.name}.md": "\n".join(_page(profile)) for profile in PROFILES}


def _page(profile: Profile) -> Iterator[str]:
    yield f"# {profile.name}\n{_MADE}\n\n{profile.title} How to read this page: [profiles](../profiles.md).\n"
    yield "## What is looked at\n"
    yield uses(profile)
    yield f"## When it is killed\n{_liveness(profile)}\n"
    yield from _listed("Never a reason to kill it:", profile.never)
    yield f"## When it gets work\n{_readiness(profile)}\n"
    yield f"## How it starts and ends\n{_times(profile)}\n"
    yield from _listed("Before its end it is [drained](../drain.md):", _drain(profile))
    yield "## What the sidecar needs\n"
    yield from _listed(
        "", (f"**{one.name}**{'' if one.needed else ' (better with it)'}: {one.why}" for one in profile.privileges)
    )
    yield f"## How a pod gets it\n{_chosen(profile)}\n"
    yield f"{_injected(profile, NEEDS[profile.name])}\n"
    yield f"## By hand\n```yaml\n{example(profile)}```"
    yield "`stratoscope probe -c FILE --once` says at once what it comes to.\n"


def _named(uses_: Iterable[Use]) -> str:
    return ", ".join(code(use.name) for use in uses_)


def _liveness(profile: Profile) -> str:
    alive = [use for use in profile.uses if Role.LIVENESS in use.roles]
    if not alive:
        return "Never: it has no liveness. What is found is told, and counts for readiness at most."
    asking = [use for use in alive if use.proof is Proof.UNANSWERED]
    others = ", ".join(f"{code(use.name)} ({use.proof.value})" for use in alive if use.proof not in (None, Proof.UNANSWERED))
    first = f"{_named(asking)} {_has(asking, 'is', 'are')} silent, and one more proves" if asking else "two of these prove"
    told = f"When for {hang_of(profile)} {first} that it does not move: {others}."
    if not asking:
        told += " One of the two must be `still` or `stopped`."
    signs = ["an answer"] * bool(asking) + [code(use.name) for use in alive if use.proof is None]
    told += f" Any sign of life keeps it: {', '.join(signs)}." if signs else ""
    if controls := [use for use in profile.uses if use.brings_control]:
        told += f" Silence of {_named(controls)} counts only while a message of our own gets through the same broker."
    return told + " With `mode: observe` it is counted and not done; [verdict](../verdict.md) has all the conditions."


def _has(uses_: list[Use], one: str, several: str) -> str:
    return one if len(uses_) == 1 else several


def _readiness(profile: Profile) -> str:
    ready = [use for use in profile.uses if Role.READINESS in use.roles]
    if not ready:
        return "Always, once it has started: nothing speaks against readiness here."
    found = _has(ready, "finds", "find")
    told = f"While {_named(ready)} {found} it fine; two bad looks take it out, three good ones bring it back."
    others = [use for use in ready if use.proof is None and Role.LIVENESS not in use.roles]
    return told + (f" What {_named(others)} {_has(others, 'looks', 'look')} at is not the service itself." if others else "")


def _times(profile: Profile) -> str:
    starts = _named(use for use in profile.uses if Role.STARTUP in use.roles) or "its process"
    told = f"It has started when {starts} found it fine once; after {time_of(profile.start_seconds)} the start is overdue."
    report = f" {profile.report_signal} makes it write a Guru Meditation Report." if profile.report_signal else ""
    return f"{told} Its end may need {time_of(profile.grace_seconds)} (`terminationGracePeriodSeconds`).{report}"


def _drain(profile: Profile) -> Iterator[str]:
    yield from (f"{code(step.action)}: {step.why}" for step in profile.drain)


def _chosen(profile: Profile) -> str:
    rows = [
        (who, cell(", ".join(f"{key}={value}" for key, value in row.labels.items())), code(container))
        for who, made in (("openstack-helm", OPENSTACK_HELM), ("RHOSO", RHOSO))
        for row in made
        for container, name in row.services
        if name == profile.name
    ]
    other = f"the container is called {profile.name}, or with `_` for `-`"
    annotated = code(f"{names.PROFILE}: CONTAINER={profile.name}")
    rows += [("any other", cell(other), "that one"), ("where you say so", f"annotation {annotated}", "CONTAINER")]
    return table(("made by", "labels of the pod", "container"), rows) + _found(profile)


def _found(profile: Profile) -> str:
    patterns = ", ".join(f"`{one}`" for one in profile.processes)
    return f"\nOn a host, and with `profile: auto`, it is known by its command line: {patterns}."


def _injected(profile: Profile, need: Need) -> str:
    port = host_port(profile.name, InjectSettings().port)
    told = [
        f"[Injected](../../injection.md), the sidecar runs as {_WHO[need.user]}; under hostNetwork it listens on port {port}."
    ]
    if need.config:
        told.append(f"It reads {', '.join(map(code, need.config))}, where the service has them.")
    if need.required:
        told.append(f"It must see {', '.join(map(code, need.required))} of the service, else it is not put in.")
    if need.seen:
        told.append(f"It sees {', '.join(map(code, need.seen))} where the service has that.")
    if logs := _logs(profile):
        told.append(f"A log sidecar beside it reads {', '.join(map(code, logs))}.")
    return " ".join(told)


def _logs(profile: Profile) -> list[str]:
    rows: tuple[Row, ...] = (*OPENSTACK_HELM, *RHOSO)
    return [log for row in rows if any(name == profile.name for _, name in row.services) for log in row.log_files]


def example(profile: Profile) -> str:
    """Settings for this service, as they are written by hand."""
    need = NEEDS[profile.name]
    service: dict[str, Any] = {"profile": profile.name}
    if need.config:
        service["config_files"] = list(need.config)
    return yaml.safe_dump({"services": {profile.name: service}, "policy": {"mode": "observe"}}, sort_keys=False, width=120)


def _listed(head: str, lines: Iterable[str]) -> Iterator[str]:
    items = "".join(f"- {line}\n" for line in lines)
    if items:
        yield f"{head}\n\n{items}" if head else items


def main() -> None:
    """Write all pages anew, and remove those of profiles that are gone."""
    made = pages()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
