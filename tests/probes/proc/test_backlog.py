"""What does not move, what merely waits, and how parts become a whole."""

from hypothesis import given
from hypothesis import strategies as st

from probes.model import Finding, Process
from probes.proc.backlog import Unread, Waiting
from probes.proc.census import Part, census, workers_of
from probes.proc.rhythm import Pairs, Rhythm

FINE, STUCK, UNKNOWN = Finding.FINE, Finding.STUCK, Finding.UNKNOWN


class TestUnread:
    """Stuck: more than none, and none taken, over so many looks."""

    def fed(self, *bytes_: int, samples: int = 3) -> list[Finding | None]:
        unread = Unread(samples)
        return [unread.feed({7: one}).get(7) for one in bytes_]

    def test_bytes_that_stay(self) -> None:
        assert self.fed(10, 10, 10, 10) == [UNKNOWN, UNKNOWN, STUCK, STUCK]

    def test_bytes_that_become_more(self) -> None:
        assert self.fed(1, 5, 900) == [UNKNOWN, UNKNOWN, STUCK]

    def test_bytes_that_become_fewer_are_being_read(self) -> None:
        assert self.fed(900, 900, 899, 899, 899) == [UNKNOWN, UNKNOWN, FINE, UNKNOWN, STUCK]

    def test_an_empty_queue_is_no_backlog(self) -> None:
        assert self.fed(0, 0, 0, 0) == [None] * 4

    def test_a_queue_that_was_empty_once_counts_from_anew(self) -> None:
        assert self.fed(5, 5, 0, 5, 5, 5) == [UNKNOWN, UNKNOWN, None, UNKNOWN, UNKNOWN, STUCK]

    def test_a_socket_that_was_away_is_another_one(self) -> None:
        unread = Unread(2)
        unread.feed({7: 1})
        unread.feed({})
        assert unread.feed({7: 1}) == {7: UNKNOWN}

    def test_where_it_is_told_how_many_were_taken_only_that_counts(self) -> None:
        unread = Unread(3)
        taken = (0, 500, 1000, 1000, 1000)
        assert [unread.feed({7: 500}, {7: one})[7] for one in taken] == [UNKNOWN, FINE, FINE, UNKNOWN, STUCK]
        assert unread.feed({7: 400}, {7: 1000}) == {7: STUCK}
        assert unread.feed({7: 900}, {7: 1400}) == {7: FINE}

    @given(st.lists(st.integers(0, 3), max_size=30), st.integers(2, 4))
    def test_stuck_means_that_the_last_looks_did_not_fall(self, seen: list[int], samples: int) -> None:
        for number, found in enumerate(self.fed(*seen, samples=samples)):
            last = seen[max(0, number - samples + 1) : number + 1]
            assert (found is STUCK) == (len(last) == samples and last[0] > 0 and last == sorted(last))
            assert (found is None) == (seen[number] == 0)

    @given(st.lists(st.dictionaries(st.integers(0, 50), st.integers(0, 9)), max_size=20))
    def test_only_sockets_that_are_there_are_remembered(self, looks: list[dict[int, int]]) -> None:
        unread = Unread(3)
        for look in looks:
            assert unread.feed(look).keys() <= look.keys()
            assert unread._seen.keys() <= look.keys()


class TestWaiting:
    """Nothing is accepted: all that waited first still wait."""

    def fed(self, *looks: str, samples: int = 3) -> list[Finding]:
        waiting = Waiting(samples)
        return [waiting.feed(frozenset(look)) for look in looks]

    def test_the_same_ones(self) -> None:
        assert self.fed("ab", "ab", "ab") == [UNKNOWN, UNKNOWN, STUCK]

    def test_more_of_them(self) -> None:
        assert self.fed("a", "ab", "abc") == [UNKNOWN, UNKNOWN, STUCK]

    def test_a_full_queue_of_others_each_time_moves(self) -> None:
        assert self.fed("abc", "bcd", "cde", "def", "efg") == [UNKNOWN, FINE, FINE, FINE, FINE]

    def test_one_that_is_accepted_starts_anew(self) -> None:
        assert self.fed("abc", "abc", "bc", "bc", "bc") == [UNKNOWN, UNKNOWN, FINE, UNKNOWN, STUCK]

    def test_nobody_waits(self) -> None:
        assert self.fed("", "", "a", "") == [FINE, FINE, UNKNOWN, FINE]


