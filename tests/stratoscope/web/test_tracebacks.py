"""Chains of exceptions as they are folded."""

from hypothesis import given
from hypothesis import strategies as st

from stratoscope.web.tracebacks import raised, runs


@given(st.lists(st.booleans(), max_size=30))
def test_no_frame_is_lost_and_own_ones_are_never_folded(own: list[bool]) -> None:
    frames = [{"file": "f.py", "line": number, "in_app": mine} for number, mine in enumerate(own)]
    found = runs(frames)
    assert [frame for run in found for frame in run.frames] == frames
    assert not any(frame["in_app"] for run in found if run.folded for frame in run.frames)
    assert not found or not found[-1].folded, "the frame that raised is always seen"


def test_a_folded_run_names_its_packages_once() -> None:
    frames = [{"file": "x", "module": name} for name in ("a.b", "a.c", "d")] + [{"file": "/l/e.py"}, {"file": "last"}]
    assert runs(frames)[0].packages == "a, d, e.py"


@given(st.text(max_size=3000))
def test_a_message_is_split_without_loss(message: str) -> None:
    (found,) = raised({"exceptions": [{"type": "E", "message": message, "link": "root"}]})
    assert message.startswith(found.message)
    assert found.message + found.rest == message or f"{found.message}\n{found.rest}" == message
    assert len(found.message) <= 700
    assert found.message.count("\n") < 6


def test_an_exception_of_which_little_is_known() -> None:
    (found,) = raised({"exceptions": [{"truncated": True}]})
    assert (found.type, found.link, found.truncated) == ("(its last line is missing)", "then", True)
