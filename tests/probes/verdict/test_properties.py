"""One class for each sentence of the contract, whatever checks may find, in any order."""

import sys
from collections import Counter, deque
from collections.abc import Iterator

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from probes.model import Evidence, Finding, Profile, Proof, State, Verdict
from probes.verdict import PULSE, Judge, Outcome, Peers, Policy, PolicySettings
from probes.verdict.rules import SIGNS_OF_LIFE
from tests.probes.verdict import made
from tests.probes.verdict.made import Phase, evidence, fine

few = hypothesis_settings(max_examples=25)
"""Each example is a life of many minutes."""


Life = tuple[Profile, list[Phase]]


def run(life: Life) -> Iterator[tuple[list[Evidence], Verdict]]:
    """Feed and judge, tick by tick."""
    judge = Judge(life[0], "s", 0.0)
    for now, seen in made.seen(life[1]):
        for one in seen:
            judge.feed(one)
        yield seen, judge.verdict(now)


def hanging(hang_after: float = 60.0) -> tuple[Judge, float]:
    """A judge that calls a service hung, and when it is."""
    profile = made.RPC
    judge, now = Judge(profile, "s", 0.0), 0.0
    fine(judge, now)
    judge.verdict(now)
    for _ in range(12):
        now += 10.0
        fine(judge, now, "rpc", "sockets", "main_thread")
        judge.feed(evidence("rpc", Finding.SILENT, now))
        judge.feed(evidence("sockets", Finding.STUCK, now))
        judge.feed(evidence("main_thread", Finding.STUCK, now))
    assert judge.verdict(now).state is State.HUNG
    assert hang_after == profile.hang_after
    return judge, now


class TestNoVerdictButHungFailsLiveness:
    """Only HUNG may fail liveness."""

    @few
    @given(made.lives, made.settings, made.peers, st.booleans(), st.booleans())
    def test_it(self, life: Life, settings: PolicySettings, peers: Peers, fresh: bool, draining: bool) -> None:
        policy = Policy(settings)
        for _, verdict in run(life):
            answer = policy.liveness(verdict, verdict.at, fresh=fresh, draining=draining, peers=peers)
            if not answer.ok:
                assert verdict.state is State.HUNG
                assert answer.outcome is Outcome.KILL


class TestHungNeedsTwoProofsOverTime:
    """HUNG needs two families of proof that have held for `hang_after`, and silence where somebody asks."""

    @few
    @given(made.lives)
    def test_it(self, life: Life) -> None:
        profile = life[0]
        asked = any(use.proof is Proof.UNANSWERED for use in profile.uses)
        needed = {Proof.UNANSWERED} if asked else {Proof.STILL, Proof.STOPPED}
        for _, verdict in run(life):
            if verdict.state is State.HUNG:
                held = {family for family, since in verdict.proofs.items() if verdict.at - since >= profile.hang_after}
                assert len(held) >= 2
                assert held & needed

    def test_the_lives_that_are_made_up_do_hang_now_and_then(self) -> None:
        states: Counter[State] = Counter()

        @hypothesis_settings(max_examples=60, derandomize=True)
        @given(made.lives)
        def live(life: Life) -> None:
            states.update({verdict.state for _, verdict in run(life)})

        live()
        assert states[State.HUNG] >= 5


class TestNothingFineMeanwhile:
    """A hang is called `hang_after` after the last look that found a sign of life, and none before."""

    @few
    @given(made.lives)
    def test_it(self, life: Life) -> None:
        profile = life[0]
        signs = {use.name for use in profile.uses if use.proof in {*SIGNS_OF_LIFE}}
        last = -1e9
        for seen, verdict in run(life):
            if any(one.check in signs and one.finding is Finding.FINE and not one.about for one in seen):
                last = verdict.at
            assert verdict.state is not State.HUNG or verdict.at - last >= profile.hang_after


