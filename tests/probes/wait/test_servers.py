"""Real servers: first absent, then wrong, then there."""

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from clients.model import Deadline
from parsers.secret import Secret
from probes.wait.asking import asking
from probes.wait.model import Answer, Asking, Kube, More
from probes.wait.targets import parse
from tests.servers.bad import closing, listening, rubbish, silent
from tests.servers.memcached import memcached
from tests.servers.ovs import OpenVSwitch
from tests.servers.process import free_port, wait_until
from tests.servers.rabbitmq import RabbitmqCluster

pytestmark = pytest.mark.servers
PATIENT = 30.0


def no_object(target: Kube) -> Asking:
    raise AssertionError(target)


def made(text: str, more: More | None = None) -> Asking:
    return asking(parse(text, more), no_object)


def ask(asked: Asking, seconds: float = PATIENT) -> Answer:
    """One attempt, its answer fit for a line and without a secret."""
    answer = asked.ask(Deadline.after(seconds), lambda _: None)
    assert answer.text.isprintable()
    assert "hunter" not in answer.text
    return answer


def once(text: str, more: More | None = None, seconds: float = PATIENT) -> Answer:
    asked = made(text, more)
    try:
        return ask(asked, seconds)
    finally:
        asked.close()


def until_there(asked: Asking) -> Answer:
    found: list[Answer] = []

    def there() -> bool:
        found[:] = [ask(asked)]
        return found[0].there

    wait_until(there, f"it is there, not {found}", pause=0.2)
    asked.close()
    return found[0]


@pytest.fixture(scope="module", name="cluster")
def running_cluster() -> Iterator[RabbitmqCluster]:
    with RabbitmqCluster.made(size=1) as made:
        made.add_vhost("nova")
        made.add_user("nova", "hunter2", vhosts={"nova": "^$"})
        yield made


def test_rabbitmq_lets_in_who_knows_the_password(cluster: RabbitmqCluster) -> None:
    (node,) = cluster.nodes
    url = f"rabbit://nova@127.0.0.1:{node.amqp}/nova"
    wrong = once(url, More(password=Secret("hunter3")))
    assert not wrong.there
    assert "wrong password, or no user nova" in wrong.text
    right = once(url, More(password=Secret("hunter2")))
    assert right.there
    assert "logged in as nova, virtual host nova" in right.text


def test_rabbitmq_without_the_virtual_host_or_the_right_to_it(cluster: RabbitmqCluster) -> None:
    (node,) = cluster.nodes
    for vhost in ("cinder", "%2F"):
        answer = once(f"rabbit://nova@127.0.0.1:{node.amqp}/{vhost}", More(password=Secret("hunter2")))
        assert not answer.there
        assert "does transport_url name the right virtual host?" in answer.text


def test_one_broker_of_several_is_enough_and_all_are_told(cluster: RabbitmqCluster) -> None:
    (node,) = cluster.nodes
    dead = free_port()
    assert once(f"rabbit://127.0.0.1:{dead},127.0.0.1:{node.amqp}/").there
    answer = once(f"rabbit://127.0.0.1:{dead},127.0.0.1:{dead}/")
    assert answer.text.count("connection refused") == 2


def test_rabbitmq_greets_and_leaves_no_queue(cluster: RabbitmqCluster) -> None:
    (node,) = cluster.nodes
    answer = once(f"rabbit://127.0.0.1:{node.amqp}/")
    assert answer.there
    assert "greets over AMQP" in answer.text
    assert node.api("GET", "/queues") == []


def test_rabbitmq_that_hangs_does_not_hold_us(cluster: RabbitmqCluster) -> None:
    (node,) = cluster.nodes
    url = f"rabbit://nova@127.0.0.1:{node.amqp}/nova"
    node.freeze()
    try:
        for text, more in ((url, More(password=Secret("hunter2"))), (url.replace("nova@", ""), None)):
            assert "takes connections and says nothing" in once(text, more, seconds=0.5).text
    finally:
        node.thaw()
    assert until_there(made(url, More(password=Secret("hunter2")))).there


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [(rubbish, "does it want TLS?"), (closing, "no greeting over AMQP"), (silent, "says nothing")],
)
def test_what_is_no_broker(behaviour: object, words: str) -> None:
    with listening(behaviour) as port:  # type: ignore[arg-type]
        answer = once(f"rabbit://127.0.0.1:{port}/", seconds=1.0)
    assert not answer.there
    assert words in answer.text


def test_a_frame_that_is_no_greeting() -> None:
    def heartbeat(connection: socket.socket, _: object) -> None:
        connection.recv(8)
        connection.sendall(b"\x08\0\0\0\0\0\0\xce")

    with listening(heartbeat) as port:
        assert "is no greeting over AMQP" in once(f"rabbit://127.0.0.1:{port}/").text


def test_memcached(tmp_path: Path) -> None:
    with memcached(tmp_path) as (process, port):
        asked = made(f"memcached://127.0.0.1:{port}")
        assert "version" in ask(asked).text
        asked.close()
        process.stop()
        assert "connection refused" in ask(asked).text


def test_ovsdb(tmp_path: Path) -> None:
    remote = f"ovsdb:unix:{tmp_path}/ovs/db.sock"
    asked = made(remote)
    assert "no such file" in ask(asked).text
    ovs = OpenVSwitch(tmp_path / "ovs")
    try:
        assert until_there(asked).there
        wrong = once(f"{remote}?database=OVN_Southbound")
        assert not wrong.there
        assert "has no such database" in wrong.text
    finally:
        ovs.stop()


class Web(http.server.ThreadingHTTPServer):
    """Gives the replies (status and body) one after the other, and stays with the last."""

    def __init__(self, *replies: tuple[int, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.left = list(replies)
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self.server.left.pop(0) if len(self.server.left) > 1 else self.server.left[0]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The tests look at `asked`."""


def test_keystone_is_there_with_its_version_document() -> None:
    document = b'{"version": {"id": "v3.14", "status": "stable", "links": [], "media-types": []}}'
    starting = [(503, b"starting"), (300, b'{"versions": {}}'), (200, b"It works!")]
    with Web(*starting, (200, document)) as server:
        asked = made(f"keystone://{server.place}")
        texts = [ask(asked).text for _ in range(3)]
        assert ["503" in texts[0], "300" in texts[1], "is not there" in texts[2]] == [True] * 3
        assert until_there(asked).there
        assert set(server.asked) == {"/v3"}


def test_http_by_status_and_body() -> None:
    with Web((401, b"who are you?")) as server:
        url = f"http://{server.place}/"
        assert "401" in once(url).text
        assert once(url, More(status=(401,), body="who")).there
        assert not once(url, More(status=(401,), body="nova")).there


def test_sockets_ports_and_files(tmp_path: Path) -> None:
    path, file = tmp_path / "x.sock", tmp_path / "file"
    texts = (f"socket:{path}", f"file:{file}", f"tcp://127.0.0.1:{free_port()}")
    assert [once(text).there for text in texts] == [False] * 3
    with socket.socket(socket.AF_UNIX) as bound, socket.create_server(("127.0.0.1", 0)) as listening_at:
        bound.bind(str(path))
        assert "connection refused" in once(texts[0]).text  # it is there, and nobody listens
        bound.listen()
        file.touch()
        there = (*texts[:2], f"tcp://127.0.0.1:{listening_at.getsockname()[1]}")
        assert [once(text).there for text in there] == [True] * 3
