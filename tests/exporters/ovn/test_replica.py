"""A copy of tables that follows a server, with servers that do not do what they should. (Real ones: test_servers.)"""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clients.model import Deadline, MalformedError, TargetError, UnreachableError
from exporters.ovn.replica import Replica
from exporters.ovn.tables import SOUTHBOUND, TABLES, Chassis
from tests.clients.talker import Speak, Talker, requests, says
from tests.servers.process import free_port, wait_until

SCHEMA = {"tables": {"Chassis": {"columns": {"name": {}, "hostname": {}, "more": {}}}, "FDB": {"columns": {}}}}


def server(
    first: Any, *later: dict[str, Any], connected: bool = True, probes: list[str] | None = None, lives: bool = True
) -> Speak:
    """A server with two tables, that sends notifications later on, and answers probes if it lives."""

    def speak(connection: socket.socket) -> None:
        for request in requests(connection):
            if request["method"] == "echo":
                if probes is not None:
                    probes.append(request["id"])
                if not lives:
                    continue
                result: Any = request["params"]
            elif request["method"] == "get_schema":
                result = SCHEMA
            elif request["params"][0] == "_Server":
                result = {"Database": {"1": {"new": {"name": SOUTHBOUND, "connected": connected}}}}
            else:
                result = first
            connection.sendall(json.dumps({"id": request["id"], "result": result, "error": None}).encode())
            if result is first:
                for note in later:
                    connection.sendall(json.dumps({"id": None, **note}).encode())

    return speak


def update(updates: Any, name: str = SOUTHBOUND) -> dict[str, Any]:
    return {"method": "update", "params": [name, updates]}


FIRST = {
    "Chassis": {"a": {"new": {"name": "sys-a", "hostname": "cmp001"}}, "b": {"new": {"name": "sys-b", "hostname": "cmp002"}}},
    "FDB": {"1": {"new": {}}, "2": {"new": {}}},
}


@pytest.fixture
def replicas() -> Iterator[list[Replica]]:
    made: list[Replica] = []
    yield made
    for replica in made:
        replica.close()


def following(made: list[Replica], *remotes: str, probe: float = 5.0) -> Replica:
    made.append(Replica(SOUTHBOUND, remotes, TABLES[SOUTHBOUND], limit=1 << 20, copy_timeout=20.0, probe=probe))
    return made[0]


def test_the_first_copy_and_what_changes(tmp_path: Path, replicas: list[Replica]) -> None:
    changes = {
        "Chassis": {
            "a": {"old": {"hostname": "cmp001"}, "new": {"name": "sys-a", "hostname": "new"}},
            "b": {"old": {"name": "sys-b", "hostname": "cmp002"}},
        },
        "FDB": {"3": {"new": {}}, "1": {"old": {}}, "2": {"old": {}}},
        "Unknown": {},
    }
    with Talker(tmp_path / "s", server(FIRST, update(changes))) as talker:
        replica = following(replicas, talker.address)
        wait_until(lambda: replica.contents(Deadline.after(20)).counts["FDB"] == 1, "the changes have come")
        assert replica.contents(Deadline.after(20)).rows == {"Chassis": {"a": Chassis("sys-a", "new")}}


@pytest.mark.parametrize(
    ("speak", "error", "words"),
    [
        (server(FIRST, connected=False), UnreachableError, "OVN_Southbound: the server is not connected to its cluster"),
        (server({"Chassis": {"a": {"new": {"name": "x"}}}}), MalformedError, "a row of Chassis without all its columns"),
        (server({"Chassis": {"a": {"new": [1]}}}), MalformedError, "a row of Chassis without"),
        (says(b"HTTP/1.1 400"), MalformedError, "this is no JSON-RPC"),
    ],
)
def test_no_copy(tmp_path: Path, replicas: list[Replica], speak: Speak, error: type[TargetError], words: str) -> None:
    with Talker(tmp_path / "s", speak) as talker, pytest.raises(error, match=words):
        following(replicas, talker.address).contents(Deadline.after(20))


@pytest.mark.parametrize(
    "note",
    [
        {"method": "stolen", "params": ["lock"]},
        update({"Chassis": {"a": {"new": {}}}}),
        update({"Database": {"1": {"new": {"name": SOUTHBOUND, "connected": False}}}}, "_Server"),
    ],
)
def test_a_server_that_goes_wrong_is_left_for_the_next(tmp_path: Path, replicas: list[Replica], note: dict[str, Any]) -> None:
    other = {"Chassis": {"c": {"new": {"name": "sys-c", "hostname": "cmp003"}}}}
    with Talker(tmp_path / "1", server(FIRST, note)) as first, Talker(tmp_path / "2", server(other)) as second:
        replica = following(replicas, first.address, second.address)
        wait_until(lambda: list(replica.contents(Deadline.after(20)).rows["Chassis"]) == ["c"], "the second is followed")


@pytest.mark.parametrize("lives", [True, False])
def test_a_silent_server_is_probed_and_left_if_it_hangs(tmp_path: Path, replicas: list[Replica], lives: bool) -> None:
    probes: list[str] = []
    other = {"Chassis": {"c": {"new": {"name": "sys-c", "hostname": "cmp003"}}}}
    first = Talker(tmp_path / "1", server(FIRST, probes=probes, lives=lives))
    with first, Talker(tmp_path / "2", server(other)) as second:
        replica = following(replicas, first.address, second.address, probe=0.1)
        replica.contents(Deadline.after(20))
        wait_until(lambda: len(probes) >= (3 if lives else 1), "it is probed")
        if not lives:
            wait_until(lambda: list(replica.contents(Deadline.after(20)).rows["Chassis"]) == ["c"], "the second is followed")
        assert len(replica.contents(Deadline.after(20)).rows["Chassis"]) == (2 if lives else 1)


def test_a_server_that_is_not_there_is_passed_by(tmp_path: Path, replicas: list[Replica]) -> None:
    with Talker(tmp_path / "s", server(FIRST)) as talker:
        replica = following(replicas, f"tcp:127.0.0.1:{free_port()}", talker.address)
        assert len(replica.contents(Deadline.after(20)).rows["Chassis"]) == 2
