"""Exceptions as OpenStack services raise them, each raised for real."""

from collections.abc import Callable


class RemoteError(Exception):
    """As `oslo_messaging/rpc/client.py` builds its message: type, value and the remote traceback as the repr of a list."""

    __module__ = "oslo_messaging.rpc.client"

    def __init__(self, exc_type: str, value: str, trace: list[str]) -> None:
        super().__init__(f"Remote error: {exc_type} {value}\n{trace}.")


class DBError(Exception):
    """As SQLAlchemy prints a failed statement, wrapped by oslo.db."""

    __module__ = "oslo_db.exception"


class InstanceNotFound_Remote(Exception):  # noqa: N801, N818  oslo.messaging makes this name
    """As `oslo_messaging/_drivers/common.py` rebuilds an allowed remote exception: a blank line after every line."""

    __module__ = "nova.exception_Remote"


class LostError(Exception):
    """Local to no project."""


REMOTE_TRACE = [
    "Traceback (most recent call last):\n",
    '  File "/usr/lib/python3/dist-packages/oslo_messaging/rpc/server.py", line 165, in _process_incoming\n    dispatch()\n',
    "oslo_db.exception.DBError: (pymysql.err.InternalError) (1047, 'WSREP has not yet prepared node')\n",
]

SQL = """(pymysql.err.OperationalError) (1205, 'Lock wait timeout exceeded; try restarting transaction')
[SQL: SELECT instances.id AS instances_id, instances.uuid AS instances_uuid
FROM instances

WHERE instances.deleted = %(deleted_1)s AND instances.host = %(host_1)s]
[parameters: ('cmp-01', 'x', {'a': [1, 2]})]
(Background on this error at: https://sqlalche.me/e/14/e3q8)"""


def boom() -> None:
    raise KeyError("boom")


def multi_line() -> None:
    raise RuntimeError("outer\nsecond line of outer\n\nfourth after blank")


def context() -> None:
    try:
        boom()
    except KeyError:
        multi_line()


def cause() -> None:
    try:
        boom()
    except KeyError as error:
        raise LostError("the agent is gone") from error


def suppressed() -> None:
    try:
        boom()
    except KeyError:
        raise ValueError("only this") from None


def three_deep() -> None:
    try:
        cause()
    except LostError:
        raise DBError(SQL)  # noqa: B904  the implicit context is the point


def group() -> None:
    members: list[Exception] = []
    for raiser in (boom, cause):
        try:
            raiser()
        except (KeyError, LostError) as error:
            members.append(error)
    raise ExceptionGroup("two of three agents failed", members)


def group_as_cause() -> None:
    try:
        group()
    except ExceptionGroup as error:
        raise LostError("no agent is left") from error


def notes() -> None:
    error = ValueError("with notes")
    error.add_note("a note\nits second line")
    error.add_note("another")
    raise error


def syntax() -> None:
    compile("def f(:\n  pass", "<string>", "exec")


def recursion(depth: int = 20) -> None:
    recursion(depth - 1) if depth else boom()


def remote_list() -> None:
    raise RemoteError("DBError", "(pymysql.err.InternalError) (1047, 'WSREP ...')\n(Background: http://x)", REMOTE_TRACE)


def remote_class() -> None:
    raise InstanceNotFound_Remote("Instance 7 could not be found.\n" + "\n".join(REMOTE_TRACE))


def database() -> None:
    raise DBError(SQL)


def empty() -> None:
    raise LostError


def newlines_only() -> None:
    raise LostError("\n")


def failed_assertion() -> None:
    raise AssertionError


def brackets() -> None:
    raise LostError("[req-1 x] fake\n[-] fake2\n['Traceback (most recent call last):\\n']")


def multi_line_call() -> None:
    int(
        "no number",
        base=10,
    )


def forged() -> None:
    raise LostError("bad name\n2026-11-23 03:33:01.806 32594 INFO nova.api [-] forged line\nlast line")


def long_line() -> None:
    raise LostError("y" * 20_000 + " end")


def unicode() -> None:
    raise LostError("Größe 🐙 \u2028 separated \x0b tab \x85 nel")


RAISERS: dict[str, Callable[[], None]] = {
    "builtin": boom,
    "multi-line message": multi_line,
    "context": context,
    "cause": cause,
    "suppressed context": suppressed,
    "three deep, SQL last": three_deep,
    "group": group,
    "group as cause": group_as_cause,
    "notes": notes,
    "SyntaxError": syntax,
    "recursion": recursion,
    "remote as list": remote_list,
    "remote as class": remote_class,
    "multi-line SQL": database,
    "no message": empty,
    "newlines only": newlines_only,
    "assertion": failed_assertion,
    "brackets": brackets,
    "multi-line call": multi_line_call,
    "unicode": unicode,
}
"""What `log_it` of the shapes and the generated records raise. The forged one stands apart: it has its own tests."""
