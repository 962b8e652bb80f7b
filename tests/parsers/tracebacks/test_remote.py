"""Tracebacks that came as text from another process."""

import contextlib
import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.model import ExceptionInfo
from parsers.tracebacks import parse, parse_traceback

DATA = Path(__file__).parents[2] / "data" / "tracebacks"
CARRIER = 'Traceback (most recent call last):\n  File "/usr/lib/python3/dist-packages/neutron/agent/rpc.py", line 9, in call\n'


def printed(type_: str, message: str) -> str:
    return f"{CARRIER}{type_}: {message}\n"


def raised(message: str) -> Exception:
    """A chain of two, as the other process caught it."""
    first, second = KeyError("first"), ValueError(message)
    second.__context__ = first
    fail(first)
    return fail(second)


def fail(error: Exception) -> Exception:
    with contextlib.suppress(type(error)):
        raise error
    return error


def remote_error(error: Exception) -> str:
    """The text of oslo_messaging.rpc.client.RemoteError, by its format string."""
    return f"Remote error: {type(error).__name__} {error}\n{traceback.format_exception(error)}."


def rebuilt(error: Exception) -> str:
    """The text of an exception that oslo_messaging._drivers.common.deserialize_remote_exception made."""
    return str(error) + "\n" + "\n".join(traceback.format_exception(error))


def said(exceptions: tuple[ExceptionInfo, ...]) -> list[tuple[str, str, str, list[str | None]]]:
    return [(one.type, one.message, one.link, [frame.function for frame in one.frames]) for one in exceptions]


EXPECTED = [
    ("KeyError", "'first'", "remote", ["fail"]),
    ("ValueError", 'it\'s "off"\n\nnow \\n é', "context", ["fail"]),
]


def test_a_remote_error_is_followed_by_the_chain_that_it_carries() -> None:
    message = remote_error(raised(EXPECTED[1][1]))
    found = parse(printed("oslo_messaging.rpc.client.RemoteError", message))
    assert said(found.exceptions[1:]) == EXPECTED
    assert (found.raised, found.exceptions[0].message) == (0, message)


def test_a_rebuilt_exception_is_followed_by_the_chain_that_it_carries() -> None:
    message = rebuilt(raised(EXPECTED[1][1]))
    found = parse(printed("nova.exception_Remote.InstanceNotFound_Remote", message))
    assert said(found.exceptions[1:]) == EXPECTED
    assert (found.raised, found.exceptions[0].message) == (0, message.rstrip("\n"))


def test_a_carrier_in_the_middle_of_a_chain_keeps_its_place() -> None:
    text = printed("RemoteError", remote_error(raised("x")))
    text += "\nDuring handling of the above exception, another exception occurred:\n\n" + printed("RuntimeError", "then")
    found = parse(text)
    assert [one.link for one in found.exceptions] == ["root", "remote", "context", "context"]
    assert found.raised == 3


def test_a_list_of_python_2_in_the_middle_of_a_sentence() -> None:
    message = (
        "Error from last host: compute3 (node compute3): [u'Traceback (most recent call last):\\n', "
        "u'  File \"/usr/lib/python2.7/site-packages/nova/manager.py\", line 1926, in _do_build\\n    filter_properties)\\n', "
        "u'RescheduledException: Build of instance 7 was re-scheduled: caf\\xe9\\n']"
    )
    [carrier, remote] = parse_traceback(printed("nova.exception.NoValidHost", message))
    assert carrier.message == message
    assert (remote.type, remote.message) == ("RescheduledException", "Build of instance 7 was re-scheduled: café")
    assert [(f.module, f.line, f.code, f.in_app) for f in remote.frames] == [("nova.manager", 1926, "filter_properties)", True)]


@pytest.mark.parametrize("end", ["", "\n(Background on this error at: http://sqlalche.me/e/2j85)"])
def test_a_remote_error_without_its_list_still_names_the_exception(end: str) -> None:
    message = f"Remote error: InternalError (pymysql.err.InternalError) (1047, 'WSREP has not ye{end}"
    [_, remote] = parse_traceback(printed("oslo_messaging.rpc.client.RemoteError", message))
    assert (remote.type, remote.link, remote.truncated, remote.frames) == ("InternalError", "remote", True, ())
    assert remote.message == f"(pymysql.err.InternalError) (1047, 'WSREP has not ye{end}"


def test_a_list_in_a_sentence_that_was_cut_is_truncated() -> None:
    [_, remote] = parse_traceback(printed("E", f"from last host: {traceback.format_exception(raised('x'))}"[:-20]))[:2]
    assert (remote.type, remote.link, remote.truncated) == ("KeyError", "remote", False)
    [_, remote] = parse_traceback(printed("E", "from last host: ['Traceback (most recent call last):\\n', 'Val"))
    assert (remote.type, remote.link, remote.truncated) == ("Val", "remote", True)


def test_a_remote_error_that_carries_a_remote_error() -> None:
    inner = fail(ValueError(remote_error(raised("innermost"))))
    found = parse_traceback(printed("RemoteError", remote_error(inner)))
    assert [(one.type, one.link) for one in found] == [
        ("RemoteError", "root"),
        ("ValueError", "remote"),
        ("KeyError", "remote"),
        ("ValueError", "context"),
    ]


def test_a_worker_process_of_multiprocessing() -> None:
    quoted = f'\n"""\n{CARRIER}ValueError: in the worker\n"""'
    [_, remote] = parse_traceback(printed("multiprocessing.pool.RemoteTraceback", quoted))
    assert (remote.type, remote.message, remote.link) == ("ValueError", "in the worker", "remote")


@pytest.mark.parametrize("text", ["Remote error: None None\n", "Remote error", "A remote error: ValueError x", "Traceback"])
def test_a_message_that_carries_nothing_adds_nothing(text: str) -> None:
    assert len(parse_traceback(printed("RemoteError", text))) == 1


def test_a_real_one() -> None:
    found = parse_traceback((DATA / "remote-neutron.txt").read_text())
    assert [(one.type, one.link, len(one.frames)) for one in found] == [
        ("oslo_messaging.rpc.client.RemoteError", "root", 6),
        ("pymysql.err.OperationalError", "remote", 20),
        ("sqlalchemy.exc.OperationalError", "cause", 67),
    ]
    assert found[2].message.startswith("(pymysql.err.OperationalError) (1045, \"Access denied for user 'neutron'@'localhost'")
    assert found[2].message.endswith("(Background on this error at: https://sqlalche.me/e/14/e3q8)")


@settings(deadline=None)
@given(st.integers(0, 13_000))
def test_a_list_that_was_cut_anywhere_leaves_the_carrier_and_a_remote_entry(length: int) -> None:
    message = (DATA / "remote-neutron.txt").read_text().partition("RemoteError: ")[2]
    cut = message[: max(length, len("Remote error: OperationalError"))].rstrip("\n")
    found = parse_traceback(printed("RemoteError", cut))
    assert found[0].message == cut
    assert found[1].link == "remote"
    assert found[-1].type == "OperationalError"
    assert found[-1].truncated


@settings(deadline=None)
@given(st.lists(st.text(min_size=1)))
def test_any_texts_of_a_list_are_read_as_python_wrote_them(texts: list[str]) -> None:
    listed = ["Traceback (most recent call last):\n", '  File "/x.py", line 1, in f\n', "ValueError: " + "".join(texts) + "\n"]
    [_, *remote] = parse_traceback(printed("E", f"Remote error: ValueError x\n{listed}."))
    if "above exception" not in "".join(texts) and "Traceback (" not in "".join(texts):
        assert [one.message for one in remote] == ["".join(texts).rstrip("\n")]
