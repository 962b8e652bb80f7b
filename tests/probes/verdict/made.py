"""Profiles and evidence that are made up, for properties."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from hypothesis import strategies as st

from probes.model import Evidence, Finding, Profile, Proof
from probes.profiles.table import named
from probes.verdict import PULSE, Judge, Peers, PolicySettings

RPC = replace(named("nova-conductor"), start_seconds=100.0)
QUIET = named("octavia-housekeeping")
BOTH = (RPC, QUIET)
TICK = 5.0
SUBJECTS = ("101", "102", "rabbit, db")

Look = tuple[tuple[Finding, str], ...]
"""What one look finds: of the whole, or of subjects."""
Phase = tuple[int, Mapping[str, Look | None]]
"""For so many ticks each check finds this; None: it does not look."""


def _looks(usual: Finding) -> st.SearchStrategy[Look | None]:
    """Mostly what is fine, or speaks for a hang; sometimes anything."""
    whole = st.tuples(st.sampled_from(list(Finding)), st.sampled_from(("", *SUBJECTS)))
    return st.one_of(
        st.just(((Finding.FINE, ""),)),
        st.just(((usual, ""),)),
        st.just(((usual, ""),)),
        st.just(((usual, "101"), (Finding.FINE, "102"))),
        st.lists(whole, min_size=1, max_size=3).map(tuple),
        st.none(),
    )


def _phase(profile: Profile) -> st.SearchStrategy[Phase]:
    controls = st.one_of(*[st.just(((Finding.FINE, ""),))] * 6, _looks(Finding.DEPENDENCY))
    findings: dict[str, st.SearchStrategy[Look | None]] = {}
    for use in profile.uses:
        findings[use.name] = _looks(Finding.SILENT if use.proof is Proof.UNANSWERED else Finding.STUCK)
        if use.brings_control:
            findings[f"{use.name}_control"] = controls
    findings[PULSE] = controls
    anything = st.tuples(st.integers(1, 40), st.fixed_dictionaries(findings))
    return st.one_of(anything, _nearly_hung(profile, findings))


def _nearly_hung(profile: Profile, findings: Mapping[str, st.SearchStrategy[Look | None]]) -> st.SearchStrategy[Phase]:
    """All speaks for a hang, and for long; but for one check, which finds anything."""
    accusing = {use.name: ((Finding.SILENT if use.proof is Proof.UNANSWERED else Finding.STUCK, ""),) for use in profile.uses}
    hang: Mapping[str, Look | None] = {name: accusing.get(name, ((Finding.FINE, ""),)) for name in findings}
    other = st.sampled_from(sorted(findings)).flatmap(lambda name: findings[name].map(lambda look: {**hang, name: look}))
    return st.tuples(st.integers(20, 50), st.one_of(st.just(hang), other))


def phases(profile: Profile) -> st.SearchStrategy[list[Phase]]:
    """A life: at first all is fine, mostly; then anything."""
    looking = [
        *(use.name for use in profile.uses),
        *(f"{use.name}_control" for use in profile.uses if use.brings_control),
        PULSE,
    ]
    well: Phase = (3, dict.fromkeys(looking, ((Finding.FINE, ""),)))
    lives = st.lists(_phase(profile), min_size=1, max_size=6)
    return st.one_of(lives.map(lambda life: [well, *life]), lives)


def seen(life: list[Phase]) -> Iterator[tuple[float, list[Evidence]]]:
    """Each tick of a life: when, and what is seen."""
    now = 0.0
    for ticks, findings in life:
        for _ in range(ticks):
            now += TICK
            yield now, [evidence(name, *one[:1], now, one[1]) for name, look in findings.items() for one in look or ()]


lives = st.sampled_from(BOTH).flatmap(lambda profile: st.tuples(st.just(profile), phases(profile)))
settings = st.builds(
    PolicySettings,
    mode=st.sampled_from(("observe", "enforce")),
    kills_per_hour=st.integers(0, 3),
    breaker_share=st.sampled_from((0.0, 0.2, 1.0)),
    breaker_number=st.integers(1, 4),
    breaker_hold=st.sampled_from((60.0, 600.0)),
)
peers = st.builds(Peers, st.integers(0, 6), st.none() | st.integers(1, 10))


def evidence(check: str, finding: Finding, at: float, about: str = "", **figures: float) -> Evidence:
    """Something seen."""
    return Evidence(check, finding, at, f"{check} {finding.value}", 0.1, about, figures)


def fine(judge: Judge, at: float, *but: str) -> None:
    """All that the profile looks at is fine, but some."""
    for name in (*(use.name for use in judge.profile.uses), "rpc_control", PULSE):
        if name not in but:
            judge.feed(evidence(name, Finding.FINE, at))
