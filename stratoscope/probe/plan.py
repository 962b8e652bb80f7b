"""A service of the settings, ready to be looked at: its profile with what the settings change, and each check's settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from probes.model import Profile, Use
from probes.table import Row
from probes.watch.making import module_of

if TYPE_CHECKING:
    from stratoscope.probe.settings import ServiceSettings


class PlanError(Exception):
    """A profile needs more than is known. The text says what."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A service.

    `profile` is the one in force: with the checks, times and patterns that the settings say; `found_as` is the one that it
    was made of. `options`: for each of its uses, by name, an instance of the check's `Settings`.
    """

    name: str
    settings: "ServiceSettings"
    profile: Profile
    found_as: Profile
    options: Mapping[str, Any]


def plan_of(name: str, settings: "ServiceSettings", profile: Profile, rows: Sequence[Row]) -> Plan:
    """That of a service whose settings change nothing in the checks of its profile. Raises PlanError."""
    options = {}
    for use in profile.uses:
        try:
            cls = module_of(use.check, rows).Settings
            options[use.name] = cls(**typed(cls, use.options))
        except TypeError as error:
            raise PlanError(f"check {use.name} of profile {profile.name}: {error}") from error
    return Plan(name, settings, in_force(profile, settings, profile.uses), profile, options)


def typed(cls: type[Any], values: Mapping[str, object]) -> dict[str, Any]:
    """Values of a profile as the fields of a settings class take them: in profiles a path is text."""
    hints = get_type_hints(cls)
    return {name: _typed(hints.get(name), value) for name, value in values.items()}


def _typed(hint: Any, value: Any) -> Any:
    if isinstance(value, str) and (hint is Path or Path in get_args(hint)):
        return Path(value)
    if isinstance(value, tuple) and Path in get_args(hint):
        return tuple(map(Path, value))
    return value


def in_force(profile: Profile, settings: "ServiceSettings", uses: tuple[Use, ...]) -> Profile:
    """A profile with what the settings of a service change."""
    return replace(
        profile,
        uses=uses,
        processes=settings.processes or profile.processes,
        hang_after=settings.hang_after or profile.hang_after,
        start_seconds=settings.start_after or profile.start_seconds,
    )
