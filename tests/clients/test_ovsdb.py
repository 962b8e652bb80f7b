"""Reading tables and cells of OVSDB."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import ovsdb
from clients.jsonrpc import Connection
from clients.model import Deadline, MalformedError, RefusedError, TargetError
from clients.sockets import Endpoint
from tests.clients.talker import Talker, answers

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["set", "map", "uuid"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


def selected(folder: Path, result: Any) -> ovsdb.Rows:
    deadline = Deadline.after(20)
    with (
        Talker(folder / "s", answers({"transact": result})) as talker,
        Connection(Endpoint.parse(talker.address), deadline) as connection,
    ):
        return ovsdb.select(connection, "db", {"Bridge": ["name"], "Port": ["name"]}, deadline)


def test_rows_by_table(tmp_path: Path) -> None:
    rows = selected(tmp_path, [{"rows": [{"name": "br-int"}]}, {"rows": []}])
    assert rows == {"Bridge": [{"name": "br-int"}], "Port": []}


@pytest.mark.parametrize(
    ("result", "error", "words"),
    [
        (
            [{"error": "unknown column", "details": "No column x"}, None],
            RefusedError,
            "table Bridge: unknown column: No column x",
        ),
        (PermissionError("not for you"), RefusedError, "transact db: not for you"),
        ([{"rows": []}], MalformedError, "no answer for Port"),
        ({}, MalformedError, "is no list"),
        ([{"rows": [1]}, {"rows": []}], MalformedError, "a row is no object"),
    ],
)
def test_what_is_no_answer(tmp_path: Path, result: Any, error: type[TargetError], words: str) -> None:
    with pytest.raises(error, match=words):
        selected(tmp_path, result)


@pytest.mark.parametrize("schema", [[], {"tables": []}, {"tables": {"Bridge": {}}}, {}])
def test_what_is_no_schema(tmp_path: Path, schema: Any) -> None:
    deadline = Deadline.after(20)
    with (
        Talker(tmp_path / "s", answers({"get_schema": schema, "monitor": []})) as talker,
        Connection(Endpoint.parse(talker.address), deadline) as connection,
    ):
        with pytest.raises(MalformedError, match="db: this is no schema"):
            ovsdb.columns(connection, "db", deadline)
        with pytest.raises(MalformedError, match="table updates are no object"):
            ovsdb.monitor(connection, "db", "m", {}, deadline)


def test_cells() -> None:
    reference = ["uuid", "550e8400-e29b-41d4-a716-446655440000"]
    assert ovsdb.elements(["set", [reference, reference]]) == [reference[1], reference[1]]
    assert ovsdb.elements(reference) == [reference[1]]
    assert (ovsdb.text("x"), ovsdb.text(["set", []]), ovsdb.text(["set", ["y"]]), ovsdb.text(True)) == ("x", None, "y", "true")
    assert (ovsdb.number(5), ovsdb.number(True), ovsdb.number("5"), ovsdb.number(["set", [4095]])) == (5, None, None, 4095)
    assert (ovsdb.flag(False), ovsdb.flag(["set", []]), ovsdb.flag(0)) == (False, None, None)
    assert ovsdb.mapping(["map", [["a", "b"], ["c", 1], ["d", True], ["e"]]]) == {"a": "b", "c": "1", "d": "true"}
    assert ovsdb.counters(["map", [["rx", 1], ["name", "x"], ["ok", True], [2, 3]]]) == {"rx": 1}


@given(ANYTHING)
def test_a_cell_of_another_shape_is_as_good_as_empty(cell: Any) -> None:
    for found in ovsdb.elements(cell):
        assert not isinstance(found, list | dict)
    assert all(isinstance(value, str) for pair in ovsdb.mapping(cell).items() for value in pair)
    assert all(type(value) is int for value in ovsdb.counters(cell).values())
    assert ovsdb.text(cell) is None or isinstance(ovsdb.text(cell), str)
    assert ovsdb.number(cell) is None or type(ovsdb.number(cell)) is int
    assert ovsdb.flag(cell) in {None, True, False}
