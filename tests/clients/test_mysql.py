import socket
import threading
from pathlib import Path

import pytest

from clients.model import MalformedError, RefusedError, TargetError, TimedOutError, UnreachableError
from clients.mysql import (
    Connection,
    Login,
    SilentError,
    StatementError,
    TlsError,
    TlsFiles,
    TooManyConnectionsError,
)
from parsers.secret import Secret
from tests.clients import fakes
from tests.servers.process import free_port, wait_until

LOGIN = Login("reader", Secret("hunter2"))
_NOT_MYSQL = "is this a MariaDB or MySQL server"


def connection(port: int, login: Login = LOGIN) -> Connection:
    return Connection("127.0.0.1", port, lambda: login)


def ask(tried: Connection) -> None:
    tried.open(10.0)
    tried.rows("SHOW GLOBAL STATUS")


def error_of(behave: fakes.Behaviour, login: Login = LOGIN) -> TargetError:
    with fakes.server(behave) as port:
        tried = connection(port, login)
        with pytest.raises(TargetError) as caught:
            ask(tried)
        assert tried.connected == isinstance(caught.value, StatementError)
        tried.close()
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"127.0.0.1:{port}: ")
    return caught.value


@pytest.mark.parametrize(
    ("behave", "kind", "words"),
    [
        pytest.param(fakes.refuse_at_once(1040, "Too many"), TooManyConnectionsError, "raise max_connections", id="1040"),
        pytest.param(fakes.refuse_at_once(1129, "Host is blocked"), RefusedError, "FLUSH HOSTS", id="1129"),
        pytest.param(fakes.refuse_at_once(1130, "Host is not allowed"), RefusedError, "from which hosts", id="1130"),
        pytest.param(fakes.refuse_login(1045, "denied"), RefusedError, "denied; check user and password", id="1045"),
        pytest.param(fakes.refuse_login(1226, "exceeded"), TooManyConnectionsError, "who holds them", id="1226"),
        pytest.param(fakes.refuse_login(3159, "insecure transport"), TlsError, "as the server wants it", id="3159"),
        pytest.param(fakes.refuse_login(3118, "locked"), RefusedError, "locked", id="3118"),
        pytest.param(fakes.answer(fakes.error(1, 1142, "denied")), StatementError, "check the user's GRANT", id="1142"),
        pytest.param(fakes.answer(fakes.error(1, 1047, "WSREP")), StatementError, "not ready for SQL", id="1047"),
        pytest.param(fakes.answer(b""), UnreachableError, "closed the connection", id="gone"),
        pytest.param(fakes.answer(fakes.packet(1, b"")), MalformedError, _NOT_MYSQL, id="an empty packet"),
        pytest.param(
            fakes.answer(fakes.packet(1, b"\x01") + fakes.packet(2, b"\x03de")), MalformedError, _NOT_MYSQL, id="a short column"
        ),
        pytest.param(fakes.say(b"SSH-2.0-OpenSSH_9.2\r\n"), MalformedError, _NOT_MYSQL, id="ssh"),
        pytest.param(fakes.say(fakes.packet(0, b"\x0a8.0")), MalformedError, _NOT_MYSQL, id="a short greeting"),
        pytest.param(fakes.answer(fakes.endless_rows()), MalformedError, "more than 1048576 bytes", id="rows without end"),
        pytest.param(fakes.say(b"HTTP/1.1 400 Bad Request\r\n"), MalformedError, _NOT_MYSQL, id="http"),
        pytest.param(lambda _: None, UnreachableError, "closed the connection", id="hangs up"),
    ],
)
def test_what_a_server_can_do_wrong(behave: fakes.Behaviour, kind: type[TargetError], words: str) -> None:
    found = error_of(behave)
    assert type(found) is kind
    assert words in str(found)


def test_a_server_without_tls_where_we_want_it() -> None:
    found = error_of(fakes.say(fakes.greeting()), Login("reader", tls=TlsFiles(verify=False).context()))
    assert isinstance(found, TlsError)


def test_nobody_listens() -> None:
    with pytest.raises(UnreachableError, match="Connection refused; is the server running") as caught:
        connection(free_port()).open(10.0)
    assert (caught.value.reachable, caught.value.reason) == (False, "unreachable")


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(UnreachableError, match=r"^nowhere\.invalid:3306: "):
        Connection("nowhere.invalid", 3306, lambda: LOGIN).open(10.0)


def test_a_full_backlog_is_no_answer_to_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, socket.socket() as first:
        port = listener.getsockname()[1]
        first.connect(("127.0.0.1", port))
        held = [socket.socket() for _ in range(3)]
        try:
            for one in held:
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            with pytest.raises(TimedOutError, match="no answer to a connection") as caught:
                connection(port).open(0.3)
            assert not isinstance(caught.value, SilentError)
        finally:
            for one in held:
                one.close()


def test_who_waits_for_a_silent_server_can_be_told_to_stop() -> None:
    with fakes.server(fakes.say(b"")) as port:
        waiting = connection(port)
        errors: list[TargetError] = []

        def wait() -> None:
            try:
                waiting.open(10.0)
            except TargetError as error:
                errors.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        wait_until(lambda: waiting.connected, "the host has taken the connection")
        waiting.abort()
        thread.join(30)
        assert "was given up" in str(errors[0])
        assert not waiting.connected


def test_an_address_of_ipv6_is_written_in_brackets() -> None:
    assert Connection("fd00::1", 3306, lambda: LOGIN).address == "[fd00::1]:3306"
    assert Connection("db1", 3306, lambda: LOGIN).address == "db1:3306"


def test_closing_what_was_never_open() -> None:
    connection(1).close()
    connection(1).abort()
    with pytest.raises(UnreachableError, match="not connected"):
        connection(1).rows("SELECT 1")


def test_files_for_tls_that_are_no_certificates(tmp_path: Path) -> None:
    rubbish = tmp_path / "ca.pem"
    rubbish.write_text("rubbish")
    with pytest.raises(TlsError, match=r"ca\.pem: .*check the files named under tls"):
        TlsFiles(ca=rubbish).context()
    with pytest.raises(TlsError, match=r"key\.pem"):
        TlsFiles(certificate=rubbish, key=tmp_path / "key.pem").context()
