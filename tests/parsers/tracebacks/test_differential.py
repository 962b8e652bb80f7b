"""Exceptions made by hypothesis, printed by the running interpreter, read back: equal to the live objects."""

import contextlib
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.tracebacks import parse


class RejectedError(Exception):
    """Of a package, as most exceptions are."""


RejectedError.__module__ = "nova.exception"


def local_class() -> type[Exception]:
    class HiddenError(Exception):
        pass

    return HiddenError


TYPES: tuple[type[Exception], ...] = (ValueError, KeyError, OSError, RejectedError, local_class())

# A message's last newline, and a separator of `str.splitlines` inside of a group's margin, are not what the text can tell.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters="\n\t"), max_size=20)
NASTY = st.sampled_from(
    [
        "a: b\n\nc",
        '\n  File "/x.py", line 3, in f\n    x\n    ^\nKeyError: 1',
        "Remote\n    ^^^^",
        "\n",
        "  | x",
        "+-+---------------- 1 ----------------",
        "  + x",
        "    +------------------------------------",
        "[SQL: SELECT 1]\n[parameters: ('a',)]\n(Background on this error at: http://sqlalche.me/e/2j85)",
    ]
)


@dataclass
class Plan:
    """How an exception is made: its type and message, the functions it is raised through, and what it hangs on."""

    kind: type[Exception]
    message: str
    path: tuple[int, ...]
    notes: tuple[str, ...]
    link: str
    before: "Plan | None"
    members: "tuple[Plan, ...]"


def plans(texts: st.SearchStrategy[str], *, groups: bool) -> st.SearchStrategy[Plan]:
    def layer(inner: st.SearchStrategy[Plan] | None) -> st.SearchStrategy[Plan]:
        return st.builds(
            Plan,
            kind=st.sampled_from(TYPES),
            message=texts | NASTY,
            path=st.lists(st.integers(0, len(STEPS) - 1), max_size=6).map(tuple),
            notes=st.lists(texts, max_size=2).map(tuple),
            link=st.sampled_from(["cause", "context", "hidden"]),
            before=st.none() if inner is None else st.none() | inner,
            members=st.lists(inner, max_size=3).map(tuple) if inner is not None and groups else st.just(()),
        )

    return st.recursive(layer(None), layer, max_leaves=6)


def first(error: Exception, path: tuple[int, ...]) -> None:
    through(error, path)


def second(error: Exception, path: tuple[int, ...]) -> None:
    for _ in range(2):
        through(error, path)


def again(error: Exception, path: tuple[int, ...]) -> None:
    if path and path[0] == 2:
        again(error, path[1:])
    through(error, path)


def through(error: Exception, path: tuple[int, ...]) -> None:
    if not path:
        raise error
    STEPS[path[0]](error, path[1:])


STEPS: tuple[Callable[[Exception, tuple[int, ...]], None], ...] = (
    first,
    second,
    again,
    lambda error, path: through(error, path[1:]),
)


def made(plan: Plan) -> Exception:
    """The exception of a plan, raised (and caught) unless its path is empty."""
    members = [made(member) for member in plan.members]
    error = ExceptionGroup(plan.message, members) if members else plan.kind(plan.message)
    for note in plan.notes:
        error.add_note(note)
    if plan.path:
        with contextlib.suppress(type(error)):
            first(error, plan.path)
    if plan.before is not None:
        before = made(plan.before)
        if plan.link == "cause":
            error.__cause__ = before
        else:
            error.__context__ = before
            error.__suppress_context__ = plan.link == "hidden"
    return error


Told = tuple[str, str, str, list[tuple[str, int | None, str]]]


def live(error: BaseException, link: str) -> Iterator[Told]:
    """What the objects say, in the order of printing."""
    if error.__cause__ is not None:
        yield from live(error.__cause__, link)
        link = "cause"
    elif error.__context__ is not None and not error.__suppress_context__:
        yield from live(error.__context__, link)
        link = "context"
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = "\n".join(([str(error)] if str(error) else []) + getattr(error, "__notes__", []))
    yield name, message, link, collapsed(error)
    for member in getattr(error, "exceptions", ()):
        yield from live(member, "group")


def collapsed(error: BaseException) -> list[tuple[str, int | None, str]]:
    """Its frames without those that are only counted: `[Previous line repeated N more times]` after the third."""
    found: list[tuple[str, int | None, str]] = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        one = (frame.f_code.co_filename, line, frame.f_code.co_name)
        if found[-3:] != [one] * 3:
            found.append(one)
    return found


def check(plan: Plan) -> None:
    error = made(plan)
    parsed = parse("".join(traceback.TracebackException.from_exception(error).format()))
    expected = list(live(error, "root"))
    found = [
        (one.type, one.message, one.link, [(f.file, f.line, f.function) for f in one.frames])
        for one in parsed.exceptions
        if one.link != "remote"
    ]
    if not plan.members:  # the text ends with its message
        expected[-1] = (expected[-1][0], expected[-1][1].rstrip("\n"), *expected[-1][2:])
    assert found == expected
    assert parsed.raised is not None
    raised = parsed.exceptions[parsed.raised]
    assert [raised.type, raised.link] == next([e[0], e[2]] for e in reversed(expected[: len(expected) - inside(error)]))


def inside(error: BaseException) -> int:
    """How many exceptions are printed for the members of `error`."""
    return sum(len(list(live(member, "group"))) for member in getattr(error, "exceptions", ()))


@settings(deadline=None)
@given(plans(ANY_TEXT, groups=False))
def test_chains_are_read_back(plan: Plan) -> None:
    check(plan)


@settings(deadline=None)
@given(plans(LINES, groups=True))
def test_groups_are_read_back(plan: Plan) -> None:
    check(plan)