class TestRhythm:
    """A line that must come again and again."""

    def test_never_seen_is_not_known(self) -> None:
        assert Rhythm(10).judge(1e9)[0] is Finding.UNKNOWN

    def test_silence_counts_from_the_last_one(self) -> None:
        rhythm = Rhythm(10)
        rhythm.beat(100)
        assert rhythm.judge(109.9)[0] is Finding.FINE
        assert rhythm.judge(110)[0] is Finding.STUCK
        rhythm.beat(111)
        assert rhythm.judge(112)[0] is Finding.FINE


class TestPairs:
    """What has begun must end."""

    def test_one_that_ends_in_time(self) -> None:
        pairs = Pairs(60)
        pairs.begin("r1", 0)
        assert pairs.judge(59)[0] is Finding.FINE
        pairs.end("r1", 59)
        assert pairs.judge(1000)[0] is Finding.FINE

    def test_one_that_does_not_end_while_nothing_else_goes_on(self) -> None:
        pairs = Pairs(60)
        pairs.begin("r1", 0)
        finding, text = pairs.judge(61)
        assert finding is Finding.STUCK
        assert "r1 for 61 s" in text

    def test_one_that_does_not_end_while_others_go_on(self) -> None:
        pairs = Pairs(60)
        pairs.begin("r1", 0)
        pairs.begin("r2", 50)
        pairs.end("r2", 55)
        assert pairs.judge(61)[0] is Finding.PARTIAL
        assert pairs.overdue(61) == [("r1", 61)]

    def test_a_new_beginning_counts_from_anew_as_a_failed_update_logs_no_end(self) -> None:
        pairs = Pairs(60)
        pairs.begin("r1", 0)
        pairs.begin("r1", 50)
        assert pairs.judge(61)[0] is Finding.FINE

    def test_an_end_without_a_beginning_says_nothing(self) -> None:
        pairs = Pairs(60)
        pairs.end("r1", 0)
        assert pairs.judge(1000)[0] is Finding.FINE

    def test_memory_is_bounded(self) -> None:
        pairs = Pairs(60)
        for number in range(20_000):
            pairs.begin(str(number), number)
        assert len(pairs) == 10_000


def process(pid: int) -> Process:
    return Process(pid, 1, "x", ("x",), 0, "S", 1)


class TestCensus:
    """The service as a whole, and each of several."""

    def test_workers_count_where_there_are_any(self) -> None:
        assert workers_of([process(1)]) == [process(1)]
        assert workers_of([process(1), process(2), process(3)]) == [process(2), process(3)]

    def test_one_process_is_the_whole(self) -> None:
        (only,) = census("c", 1.0, [Part(5, Finding.STUCK, "sleeps")], {})
        assert (only.finding, only.about, only.text) == (Finding.STUCK, "", "pid 5 sleeps")

    def test_some_of_several(self) -> None:
        parts = [Part(5, Finding.STUCK, "sleeps"), Part(6, Finding.FINE, "runs")]
        whole, *each = census("c", 1.0, parts, {"x": 1.0})
        assert (whole.finding, whole.text) == (Finding.PARTIAL, "1 of 2 processes: pid 5 sleeps")
        assert [(one.about, one.finding) for one in each] == [("5", Finding.STUCK), ("6", Finding.FINE)]

    def test_what_cannot_be_told_of_some_leaves_the_others_fine(self) -> None:
        parts = [Part(5, Finding.UNKNOWN, "reads?"), Part(6, Finding.FINE, "runs")]
        assert census("c", 1.0, parts, {})[0].finding is Finding.FINE
        assert census("c", 1.0, parts[:1] * 2, {})[0].finding is Finding.UNKNOWN

    def test_all_of_several(self) -> None:
        whole, *_ = census("c", 1.0, [Part(number, Finding.STUCK, "sleeps") for number in range(1, 6)], {})
        assert (whole.finding, whole.text) == (
            Finding.STUCK,
            "5 of 5 processes: pid 1 sleeps, pid 2 sleeps, pid 3 sleeps and 2 more",
        )