class TestNoSilenceCountsWhileAControlFails:
    """Every control must be FINE in the same window."""

    @few
    @given(made.lives)
    def test_it(self, life: Life) -> None:
        controls = {PULSE, *(f"{use.name}_control" for use in life[0].uses if use.brings_control)}
        failed = dict.fromkeys(controls, 0.0)  # nor where it was never seen
        for seen, verdict in run(life):
            for name in controls:
                told = [one.finding for one in seen if one.check == name]
                if any(finding is not Finding.FINE for finding in told) and not set(told) <= {Finding.FINE, Finding.UNKNOWN}:
                    failed[name] = verdict.at
            assert verdict.state is not State.HUNG or verdict.at - max(failed.values()) >= life[0].hang_after

    @few
    @given(made.phases(made.RPC))
    def test_nor_where_it_was_never_seen(self, phases: list[Phase]) -> None:
        without: list[Phase] = [
            (ticks, {name: look for name, look in found.items() if name != "rpc_control"}) for ticks, found in phases
        ]
        assert all(verdict.state is not State.HUNG for _, verdict in run((made.RPC, without)))


class TestOneGoodAnswerEndsAHang:
    """One good ping leaves HUNG at once."""

    @few
    @given(st.integers(1, 9))
    def test_it(self, later: int) -> None:
        judge, now = hanging()
        judge.feed(evidence("rpc", Finding.FINE, now + later))
        assert judge.verdict(now + later).state is not State.HUNG

    @few
    @given(made.phases(made.RPC))
    def test_in_any_life(self, phases: list[Phase]) -> None:
        for seen, verdict in run((made.RPC, phases)):
            if [one.finding for one in seen if one.check == "rpc"] == [Finding.FINE]:
                assert verdict.state is not State.HUNG


class TestStaleNeverKills:
    """A stale verdict: liveness and startup are fine, readiness is not."""

    @few
    @given(made.settings, made.peers, st.booleans())
    def test_it(self, settings: PolicySettings, peers: Peers, draining: bool) -> None:
        judge, now = hanging()
        policy, verdict = Policy(settings), judge.verdict(now)
        policy.liveness(verdict, now, fresh=True, draining=False, peers=Peers())
        answer = policy.liveness(verdict, now + 60, fresh=False, draining=draining, peers=peers)
        assert (answer.ok, answer.outcome) == (True, Outcome.STALE)
        assert policy.startup(verdict, fresh=False).ok
        assert not policy.readiness(verdict, fresh=False, draining=draining).ok


class TestObserveNeverFailsLiveness:
    """Would-be kills are counted once in each hang."""

    @few
    @given(made.lives, made.peers)
    def test_it(self, life: Life, peers: Peers) -> None:
        policy, counted = Policy(PolicySettings(mode="observe")), 0
        for _, verdict in run(life):
            answer = policy.liveness(verdict, verdict.at, fresh=True, draining=False, peers=peers)
            assert answer.ok
            would_kill = answer.first and answer.outcome is Outcome.WOULD_KILL
            assert not would_kill or verdict.state is State.HUNG
            counted = (counted if verdict.state is State.HUNG else 0) + would_kill
            assert counted <= 1

    def test_a_hang_is_counted_once(self) -> None:
        judge, now = hanging()
        policy = Policy(PolicySettings())
        answers = [
            policy.liveness(judge.verdict(now), now + later, fresh=True, draining=False, peers=Peers()) for later in range(5)
        ]
        assert [answer.first for answer in answers] == [True, False, False, False, False]
        assert {answer.outcome for answer in answers} == {Outcome.WOULD_KILL}


class TestNeverMoreKillsThanTheBudget:
    """At most `kills_per_hour` kills begin within any hour."""

    @few
    @given(st.integers(0, 3), st.lists(st.floats(1, 2000), max_size=30))
    def test_it(self, limit: int, pauses: list[float]) -> None:
        judge, now = hanging()
        hung = judge.verdict(now)
        policy = Policy(PolicySettings(mode="enforce", kills_per_hour=limit))
        kills: list[float] = []
        for pause in pauses:
            now += pause
            answer = policy.liveness(hung, now, fresh=True, draining=False, peers=Peers())
            if answer.first and answer.outcome is Outcome.KILL:
                kills.append(now)
            well = Verdict("s", State.HEALTHY, now, now, "well", ready=True, started=True)
            policy.liveness(well, now, fresh=True, draining=False, peers=Peers())
            policy = Policy(policy.settings, policy.budget_state())  # a restart forgets nothing
        for at in kills:
            assert sum(at <= other < at + 3600 for other in kills) <= limit


