"""Forms that the recorded texts do not have: cut ones, ones of old Pythons, ones with odd surroundings."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.tracebacks import module_of, parse, parse_traceback
from tests.parsers.tracebacks.test_recorded import RECORDED

HEADER = "Traceback (most recent call last):\n"
FRAME = '  File "/usr/lib/python3/dist-packages/nova/service.py", line 3, in wait\n    self.wait()\n'
DURING = "\nDuring handling of the above exception, another exception occurred:\n\n"
SEED = Path(__file__).parents[2] / "data" / "seed.log"


def test_the_traceback_of_the_talk() -> None:
    text = "\n".join(line.partition("neutron.agent.dhcp.agent ")[2] for line in SEED.read_text().splitlines())
    [error, remote] = parse_traceback(text)
    assert error.type == "oslo_messaging.rpc.client.RemoteError"
    assert [frame.module for frame in error.frames] == [
        "neutron.agent.dhcp.agent",
        "neutron.agent.rpc",
        "oslo_messaging.rpc.client",
        "oslo_messaging.transport",
        "oslo_messaging._drivers.amqpdriver",
        "oslo_messaging._drivers.amqpdriver",
    ]
    assert [frame.in_app for frame in error.frames] == [True, True, False, False, False, False]
    assert (remote.type, remote.link, remote.truncated) == ("InternalError", "remote", True)


@pytest.mark.parametrize(
    ("text", "type_", "message", "frames"),
    [
        pytest.param("KeyboardInterrupt", "KeyboardInterrupt", "", 0, id="no message"),
        pytest.param("RuntimeError: x\ny\n", "RuntimeError", "x\ny", 0, id="never raised"),
        pytest.param(HEADER + FRAME + "KeyError:\nsecond", "KeyError", "\nsecond", 1, id="trailing blanks were stripped"),
        pytest.param(HEADER + FRAME + "KeyError: 1\n \n", "KeyError", "1\n ", 1, id="a blank line"),
        pytest.param("    code\n" + FRAME + "KeyError: 1", "KeyError", "1", 1, id="the first lines are missing"),
        pytest.param(HEADER + FRAME + "E: 1\nRemoving descriptor: 9\n", "E", "1", 1, id="eventlet gives up a socket"),
        pytest.param(HEADER + FRAME + "E: 1\nLogged from file a.py, line 9", "E", "1", 1, id="Python 2 logging"),
        pytest.param(
            "Exception AttributeError: \"'NoneType' object has no attribute 'path'\" in <bound method X.f of <X>> ignored",
            "AttributeError",
            "'NoneType' object has no attribute 'path'",
            0,
            id="Python 2 destructor with a text",
        ),
        pytest.param("Exception E: <odd> in <x> ignored", "E", "<odd>", 0, id="Python 2 destructor with something else"),
        pytest.param(
            "Unhandled exception in thread started by <f>\n" + HEADER + FRAME + "E: 1", "E", "1", 1, id="Python 2 thread"
        ),
        pytest.param("Exception ignored in: <f>\nRuntimeError: 1", "RuntimeError", "1", 0, id="ignored without frames"),
    ],
)
def test_one_exception(text: str, type_: str, message: str, frames: int) -> None:
    [found] = parse_traceback(text)
    assert (found.type, found.message, len(found.frames), found.truncated) == (type_, message, frames, False)


@pytest.mark.parametrize("text", ["", "\n\n", "no exception at all", "NoneType: None\n", "None\n", "[SQL: SELECT 1]"])
def test_no_exception(text: str) -> None:
    assert parse(text).exceptions == ()
    assert parse(text).raised is None


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        (HEADER, 0),
        (HEADER + FRAME, 1),
        (HEADER + FRAME + '  File "/usr/li', 1),
        ("Exception in thread Thread-1 (f):", 0),
        ("  + Exception Group " + HEADER + "  | " + FRAME.splitlines()[0], 1),
    ],
)
def test_a_traceback_without_its_last_line_is_truncated(text: str, frames: int) -> None:
    [found] = parse_traceback(text)
    assert (found.type, found.message, len(found.frames), found.truncated) == ("", "", frames, True)


def test_a_chain_that_was_cut_keeps_what_is_there() -> None:
    found = parse_traceback(HEADER + FRAME + "KeyError: 1\n" + DURING)
    assert [(one.type, one.link, one.truncated) for one in found] == [("KeyError", "root", False), ("", "context", True)]
    found = parse_traceback(DURING + HEADER + FRAME + "KeyError: 1\n")
    assert [(one.type, one.link) for one in found] == [("KeyError", "context")]
    [cut] = parse_traceback(DURING)
    assert (cut.link, cut.truncated) == ("context", True)


def test_lines_below_the_members_of_a_group_are_no_exception() -> None:
    text = RECORDED["py3.13 a group that was never raised"][0] + "INFO: next\n"
    assert [one.type for one in parse_traceback(text)] == ["ExceptionGroup", "ValueError"]


@pytest.mark.parametrize("summary", ["KeyError: other", "E: x", "not an exception", ""])
def test_a_summary_that_does_not_agree_changes_nothing(summary: str) -> None:
    text = HEADER + FRAME + "KeyError: 'k'\nnote"
    assert parse(text, summary) == parse(text)


def test_a_summary_with_the_whole_message_leaves_no_notes() -> None:
    [found] = parse_traceback(HEADER + FRAME + "KeyError: a\nb\n", "KeyError: a\nb\n")
    assert (found.message, found.notes) == ("a\nb", ())


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("/var/lib/openstack/lib/python3.6/site-packages/neutron/agent/rpc.py", "neutron.agent.rpc"),
        ("/usr/lib/python3/dist-packages/nova/db/__init__.py", "nova.db"),
        ("/usr/lib/python2.7/site-packages/nova-13.0-py2.7.egg/nova/rpc.pyc", "nova.rpc"),
        ("/usr/lib64/python3.11/threading.py", "threading"),
        ("/usr/bin/nova-compute", None),
        ("/site-packages/__init__.py", None),
        ("<frozen importlib._bootstrap>", None),
        ("/opt/app/emit.py", None),
    ],
)
def test_modules_are_read_off_paths(file: str, module: str | None) -> None:
    assert module_of(file) == module


def test_long_chains_and_deep_groups_are_no_recursion() -> None:
    assert len(parse_traceback(DURING.join([HEADER + FRAME + "KeyError: 1\n"] * 10_000))) == 10_000
    assert len(parse_traceback(deep_group(1_200))) == 1_201
    nested = "".join(f"{HEADER}\n{FRAME}\nE_Remote: {number}\n" for number in range(10_000))
    assert 2 <= len(parse_traceback("E_Remote: m\n" + nested)) <= 10


def deep_group(depth: int) -> str:
    lines = ["  + Exception Group " + HEADER.rstrip()]
    for level in range(1, depth + 1):
        lines += [
            "  " * level + "| ExceptionGroup: x (1 sub-exception)",
            "  " * level + "+-+---------------- 1 ----------------",
        ]
    return "\n".join([*lines, "  " * (depth + 1) + "| ValueError: x"])


@settings(deadline=None)
@given(st.text())
def test_any_text_is_accepted(text: str) -> None:
    parse(text)


PIECES = st.sampled_from([line + "\n" for text, _ in RECORDED.values() for line in text.splitlines()])


@settings(deadline=None)
@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join), st.none() | st.text())
def test_any_mixture_of_real_lines_is_accepted(text: str, summary: str | None) -> None:
    parsed = parse(text, summary)
    assert (parsed.raised is None) == (not [one for one in parsed.exceptions if one.link in {"root", "cause", "context"}])


@settings(deadline=None)
@given(st.sampled_from(sorted(RECORDED)), st.integers(0, 3000), st.integers(0, 30), st.text(max_size=3))
def test_any_damage_is_accepted(name: str, start: int, length: int, insert: str) -> None:
    text = RECORDED[name][0]
    start %= len(text)
    parse(text[:start] + insert + text[start + length :])
