"""OVSDB (RFC 7047): reading tables, and the values in their cells.

A cell is a scalar, `["uuid", U]`, `["set", [...]]` or `["map", [[key, value], ...]]`; a set of one element is that element.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from clients.jsonrpc import Connection
from clients.model import Deadline, MalformedError, RefusedError

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]


def select(connection: Connection, database: str, tables: Mapping[str, Sequence[str]], deadline: Deadline) -> Rows:
    """All rows of the tables with these columns, as they stand in one instant: one transaction. Raises TargetError."""
    operations = [{"op": "select", "table": table, "where": [], "columns": list(of)} for table, of in tables.items()]
    what = f"{connection.endpoint} {database}"
    results = _result(connection, "transact", [database, *operations], deadline)
    if not isinstance(results, list):
        raise MalformedError(f"{what}: the result of a transaction is no list")
    found: dict[str, list[Row]] = {}
    for table, result in zip(tables, results, strict=False):
        if not isinstance(result, Mapping) or not isinstance(rows := result.get("rows"), list):
            raise RefusedError(f"{what}: table {table}: {_said(result)}")
        found[table] = [_row(row, f"{what}: table {table}") for row in rows]
    if missing := tables.keys() - found.keys():
        raise MalformedError(f"{what}: no answer for {', '.join(sorted(missing))}")
    return found


def columns(connection: Connection, database: str, deadline: Deadline) -> dict[str, frozenset[str]]:
    """The schema: table -> its columns. Raises TargetError."""
    schema = _result(connection, "get_schema", [database], deadline)
    try:
        return {table: frozenset(made["columns"]) for table, made in schema["tables"].items()}
    except (TypeError, KeyError, AttributeError) as error:
        raise MalformedError(f"{connection.endpoint} {database}: this is no schema") from error


def monitor(
    connection: Connection, database: str, name: str, tables: Mapping[str, Sequence[str]], deadline: Deadline
) -> Mapping[str, Any]:
    """Ask for all rows of the tables now and for every change from now on; returns the first table updates.

    Changes come as notifications `update` with the params [name, table updates]. Raises TargetError.
    """
    wanted = {table: [{"columns": list(of)}] for table, of in tables.items()}
    updates = _result(connection, "monitor", [database, name, wanted], deadline)
    if not isinstance(updates, Mapping):
        raise MalformedError(f"{connection.endpoint} {database}: table updates are no object")
    return updates


def _result(connection: Connection, method: str, params: Sequence[Any], deadline: Deadline) -> Any:
    reply = connection.call(method, params, deadline)
    if reply.error is not None:
        raise RefusedError(f"{connection.endpoint} {method} {params[0]}: {_said(reply.error)}")
    return reply.result


def _said(error: Any) -> str:
    """What the server says against it, in one line."""
    if isinstance(error, Mapping):
        return " ".join(f"{error.get('error', '')}: {error.get('details', '')}".split())[:200]
    return " ".join(str(error).split())[:200]


def _row(row: Any, what: str) -> Row:
    if not isinstance(row, Mapping):
        raise MalformedError(f"{what}: a row is no object")
    return row


# -- cells: what does not have the shape that the column should have is as good as empty -------------------------------------


def elements(cell: Any) -> list[Any]:
    """A cell as a list; references to rows as their UUIDs."""
    match cell:
        case ["set", [*members]]:
            return [_atom(member) for member in members]
        case ["map", _] | None:
            return []
        case _:
            return [_atom(cell)]


def mapping(cell: Any) -> dict[str, str]:
    """A map with its keys and values as text."""
    match cell:
        case ["map", [*pairs]]:
            return {str(pair[0]): _text(_atom(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2}
        case _:
            return {}


def counters(cell: Any) -> dict[str, int]:
    """A map of integers, as `Interface.statistics`; what is none is left out."""
    match cell:
        case ["map", [*pairs]]:
            return {
                pair[0]: pair[1]
                for pair in pairs
                if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and type(pair[1]) is int
            }
        case _:
            return {}


def text(cell: Any) -> str | None:
    """The only element as text; None for an empty cell."""
    if isinstance(cell, str):
        return cell
    found = elements(cell)
    return _text(found[0]) if found else None


def number(cell: Any) -> int | None:
    """The only element where it is an integer."""
    if type(cell) is int:
        return cell
    found = elements(cell)
    return found[0] if found and type(found[0]) is int else None


def flag(cell: Any) -> bool | None:
    """The only element where it is a boolean."""
    found = elements(cell)
    return found[0] if found and isinstance(found[0], bool) else None


def _atom(value: Any) -> Any:
    match value:
        case ["uuid", str(uuid)]:
            return uuid
        case list() | Mapping():
            return None
        case _:
            return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
