"""Stories: what checks find over time, and what must follow. A text format for cases, and its player.

profile nova-conductor            a profile of the product
policy kills_per_hour=1           settings that differ; enforce is on
from 0 all fine                   each check of the profile and each control, at its period
from 100 rpc silent: no answer    from then on; `to 200` ends it, and what was said before holds again
from 100 sockets/101 stuck        of one subject; several subjects are told together
from 100 process fine main_pid=7  with figures
from 100 rpc none                 it does not look any more
from 100 draining                 also: stale, peers 3, peers 3 of 10
at 99 healthy ready live          what must be so then: words of the state, of readiness, of liveness, of the reason in quotes
never hung                        what must never be so
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from probes.model import Evidence, Finding, Profile, State, Verdict
from probes.profiles.table import named
from probes.verdict import PULSE, Answer, Judge, Outcome, Peers, Policy, PolicySettings

CASES = Path(__file__).parent / "cases"
_FROM = re.compile(r"from (?P<start>\d+)(?: to (?P<end>\d+))? (?P<what>[^:]+?)(?:: (?P<text>.*))?")
_FINDINGS = {finding.value: finding for finding in Finding} | {"none": None}
END = 1e9


@dataclass(frozen=True)
class Said:
    """From `start` to `end` a check finds this of a subject. `finding` None: it does not look."""

    start: float
    end: float
    check: str
    about: str
    finding: Finding | None
    text: str
    figures: dict[str, float]


@dataclass
class Story:
    """A case."""

    profile: Profile
    settings: PolicySettings = field(default_factory=lambda: PolicySettings(mode="enforce"))
    said: list[Said] = field(default_factory=list)
    happens: list[tuple[float, float, tuple[str, ...]]] = field(default_factory=list)
    wanted: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    never: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def end(self) -> float:
        """The last moment about which something is wanted."""
        return max((at for at, _ in self.wanted), default=0.0)


def read(text: str) -> Story:
    """A story out of its text. Raises ValueError on what is not understood."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    word, _, name = lines[0].partition(" ")
    if word != "profile":
        raise ValueError("a story begins with its profile")
    story = Story(named(name))
    for line in lines[1:]:
        _take(story, line)
    return story


def _take(story: Story, line: str) -> None:
    word, _, rest = line.partition(" ")
    if word == "policy":
        values = dict(pair.split("=") for pair in rest.split())
        kinds = {one.name: type(getattr(story.settings, one.name)) for one in fields(story.settings)}
        story.settings = replace(story.settings, **{name: kinds[name](value) for name, value in values.items()})
    elif word == "at":
        at, *words = shlex.split(rest)
        story.wanted.append((float(at), tuple(words)))
    elif word == "never":
        story.never.append(tuple(shlex.split(rest)))
    elif found := _FROM.fullmatch(line):
        _take_from(story, found)
    else:
        raise ValueError(f"not understood: {line}")


def _take_from(story: Story, found: re.Match[str]) -> None:
    start, end = float(found["start"]), float(found["end"] or END)
    first, *words = found["what"].split()
    if first in {"draining", "stale", "peers"}:
        story.happens.append((start, end, (first, *words)))
        return
    check, _, about = first.partition("/")
    figures = {name: float(value) for name, value in (word.split("=") for word in words[1:])}
    finding = _FINDINGS[words[0]]
    names = checks_of(story.profile) if check == "all" else [check]
    if unknown := set(names) - set(checks_of(story.profile)):
        raise ValueError(f"{story.profile.name} has no {unknown}")
    text = found["text"] or f"{check} says {words[0]}"
    story.said += [Said(start, end, name, about, finding, text, figures) for name in names]


def checks_of(profile: Profile) -> list[str]:
    """All that is looked at: checks, the controls that they bring, the pulse."""
    brought = [f"{use.name}_control" for use in profile.uses if use.brings_control]
    return [*(use.name for use in profile.uses), *brought, PULSE]


@dataclass(frozen=True)
class Moment:
    """What was so at one second."""

    at: float
    verdict: Verdict
    live: Answer
    ready: Answer
    started: Answer

    def has(self, word: str) -> bool:
        """Whether a word of a wish fits."""
        if word in {state.value for state in State}:
            return self.verdict.state == word
        if word in {outcome.value for outcome in Outcome}:
            return self.live.outcome == word and self.live.ok is (word != "kill")
        flags = {
            "ready": self.ready.ok,
            "unready": not self.ready.ok,
            "started": self.started.ok,
            "unstarted": not self.started.ok,
            "false_alarm": self.live.false_alarm,
        }
        if word in flags:
            return flags[word]
        if word.startswith("worker="):
            return word.removeprefix("worker=") in self.verdict.hung_workers
        if word.startswith("rule="):
            return self.verdict.rule == word.removeprefix("rule=")
        return word in self.live.reason


def play(story: Story) -> Iterator[Moment]:
    """Each second of it."""
    judge, policy = Judge(story.profile, story.profile.name, 0.0), Policy(story.settings)
    for second in range(int(story.end) + 1):
        now = float(second)
        for one in seen(story, now):
            judge.feed(one)
        verdict = judge.verdict(now)
        happening = [words for start, end, words in story.happens if start <= now < end]
        stale, draining = ("stale",) in happening, ("draining",) in happening
        live = policy.liveness(verdict, now, fresh=not stale, draining=draining, peers=_peers(happening))
        ready = policy.readiness(verdict, fresh=not stale, draining=draining)
        yield Moment(now, verdict, live, ready, policy.startup(verdict, fresh=not stale))


def seen(story: Story, now: float) -> Iterator[Evidence]:
    """What is seen at one second: the pulse each second, a check each period, at a phase of its own."""
    for number, name in enumerate(checks_of(story.profile)):
        period = 1.0 if name == PULSE else next(use.period for use in story.profile.uses if use.name == owner(story, name))
        if (now - number) % period == 0:
            yield from _look(story, name, now)


def owner(story: Story, name: str) -> str:
    """The use that gives evidence of this name."""
    return next(use.name for use in story.profile.uses if name in {use.name, f"{use.name}_control"})


def _look(story: Story, name: str, now: float) -> Iterator[Evidence]:
    """What the latest lines say: of several subjects, those that were told at the same time."""
    valid = [one for one in story.said if one.check == name and one.start <= now < one.end]
    latest = {one.about: one for one in valid}
    newest = max((one.start for one in valid), default=0.0)
    for one in latest.values():
        if one.start == newest and one.finding is not None:
            yield Evidence(name, one.finding, now, one.text, 0.1, one.about, one.figures)


def _peers(happening: list[tuple[str, ...]]) -> Peers:
    for word, *more in happening:
        if word == "peers":
            return Peers(int(more[0]), int(more[2]) if len(more) > 1 else None)
    return Peers()
