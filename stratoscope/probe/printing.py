"""What `--once` and `--list` print: verdicts with their evidence, the profiles."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from probes.model import Evidence, Finding, Profile, Role
from stratoscope.probe.once import Seen
from stratoscope.text import visible_line

_WIDTH = 100
_RED, _YELLOW, _GREEN, _BOLD, _DIM, _END = "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[1m", "\x1b[2m", "\x1b[0m"
_COLOURS = {
    Finding.FINE: _GREEN,
    Finding.NOT_YET: _YELLOW,
    Finding.PARTIAL: _YELLOW,
    Finding.DRAINED: _YELLOW,
    Finding.UNFIT: _YELLOW,
    Finding.UNKNOWN: _DIM,
}


def verdict_lines(seen: Iterable[Seen]) -> Iterator[str]:
    """A JSON object for each service."""
    for one in seen:
        verdict = one.verdict
        told: dict[str, Any] = {
            "probe": verdict.service,
            "profile": one.profile,
            "state": verdict.state,
            "ready": verdict.ready,
            "started": verdict.started,
            "reason": verdict.reason,
            "rule": verdict.rule,
            "proofs": list(verdict.proofs),
            "hung_workers": list(verdict.hung_workers),
            "remark": one.remark,
            "evidence": [_plain(evidence) for evidence in verdict.evidence],
        }
        yield orjson.dumps(told).decode() + "\n"


def _plain(evidence: Evidence) -> dict[str, Any]:
    told = {"check": evidence.check, "finding": evidence.finding, "about": evidence.about, "text": evidence.text}
    return told | {"seconds": round(evidence.seconds, 6), "figures": dict(evidence.figures)}


def verdict_text(seen: Iterable[Seen], *, colour: bool) -> Iterator[str]:
    """The same for a person."""

    def painted(text: str, code: str) -> str:
        return f"{code}{text}{_END}" if colour else text

    for one in seen:
        verdict = one.verdict
        mark, code = ("✔", _GREEN) if one.serves else ("✘", _RED)
        profile = f" ({one.profile})" if one.profile else ""
        yield f"{painted(mark, code)} {painted(verdict.service, _BOLD)}{profile} is {painted(verdict.state, code)}\n"
        yield f"    because {visible_line(verdict.reason)}\n"
        ready = "ready" if verdict.ready else "not ready"
        yield f"    {ready}, {'started' if verdict.started else 'not started'}{'; ' if one.remark else ''}{one.remark}\n"
        width = max((len(_name(evidence)) for evidence in verdict.evidence), default=0)
        for evidence in verdict.evidence:
            finding = painted(f"{evidence.finding:10}", _COLOURS.get(evidence.finding, _RED))
            yield f"      {_name(evidence):{width}}  {finding}  {visible_line(evidence.text)}\n"


def _name(evidence: Evidence) -> str:
    return visible_line(f"{evidence.check} {evidence.about}".rstrip())


def profile_list(profiles: Iterable[Profile]) -> Iterator[str]:
    """All profiles, and what counts for what in them."""
    for profile in sorted(profiles, key=lambda one: one.name):
        yield f"{profile.name}: {profile.title}\n"
        for role in Role:
            names = [use.name for use in profile.uses if role in use.roles]
            if names:
                line = f"{role}: {', '.join(names)}"
                yield textwrap.fill(line, _WIDTH, initial_indent="      ", subsequent_indent="      ") + "\n"
