"""Plans out of settings that change the checks of a profile, or add some: every mistake at once.

What a check is told has the class of its own module, with the profile's values as defaults: a row in a table is all it takes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, field, fields, make_dataclass, replace
from typing import Any, get_type_hints

from probes.model import Profile, Proof, Role, Use
from probes.table import Row
from probes.watch.making import module_of
from stratoscope.probe.plan import Plan, in_force, typed
from stratoscope.probe.settings import CheckSettings, ServiceSettings
from stratoscope.settings.mistakes import Mistake, suggestion
from stratoscope.settings.scalars import Surroundings
from stratoscope.settings.structure import MistakesFoundError, structured


def planned(name: str, settings: ServiceSettings, profile: Profile, rows: Sequence[Row], surroundings: Surroundings) -> Plan:
    """The plan of a service. Raises MistakesFoundError, each mistake with its path below the service."""
    mistakes: list[Mistake] = []
    uses: list[Use] = []
    options: dict[str, Any] = {}
    own = {use.name: use for use in profile.uses}
    for check in (*own, *(one for one in settings.checks if one not in own)):
        told = settings.checks.get(check)
        if told is not None and told.off:
            continue
        try:
            use = _use(check, own.get(check), told, own, rows)
            options[check] = options_of(use, {} if told is None else told.options, rows, surroundings)
            uses.append(use)
        except MistakesFoundError as error:
            mistakes += (Mistake(("checks", check, *one.path), one.text) for one in error.mistakes)
    mistakes += (
        Mistake(("checks", check, "off"), f"the profile has no such check; {suggestion(check, own)}")
        for check, told in settings.checks.items()
        if told.off and check not in own
    )
    if mistakes:
        raise MistakesFoundError(mistakes)
    return Plan(name, settings, in_force(profile, settings, tuple(uses)), profile, options)


def _use(name: str, own: Use | None, told: CheckSettings | None, known: Mapping[str, Use], rows: Sequence[Row]) -> Use:
    """A use of the profile with what the settings change, or one that stands in the settings alone."""
    if told is None:
        assert own is not None  # noqa: S101  it comes from the one or the other
        return own
    if own is None:
        own = _more(name, told, known, rows)
    elif told.check is not None or told.roles or told.proof is not None:
        text = "this check is the profile's, which says what it is and counts for; give yours another name"
        raise MistakesFoundError([Mistake((), text)])
    changed = replace(own, period=told.period or own.period, timeout=told.timeout or own.timeout)
    if changed.timeout > changed.period * 10:
        raise MistakesFoundError([Mistake(("timeout",), "is more than ten periods; make the period longer")])
    return changed


def _more(name: str, told: CheckSettings, known: Mapping[str, Use], rows: Sequence[Row]) -> Use:
    names = [row.name for row in rows]
    if told.check is None:
        near = f"; the profile has {', '.join(sorted(known))}" if known else ""
        raise MistakesFoundError([Mistake((), f"say which check it is: check: {', '.join(names)}{near}")])
    if told.check not in names:
        raise MistakesFoundError([Mistake(("check",), f"there is no check {told.check!r}; {suggestion(told.check, names)}")])
    if not told.roles:
        raise MistakesFoundError([Mistake((), "say what it counts for: roles: [liveness, readiness, startup]")])
    proof = None if told.proof is None else Proof(told.proof)
    return Use(name, told.check, frozenset(map(Role, told.roles)), "Added in the settings.", proof=proof)


def options_of(use: Use, told: Mapping[str, Any], rows: Sequence[Row], surroundings: Surroundings) -> Any:
    """The settings of a check: what is told, then what the profile says, then its own defaults. Raises MistakesFoundError."""
    base = module_of(use.check, rows).Settings
    try:
        made = structured(dict(told), _with_defaults(base, typed(base, use.options)), surroundings)
    except MistakesFoundError as error:
        raise MistakesFoundError([Mistake(("options", *one.path), one.text) for one in error.mistakes]) from None
    return base(**{one.name: getattr(made, one.name) for one in fields(base)})  # the class itself goes through a pipe


def _with_defaults(base: type[Any], values: Mapping[str, object]) -> type[Any]:
    """The same dataclass with other defaults."""
    if not values:
        return base
    hints = get_type_hints(base, include_extras=True)
    known = {one.name: one for one in fields(base)}
    made = [(name, hints[name], _with_default(known[name], value)) for name, value in values.items()]
    return make_dataclass(base.__name__, made, bases=(base,), frozen=True, slots=True, kw_only=True)


def _with_default(own: Any, value: object) -> Any:
    if own.default_factory is not MISSING or isinstance(value, list | dict | set):
        return field(default_factory=lambda: value, metadata=own.metadata)
    return field(default=value, metadata=own.metadata)
