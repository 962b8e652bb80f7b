"""The messages of a call, and rubbish in their place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.rpc.fleet import WINDOW, Fleet, announcement
from probes.rpc.messages import Call, Reply, decoded, encoded

VALUES: Any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


def wrapped(message: object) -> str:
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(message)})


def test_a_call() -> None:
    body = json.loads(encoded(Call("ping", "baseapi", "1.1", (("arg", "x"),)), "id", "reply_q"))
    assert body["oslo.version"] == "2.0"
    assert json.loads(body["oslo.message"]) == {
        "method": "ping",
        "args": {"arg": "x"},
        "namespace": "baseapi",
        "version": "1.1",
        "_msg_id": "id",
        "_reply_q": "reply_q",
        "_timeout": None,
        "_unique_id": "id",
    }


def test_what_is_not_given_is_left_out() -> None:
    message = json.loads(json.loads(encoded(Call("m"), "id", "q"))["oslo.message"])
    assert not {"namespace", "version"} & message.keys()


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ({"_msg_id": "1", "result": "pong", "failure": None, "ending": True}, Reply("1", "pong")),
        (
            {"_msg_id": "1", "result": None, "failure": json.dumps({"class": "NoSuchMethod", "message": "no"})},
            Reply("1", None, "NoSuchMethod", "no"),
        ),
        ({"_msg_id": "1", "failure": "{}"}, Reply("1", None, "unknown")),
        ({"_msg_id": 1, "result": "pong"}, None),
        ({"result": "pong"}, None),
        ({"_msg_id": "1", "failure": "no JSON"}, None),
        ({"_msg_id": "1", "failure": "[1]"}, None),
        (["_msg_id"], None),
    ],
)
def test_a_reply(message: object, reply: Reply | None) -> None:
    assert decoded(wrapped(message)) == reply


class TestRubbish:
    """ "None for what is none, as anybody in the virtual host may write into our queue." """

    @given(st.one_of(st.binary(), st.text(), VALUES.map(json.dumps), VALUES.map(wrapped)))
    def test_of_any_kind(self, body: bytes | str) -> None:
        found = decoded(body)
        assert found is None or isinstance(found.id, str)
        fleet = Fleet("me")
        fleet.hear(body, 0.0)
        assert fleet.hung(0.0) <= 1

    def test_that_is_nested_deeply(self) -> None:
        assert decoded("[" * 100_000) is None
        fleet = Fleet("me")
        fleet.hear("[" * 100_000, 0.0)
        assert fleet.hung(0.0) == 0


class TestFleet:
    def test_distinct_hosts_of_the_last_minute(self) -> None:
        fleet = Fleet("me")
        for at, host in ((0.0, "a"), (10.0, "b"), (20.0, "b"), (30.0, "me")):
            fleet.hear(announcement(host), at)
        assert [fleet.hung(now) for now in (30.0, WINDOW, WINDOW + 1, 20 + WINDOW + 1)] == [2, 2, 1, 0]

    def test_hosts_are_bounded(self) -> None:
        fleet = Fleet("me")
        for number in range(5000):
            fleet.hear(announcement(f"host{number}"), 0.0)
        assert fleet.hung(0.0) == 4096
