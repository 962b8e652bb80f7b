"""Where the page may listen, and whom it answers beyond this machine."""

import socket
import urllib.error
import urllib.request
from pathlib import Path

import bcrypt
import pytest

from stratoscope.collect.metrics import registry_of
from stratoscope.serving.listen import ListenError
from stratoscope.serving.metrics_page import registry_renderer
from stratoscope.serving.server import Server
from stratoscope.settings.mistakes import SettingsError
from stratoscope.telemetry.log_metrics import LogMetrics
from stratoscope.web.app import create_app
from stratoscope.web.listening import bind_page
from tests.stratoscope.web.made import Client


def web_config(folder: Path, password: str = "") -> Path:
    """A web configuration file, with one user if there is a password."""
    path = folder / "web.yaml"
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode() if password else ""
    path.write_text(f'basic_auth_users:\n  operator: "{hashed}"\n' if hashed else "basic_auth_users: {}\n")
    return path


@pytest.mark.parametrize(
    ("listen", "message"),
    [
        ("8765", "write HOST:PORT"),
        ("127.0.0.1:x", "write HOST:PORT"),
        ("127.0.0.1:70000", "write HOST:PORT"),
        ("0.0.0.0:80", "no passwords are set, so the page only listens on this machine; give a web configuration file with"),
        ("0.0.0.0:80", "or use 127.0.0.1:80 and reach it through ssh -L 80:127.0.0.1:80"),
        (":80", "no passwords are set"),
    ],
)
def test_addresses_that_are_refused(listen: str, message: str) -> None:
    with pytest.raises(ListenError, match=message):
        bind_page(listen, None)


def test_a_web_configuration_without_users_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(ListenError, match=r"web\.yaml has no basic_auth_users, so the page only listens on this machine"):
        bind_page("0.0.0.0:0", web_config(tmp_path))


def test_a_web_configuration_that_is_wrong_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.yaml"):
        bind_page("127.0.0.1:0", tmp_path / "nowhere.yaml")


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port} on 127.0.0.1 cannot be used: .*choose another with --listen"):
            bind_page(f"127.0.0.1:{port}", None)


def test_the_server_serves_and_ends(store: Path) -> None:
    server = Server(create_app(store, registry_renderer(registry_of(LogMetrics()))), bind_page("127.0.0.1:0", None))
    with (
        server,
        urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as answer,
    ):
        assert answer.status == 200
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(server.url, timeout=30)


def test_beyond_this_machine_a_password_opens_it(store: Path, tmp_path: Path) -> None:
    config = web_config(tmp_path, "secret")
    app = create_app(store, registry_renderer(registry_of(LogMetrics())), alone=False)
    with Server(app, bind_page("0.0.0.0:0", config), config) as server:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(server.url, timeout=30)
        assert refused.value.code == 401
        refused.value.close()
        opener = urllib.request.build_opener(_with_password(server.url))
        with opener.open(server.url, timeout=30) as answer:
            assert answer.status == 200


def _with_password(url: str) -> urllib.request.HTTPBasicAuthHandler:
    handler = urllib.request.HTTPBasicAuthHandler()
    handler.add_password("stratoscope", url, "operator", "secret")
    return handler


def test_beyond_this_machine_nobody_is_answered_who_has_shown_no_password(store: Path) -> None:
    """As when the users are taken out of the file while it runs: the server lets everybody through then."""
    answer = Client(
        create_app(store, registry_renderer(registry_of(LogMetrics())), alone=False), base_url="http://page.example"
    ).get("/")
    assert answer.status_code == 403
    assert "add basic_auth_users" in answer.text