class TestOnceStartedNeverStartingAgain:
    """For the same main process; a new one starts anew."""

    @few
    @given(made.lives)
    def test_it(self, life: Life) -> None:
        started = gone = False
        for seen, verdict in run(life):
            gone = gone or any(one.check == "process" and one.finding is Finding.GONE for one in seen)
            assert gone or not (started and verdict.state is State.STARTING)
            started = started or verdict.started

    def test_a_new_one_starts_anew(self) -> None:
        judge, now = hanging()
        judge.feed(evidence("process", Finding.FINE, now + 1, main_pid=1, main_started=1))
        assert judge.verdict(now + 1).started
        judge.feed(evidence("process", Finding.FINE, now + 11, main_pid=1, main_started=2))
        assert judge.verdict(now + 11).state is State.STARTING


class TestTheAnswerDependsOnWhatWasSeen:
    """A verdict may be asked for as often as one likes: asking changes nothing."""

    @few
    @given(made.lives)
    def test_it(self, life: Life) -> None:
        often, seldom = Judge(life[0], "s", 0.0), Judge(life[0], "s", 0.0)
        for now, seen in made.seen(life[1]):
            for one in seen:
                often.feed(one)
                seldom.feed(one)
            for _ in range(3):
                told = often.verdict(now)
            assert told == seldom.verdict(now)


class TestMemoryIsBounded:
    """Whatever is fed, for however long, by however many names and subjects."""

    def test_it(self) -> None:
        judge = Judge(made.RPC, "s", 0.0)
        sizes = []
        for number in range(6000):
            now = float(number)
            judge.feed(Evidence(f"stranger{number}", Finding.STUCK, now, "who"))
            for about in (f"{number}", f"{number + 1}"):
                judge.feed(evidence("sockets", Finding.STUCK, now, about))
            judge.feed(evidence("rpc", Finding.SILENT, now))
            verdict = judge.verdict(now)
            if number in {3000, 5999}:
                sizes.append(deep_size(judge))
        assert len(verdict.evidence) < 40
        assert sizes[1] <= sizes[0] * 1.05
        assert sizes[1] < 200_000

    def test_a_look_that_brings_without_end(self) -> None:
        judge = Judge(made.RPC, "s", 0.0)
        for number in range(5000):
            judge.feed(evidence("sockets", Finding.STUCK, 1.0, str(number)))
        assert len(judge.verdict(1.0).evidence) <= 600


class TestEveryReasonIsOneLine:
    """Of bounded length, whatever a check says."""

    @few
    @given(st.text(max_size=2000), st.sampled_from(list(Finding)))
    def test_it(self, text: str, finding: Finding) -> None:
        judge = Judge(made.RPC, "s", 0.0)
        fine(judge, 0.0)
        judge.verdict(0.0)
        for at in (10.0, 20.0, 30.0):
            judge.feed(Evidence("rpc", finding, at, text))
            reason = judge.verdict(at).reason
            assert len(reason) <= 500
            assert len(reason.splitlines()) == 1
            assert reason


def deep_size(root: object) -> int:
    """Bytes of an object and all that it holds."""
    seen: set[int] = set()
    todo, size = [root], 0
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, type) or callable(one):
            continue
        seen.add(id(one))
        size += sys.getsizeof(one)
        if isinstance(one, dict):
            todo += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset | deque):
            todo += list(one)
        else:
            names = [*getattr(type(one), "__slots__", ()), *getattr(one, "__dict__", {})]
            todo += [getattr(one, name) for name in names if hasattr(one, name)]
    return size
