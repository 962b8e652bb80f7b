"""Makes the actions of a profile, with what the operator has said about them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from probes.drain.conductor import Step
from probes.drain.settings import DrainSettings, WorkSettings
from probes.model import Context, Profile
from probes.table import ACTIONS


def steps(profile: Profile, settings: DrainSettings, context: Context, log_files: Sequence[Path] = ()) -> list[Step]:
    """All steps of the profile. `log_files`: of the service, for an action that reads them and was not given others."""
    modules = {row.name: row.module for row in ACTIONS}
    made = []
    for step in profile.drain:
        module = import_module(modules[step.action])
        own = merged(module.Settings, step.options, getattr(settings, step.action))
        if isinstance(own, WorkSettings) and not own.log_files:
            own = replace(own, log_files=tuple(log_files))
        made.append(Step(step.action, module.make(own, context)))
    return made


def merged(kind: type, options: Mapping[str, object], own: Any) -> Any:
    """The profile's options, and over them what the operator's settings have that is not the default."""
    made = kind(**options)
    if own is None:
        return made
    default = kind()
    changed = {one.name: getattr(own, one.name) for one in fields(own) if getattr(own, one.name) != getattr(default, one.name)}
    return replace(made, **changed)
