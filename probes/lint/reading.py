"""Gathers what the rules may know of a service: its configuration files, its profile, its pod. May block on a mount."""

from collections.abc import Sequence
from pathlib import Path

from probes.lint.model import Doubt, Facts, Options, Severity
from probes.lint.rules import lint
from probes.model import Process, Profile
from probes.oslo.configuration import DEFAULT, Configuration, read
from probes.oslo.ini import ConfigurationError

UNREADABLE = "configuration"
"""The rule of a configuration that cannot be read at all."""
_HEALTH_PROBE = Path("tmp/health-probe.py")
"""Where openstack-helm mounts the script of its exec probes."""


def doubts(
    profile: Profile,
    files: Sequence[Path],
    *,
    host: str = "",
    target: str = "",
    grace: float | None = None,
    processes: Sequence[Process] = (),
    proc: Path = Path("/proc"),
) -> list[Doubt]:
    """What is doubtful about a service. `profile`: as it is in force; `host`: what `$host` stands for where no file sets it.

    `target`: the `server` of its RPC ping, with `{host}` where that is read from the files. `grace`: the pod's, if known.
    """
    try:
        configuration = read(files, {(DEFAULT, "host"): host} if host else None)
    except ConfigurationError as error:
        return [Doubt(UNREADABLE, Severity.WARNING, f"{error}; until then nothing of it is looked at")]
    facts = Facts(
        profile=profile.name,
        options=_options(configuration),
        grace=grace,
        hang_after=profile.hang_after,
        target="" if "{" in target else target.partition("@")[0],  # cinder's has its backend behind an @
        rpc=any(use.check == "rpc" for use in profile.uses),
        exec_probes=_exec_probes(processes, proc),
    )
    return list(lint(facts))


def _options(configuration: Configuration) -> Options:
    """An option that refers to nothing is none: the check that needs it says so."""

    def option(section: str, name: str) -> str | None:
        try:
            return configuration.text(section, name)
        except ConfigurationError:
            return None

    return option


def _exec_probes(processes: Sequence[Process], proc: Path) -> bool | None:
    """Whether the container has openstack-helm's script; None where we may not look into it."""
    for process in processes[:1]:
        try:
            (proc / str(process.pid) / "root" / _HEALTH_PROBE).stat()
        except FileNotFoundError:
            return False
        except OSError:
            return None
        return True
    return None
