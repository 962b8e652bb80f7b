"""The made parts of the pages about probes: the rules of the verdict, and all profiles."""

from collections.abc import Container, Iterable, Iterator

from probes.model import Privilege, Profile, Role, Use
from probes.profiles import parts
from probes.profiles.table import PROFILES
from probes.verdict.rules import RULES, Of, Rule, When
from tests.documents.text import cell, code, table

_COMMON = "[common](#what-many-have-in-common)"
_PRIVILEGES = (parts.CONFIG, parts.SHARED_PID, parts.SAME_UID, parts.PTRACE)
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
    """All profiles: one table, then each by itself."""
    overview = table(
        ("profile", "what it is", "start", "hang", "grace"),
        (
            (
                f"[{code(one.name)}](#{one.name})",
                cell(one.title),
                _time(one.start_seconds),
                _hang(one),
                _time(one.grace_seconds),
            )
            for one in PROFILES
        ),
    )
    common = "\n".join(["### What many have in common\n", _uses(parts.KERNEL, ()), *_privileges(_PRIVILEGES, ())])
    return "\n".join([overview, common, *(_profile(one) for one in PROFILES)])


def _hang(profile: Profile) -> str:
    return _time(profile.hang_after) if any(Role.LIVENESS in use.roles for use in profile.uses) else "never"


def _time(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 120 and seconds % 60 == 0 else f"{seconds:g} s"


def _profile(profile: Profile) -> str:
    return "\n".join([f"### {profile.name}\n{profile.title}\n", _uses(profile.uses, parts.KERNEL), *_more(profile)])


def _uses(uses: Iterable[Use], common: Container[Use]) -> str:
    head = ("name", "check", "counts for", "proof", "every", "why")
    rows = (
        (code(use.name), _check(use), _roles(use), _proof(use), _time(use.period), _COMMON if use in common else cell(use.why))
        for use in uses
    )
    return table(head, rows)


def _privileges(privileges: Iterable[Privilege], common: Container[Privilege]) -> Iterator[str]:
    told = (f"**{one.name}**{' (needed)' if one.needed else ''}: {_COMMON if one in common else one.why}" for one in privileges)
    yield from _listed("Privileges:", told)


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


def _more(profile: Profile) -> Iterator[str]:
    yield from _listed("Never a reason to kill it:", profile.never)
    yield from _privileges(profile.privileges, _PRIVILEGES)
    yield from _listed("Before its end:", (f"{code(step.action)}: {step.why}" for step in profile.drain))
    if profile.report_signal:
        yield f"A Guru Meditation Report is asked for by {code(profile.report_signal)}.\n"


def _listed(head: str, lines: Iterable[str]) -> Iterator[str]:
    items = "".join(f"- {line}\n" for line in lines)
    if items:
        yield f"{head}\n\n{items}"
