"""The order of a drain: what comes when, whatever the actions say and however long they take."""

from hypothesis import given
from hypothesis import strategies as st

from probes.drain.course import Course, Order
from probes.drain.model import Outcome, Phase, Progress

DONE, BUSY = Progress(done=True, text="done"), Progress(done=False, text="busy", in_flight=3)


def orders(course: Course, now: float, answers: dict[Order, Progress], most: int = 50) -> list[tuple[Order, int]]:
    """What it orders when each order is answered so at once, until an order comes again or it ends."""
    seen: list[tuple[Order, int]] = []
    for _ in range(most):
        order = course.order(now)
        if order[0] is Order.END or (seen and seen[-1] == order and order[0] in {Order.PERMIT, Order.SETTLE}):
            break
        seen.append(order)
        course.note(answers.get(order[0], DONE), now)
    return seen


def test_permission_then_not_ready_then_settling_then_each_action() -> None:
    course = Course(["file", "idle"], settle=5.0, ends=100.0)
    assert orders(course, 0.0, {}) == [(Order.PERMIT, 0), (Order.PERMIT, 1), (Order.UNREADY, 1), (Order.SETTLE, 1)]
    assert course.phase is Phase.SETTLING
    assert course.order(4.9)[0] is Order.SETTLE
    after = [(Order.BEGIN, 0), (Order.LOOK, 0), (Order.LOOK, 0), (Order.BEGIN, 1), (Order.LOOK, 1), (Order.LOOK, 1)]
    assert orders(course, 5.0, {}) == after
    assert course.outcome is Outcome.DRAINED


def test_the_service_stays_ready_until_all_permit() -> None:
    course = Course(["galera"], settle=5.0, ends=100.0)
    assert orders(course, 0.0, {Order.PERMIT: BUSY}) == [(Order.PERMIT, 0)]
    assert course.phase is Phase.PERMITTING
    course.note(DONE, 50.0)
    assert course.order(50.0)[0] is Order.UNREADY


def test_what_is_never_permitted_is_refused_at_the_deadline_and_nothing_was_begun() -> None:
    course = Course(["galera"], settle=5.0, ends=100.0)
    orders(course, 0.0, {Order.PERMIT: BUSY})
    assert course.order(100.0)[0] is Order.END
    assert course.outcome is Outcome.REFUSED
    assert course.begun == []
    assert course.steps[0].text == "busy"


def test_what_is_in_flight_at_the_deadline_is_told() -> None:
    course = Course(["idle"], settle=0.0, ends=100.0)
    orders(course, 0.0, {Order.LOOK: BUSY})
    course.order(0.0)
    orders(course, 1.0, {Order.LOOK: BUSY}, most=3)
    assert course.order(100.0)[0] is Order.END
    assert course.outcome is Outcome.DEADLINE
    assert (course.steps[0].in_flight, course.steps[0].done) == (3, False)
    assert course.begun == [0]


def test_once_nothing_in_flight_is_not_enough() -> None:
    course = Course(["idle"], settle=0.0, ends=100.0)
    orders(course, 0.0, {}, most=3)
    for answer in (BUSY, DONE, BUSY, DONE):
        course.order(1.0)
        course.note(answer, 1.0)
        if course.order(1.0)[0] is Order.BEGIN:
            course.note(DONE, 1.0)
    assert course.outcome is None
    course.note(DONE, 2.0)
    assert course.outcome is Outcome.DRAINED


def test_an_action_that_is_given_up_is_left_out_from_there_on() -> None:
    course = Course(["galera", "idle"], settle=0.0, ends=100.0)
    course.fail("refused")
    after = [(Order.BEGIN, 1), (Order.LOOK, 1), (Order.LOOK, 1)]
    assert orders(course, 0.0, {}) == [(Order.PERMIT, 1), (Order.UNREADY, 1), *after]
    assert course.outcome is Outcome.DRAINED
    assert course.begun == [1]
    assert (course.steps[0].failed, course.steps[0].text) == (True, "refused")


def test_what_was_begun_and_failed_is_undone_too() -> None:
    course = Course(["file"], settle=0.0, ends=100.0)
    orders(course, 0.0, {}, most=2)
    assert course.order(0.0) == (Order.BEGIN, 0)
    course.fail("a time-out, after which nobody knows whether it was done")
    assert course.begun == [0]


def test_a_profile_without_actions_is_made_not_ready_and_settles() -> None:
    course = Course([], settle=5.0, ends=100.0)
    assert orders(course, 0.0, {}) == [(Order.UNREADY, 0), (Order.SETTLE, 0)]
    assert course.order(5.0)[0] is Order.END
    assert course.outcome is Outcome.DRAINED


_ANSWERS = st.one_of(st.sampled_from([DONE, BUSY]), st.none())


@given(st.integers(0, 4), st.floats(0, 20), st.floats(0, 50), st.lists(st.tuples(_ANSWERS, st.floats(0, 10)), max_size=60))
def test_no_action_begins_before_it_is_not_ready_and_settled_and_all_ends_by_the_deadline(
    actions: int, settle: float, ends: float, answers: list[tuple[Progress | None, float]]
) -> None:
    """Not ready before anything is stopped. It ends here in any case."""
    course, now, unready = Course([str(number) for number in range(actions)], settle, ends), 0.0, None
    for answer, seconds in answers:
        order, _ = course.order(now)
        if order is Order.END:
            break
        assert now < ends
        if order is Order.UNREADY:
            unready = now
        if order in {Order.BEGIN, Order.LOOK}:
            assert unready is not None
            assert now >= unready + settle
        if answer is not None or order in {Order.UNREADY, Order.SETTLE}:
            course.note(answer or DONE, now)
        else:
            course.fail("failed")
        now += seconds
    assert course.order(max(now, ends))[0] is Order.END
    assert course.outcome is not None
    assert set(course.begun) <= set(range(actions))
