"""The made parts of the pages about probes: the rules of the verdict, and the profiles. Their own pages: `profiles`."""

from probes.model import Profile, Role, Use
from probes.profiles.table import PROFILES
from probes.verdict.rules import RULES, Of, Rule, When
from tests.documents.text import cell, code, table

_ROLES = (Role.STARTUP, Role.READINESS, Role.LIVENESS, Role.CONTROL)


def verdict_rules() -> str:
    """The table of rules."""
    head = ("", "rule", "state", "when", "meaning")
    return table(
        head,
        (
            (str(number), code(rule.name), code(rule.state), cell(_when(rule)), cell(rule.sentence))
            for number, rule in enumerate(RULES, 1)
        ),
    )


def _when(rule: Rule) -> str:
    parts = []
    if rule.of is not Of.NOBODY:
        found = " or ".join(code(finding.value) for finding in sorted(rule.findings))
        looks = "once" if rule.looks == 1 else "twice in a row"
        parts.append(f"{rule.of.value} finds {found}, {looks}")
    if rule.when is not When.ALWAYS:
        parts.append(rule.when.value)
    return "; and ".join(parts) or "nothing else matches"


def probe_profiles() -> str:
    """All profiles in one table, each with a page of its own."""
    return table(
        ("profile", "what it is", "start", "hang", "grace"),
        (
            (
                f"[{code(one.name)}](profiles/{one.name}.md)",
                cell(one.title),
                time_of(one.start_seconds),
                hang_of(one),
                time_of(one.grace_seconds),
            )
            for one in PROFILES
        ),
    )


def hang_of(profile: Profile) -> str:
    """After how long it is called hung."""
    return time_of(profile.hang_after) if any(Role.LIVENESS in use.roles for use in profile.uses) else "never"


def time_of(seconds: float) -> str:
    """For a person."""
    return f"{seconds / 60:g} min" if seconds >= 120 and seconds % 60 == 0 else f"{seconds:g} s"


def uses(profile: Profile) -> str:
    """The table of its checks."""
    head = ("name", "check", "counts for", "proof", "every", "why")
    rows = ((code(use.name), _check(use), _roles(use), _proof(use), time_of(use.period), cell(use.why)) for use in profile.uses)
    return table(head, rows)


def _check(use: Use) -> str:
    options = ", ".join(f"{name}: {_value(value)}" for name, value in use.options.items())
    return code(use.check) + (f" ({code(options)})" if options else "")


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_value(one)}' for name, one in value.items())}}}"
    return str(value)


def _roles(use: Use) -> str:
    told = ", ".join(role.value for role in _ROLES if role in use.roles) or "the reason alone"
    return f"{told}; with a control" if use.brings_control else told


def _proof(use: Use) -> str:
    if use.proof is None:
        return "sign of life" if Role.LIVENESS in use.roles else ""
    return code(use.proof.value)
