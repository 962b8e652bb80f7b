"""The check `http`, with servers of our own that do what servers do."""

import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from clients.http1 import Answer, HttpsFiles
from parsers.secret import Secret
from probes.checks import http
from probes.model import Finding
from tests.clients.talker import Talker, says
from tests.probes.checks.asking import CONTEXT, PATIENT, SHORT, look, time_wait, until
from tests.servers import bad
from tests.servers.authority import Authority
from tests.servers.bad import polite
from tests.servers.process import free_port

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"


def check(port: int, **more: Any) -> http.Request:
    return http.make(http.Settings(f"http://127.0.0.1:{port}/", **more), CONTEXT)


@pytest.mark.parametrize(
    ("behave", "finding", "words"),
    [
        (polite(OK), Finding.FINE, "200"),
        (polite(b"HTTP/1.1 300 Multiple Choices\r\nContent-Length: 0\r\n\r\n"), Finding.FINE, "300"),
        (polite(b"HTTP/1.1 404 Not Found\r\n\r\n"), Finding.UNFIT, "404"),
        (polite(b"HTTP/1.1 503 x\r\n\r\nDISABLED BY FILE"), Finding.UNFIT, "it is being drained"),
        (polite(b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>\r\nno</html>"), Finding.UNFIT, "502"),
        (polite(b"HTTP/1.1 500 x\r\n\r\nTraceback\nmore\x1b[31m"), Finding.UNFIT, "500: Traceback more"),
        (polite(b"not HTTP at all\r\n\r\n"), Finding.UNFIT, "no HTTP"),
        (polite(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"), Finding.UNFIT, "hung up after 4 of 99 bytes"),
        (bad.rubbish, Finding.UNFIT, "no HTTP"),
        (polite(b""), Finding.NOT_YET, "hung up without an answer"),
        (bad.resetting, Finding.NOT_YET, ""),
        (bad.silent, Finding.SILENT, "no answer in time"),
        (bad.half(b"HTTP/1.1 200 OK\r\n"), Finding.DRAINED, "not the rest; it is slow"),
        (bad.dripping(b"HTTP/1.1 200 OK\r\n"), Finding.DRAINED, "it is slow"),
    ],
)
def test_what_a_server_does_and_what_it_means(behave: bad.Behaviour, finding: Finding, words: str) -> None:
    with bad.listening(behave) as port:
        if finding is Finding.DRAINED:
            evidence = until(check(port), finding, SHORT)  # the server's thread may be late
        else:
            evidence = look(check(port), SHORT if finding is Finding.SILENT else PATIENT)
    assert evidence.finding is finding
    assert words in evidence.text


def test_refused_before_it_was_ever_fine_and_afterwards() -> None:
    with bad.listening(polite(OK)) as port:
        asked = check(port)
        assert look(asked).finding is Finding.FINE
    assert look(asked).finding is Finding.GONE
    assert look(check(port)).finding is Finding.NOT_YET


def test_a_full_backlog_is_silence(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(0)
        asked = http.make(http.Settings("http://localhost/", path), CONTEXT)
        assert look(asked, SHORT).finding is Finding.SILENT
        assert look(asked, SHORT).finding is Finding.SILENT
        assert "temporarily unavailable" in look(asked, SHORT).text


@pytest.mark.parametrize(("reads", "finding"), [(True, Finding.DRAINED), (False, Finding.SILENT)])
def test_a_request_that_was_read_is_busy_and_one_that_lies_there_is_silence(
    tmp_path: Path, reads: bool, finding: Finding
) -> None:
    over = threading.Event()

    def speak(connection: socket.socket) -> None:
        if reads:
            connection.recv(65536)
        over.wait(60)

    with Talker(tmp_path / "s", speak):
        asked = http.make(http.Settings("http://localhost/", str(tmp_path / "s")), CONTEXT)
        assert until(asked, finding, SHORT)
        over.set()


def test_a_metadata_agent_that_refuses_a_made_router_is_fine(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def speak(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    settings = http.Settings("http://localhost/", str(tmp_path / "s"), headers={"X-Neutron-Router-ID": "none"}, below=500)
    with Talker(tmp_path / "s", speak):
        assert look(http.make(settings, CONTEXT)).finding is Finding.FINE
    assert b"X-Neutron-Router-ID: none\r\n" in heard[0]


def test_no_permission_for_the_socket_is_not_the_fault_of_the_service(tmp_path: Path) -> None:
    with Talker(tmp_path / "s", says(OK)):
        asked = http.make(http.Settings("https://localhost/", str(tmp_path / "s")), CONTEXT)
        assert look(asked).finding is Finding.UNKNOWN  # it speaks no TLS


def test_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server()

    def behave(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(1, socket.MSG_PEEK)  # ssl does not close a socket that was reset before it begins
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(OK)

    with bad.listening(behave) as port:
        url = f"https://127.0.0.1:{port}/"
        trusted = http.Settings(url, tls=HttpsFiles(authority.file, server_name="localhost"))
        assert look(http.make(trusted, CONTEXT)).finding is Finding.FINE
        evidence = look(http.make(http.Settings(url, tls=HttpsFiles(authority.file)), CONTEXT))
    assert evidence.finding is Finding.UNKNOWN
    assert "look at the authority" in evidence.text


@pytest.mark.parametrize("keep", [True, False])
def test_a_thousand_looks_leave_no_socket_behind(keep: bool) -> None:
    def behave(connection: socket.socket, _: threading.Event) -> None:
        while data := connection.recv(65536):
            connection.sendall(OK)
            if b"Connection: close" in data:
                return  # as a server does that was asked to: it hangs up first

    with bad.listening(behave) as port:
        asked = check(port, keep=keep)
        for _ in range(1000 if keep else 300):
            assert look(asked).finding is Finding.FINE
        asked.close()
        assert time_wait(port) == 0


@pytest.mark.parametrize(
    ("answer", "settings", "wrong"),
    [
        (Answer(200, {}, b"all is well", whole=True), {"body": "is well"}, ""),
        (Answer(200, {}, b"all", whole=True), {"body": "well"}, "200, and 'well' is not there"),
        (
            Answer(200, {}, b"all", whole=False),
            {"body": "well", "limit": 3},
            "200, and 'well' is not there in its first 3 bytes",
        ),
        (Answer(404, {}, b"", whole=True), {"below": 500}, ""),
        (Answer(500, {}, b"", whole=True), {"below": 500}, "500"),
        (Answer(401, {}, b"", whole=True), {"status": (401,)}, ""),
        (Answer(200, {}, b"", whole=True), {"status": (401,)}, "200"),
        (Answer(503, {}, b"DISABLED BY FILE", whole=True), {"status": (503,)}, ""),
        (Answer(503, {}, b"\xff\xfe", whole=True), {}, "503: ��"),
    ],
)
def test_what_a_good_answer_is(answer: Answer, settings: Mapping[str, Any], wrong: str) -> None:
    assert http.judged(answer, http.Settings("http://a/", **settings)) == wrong


def test_mistakes_in_settings() -> None:
    settings = http.Settings("a", host="a\r\nb", headers={"X y": "", "Y": "ü"}, password=Secret("hunter2"), limit=0)
    found = dict(settings.mistakes())
    assert found.keys() == {"url", "host", "headers.X y", "headers.Y", "user", "limit"}
    assert not list(http.Settings("http://a/", host="b:8080", headers={"X-Y": "z"}).mistakes())


def test_a_password_is_sent_and_not_shown() -> None:
    asked = check(free_port(), user="u", password=Secret("hunter2"))
    assert "hunter2" not in look(asked).text
