"""Prometheus' web configuration file: TLS, client certificates, passwords, and files that change while we serve."""

import asyncio
import logging
import ssl
from pathlib import Path

import httpx
import pytest
import trustme

from stratoscope.serving.authentication import REMEMBERED, Authentication, fits
from stratoscope.serving.kept import LOOK_EVERY
from stratoscope.serving.web_config import WebConfig
from stratoscope.serving.web_file import WebFile
from stratoscope.settings.load import load
from stratoscope.settings.mistakes import SettingsError
from tests.servers.process import wait_until
from tests.stratoscope.serving.made import HASH, PASSWORD, app, basic, get, served, trusting, write_certificate

DATA = Path(__file__).parents[2] / "data" / "settings" / "web_config"
TLS = "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"
USERS = f"basic_auth_users:\n  prometheus: {HASH}\n"


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mistake_says_where_it_is_and_what_to_do(path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(path, WebConfig)
    assert str(caught.value).replace(f"{DATA}/", "") + "\n" == path.with_suffix(".txt").read_text()


def test_passwords_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    path.write_text(USERS)
    with served(path) as server:
        url = f"{server.url}/metrics"
        assert get(url)[0] == 401
        assert get(url, authorization=basic("prometheus", "wrong"))[0] == 401
        assert get(url, authorization=basic("nobody", PASSWORD))[0] == 401
        assert get(url, authorization=basic("prometheus", PASSWORD + "x" * 100))[0] == 401
        assert get(url, authorization=basic("prometheus", "\0"))[0] == 401
        assert get(url, authorization="Basic %%%")[0] == 401
        assert get(url, authorization=f"Bearer {PASSWORD}")[0] == 401
        assert get(f"{server.url}/")[0] == 401
        assert get(url, authorization=basic("prometheus", PASSWORD))[0] == 200
        assert get(f"{server.url}/-/healthy")[0] == 200  # a kubelet has no password


class Door:
    """The application behind a password; counts the checks of bcrypt."""

    def __init__(self, *users: str) -> None:
        self.checks = 0
        self._app = Authentication(app(), lambda: dict.fromkeys(users, HASH), self._check)

    def _check(self, password: bytes, hashed: str) -> bool:
        self.checks += 1
        return fits(password, hashed)

    def ask(self, *pairs: tuple[str, str]) -> list[int]:
        async def ask() -> list[int]:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return [(await client.get("/metrics", auth=pair)).status_code for pair in pairs]

        return asyncio.run(ask())


def test_a_password_that_was_right_is_not_checked_again_and_others_always_are() -> None:
    door = Door("prometheus")
    assert door.ask(*[("prometheus", PASSWORD)] * 3) == [200, 200, 200]
    assert door.checks == 1
    door = Door("prometheus")
    assert door.ask(*[("prometheus", "guess"), ("nobody", PASSWORD)] * 2) == [401, 401, 401, 401]
    assert door.checks == 4  # a user that there is not takes as long


def test_remembered_checks_are_bounded() -> None:
    users = [f"user{number}" for number in range(REMEMBERED + 1)]
    door = Door(*users)
    everybody = [(user, PASSWORD) for user in users]
    assert set(door.ask(*everybody, everybody[-1])) == {200}
    assert door.checks == len(users)
    door.ask(everybody[0])
    assert door.checks == len(users) + 1


def test_a_user_who_is_taken_out_stays_out(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    path.write_text(USERS)
    with served(path) as server:
        assert get(f"{server.url}/metrics", authorization=basic("prometheus", PASSWORD))[0] == 200
        path.write_text(USERS.replace("prometheus", "somebody_else"))
        wait_until(lambda: get(f"{server.url}/metrics", authorization=basic("prometheus", PASSWORD))[0] == 401, "reading anew")


def test_tls_is_served_and_a_renewed_certificate_is_taken_without_a_restart(tmp_path: Path) -> None:
    before, after = trustme.CA(), trustme.CA()
    write_certificate(before, tmp_path)
    path = tmp_path / "web.yml"
    path.write_text(TLS)
    with served(path) as server:
        assert server.url.startswith("https://127.0.0.1:")
        assert get(f"{server.url}/metrics", trusting(before))[0] == 200
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            get(f"{server.url}/metrics", trusting(after))
        write_certificate(after, tmp_path)
        wait_until(lambda: _shakes_hands(server.url, trusting(after)), "the new certificate")


def test_a_client_certificate_is_asked_for(tmp_path: Path) -> None:
    ca, stranger = trustme.CA(), trustme.CA()
    write_certificate(ca, tmp_path)
    path = tmp_path / "web.yml"
    path.write_text(
        "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  min_version: TLS13\n"
        "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n"
    )
    with served(path) as server:
        for authority, welcome in ((ca, True), (stranger, False)):
            context = trusting(ca)
            authority.issue_cert("prometheus").configure_cert(context)
            assert _shakes_hands(server.url, context) is welcome
        assert not _shakes_hands(server.url, trusting(ca))
        old = trusting(ca)
        ca.issue_cert("prometheus").configure_cert(old)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        assert not _shakes_hands(server.url, old)


def _shakes_hands(url: str, context: ssl.SSLContext) -> bool:
    try:
        return get(f"{url}/metrics", context)[0] == 200
    except OSError:
        return False


def test_a_file_that_becomes_wrong_is_told_once_and_the_old_one_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "stratoscope.serving")
    ca = trustme.CA()
    write_certificate(ca, tmp_path)
    path = tmp_path / "web.yml"
    path.write_text(TLS)
    clock = Clock()
    web = WebFile(path, clock)
    good = web.current().context
    assert good is not None

    def looks() -> list[str]:
        caplog.clear()
        for _ in range(3):
            clock.now += LOOK_EVERY
            web.current()
        return [record.getMessage() for record in caplog.records]

    assert looks() == []
    (tmp_path / "server.key").write_text("rubbish")
    (told,) = looks()
    assert "cannot be used; the old one stays in force" in told
    assert "are they PEM files that fit together?" in told
    path.write_text("tls_server_confi: {}\n")
    (told,) = looks()
    assert "web.yml:1: tls_server_confi: there is no such key; did you mean tls_server_config?" in told
    path.write_text(USERS)
    (told,) = looks()
    assert "TLS was switched on or off; that takes a restart" in told
    assert web.current().context is good
    write_certificate(ca, tmp_path)
    path.write_text(TLS + USERS)
    assert looks() == ["the web configuration has changed and was read again"]
    assert web.current().context is not good
    assert web.current().users == {"prometheus": HASH}


def test_a_key_with_a_password_is_refused_and_not_asked_for(tmp_path: Path) -> None:
    write_certificate(trustme.CA(), tmp_path)
    pem = (tmp_path / "server.key").read_text()
    kind = pem.split("-----")[1].removeprefix("BEGIN ")
    head = f"-----BEGIN {kind}-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0102030405060708090A0B0C0D0E0F10\n\n"
    (tmp_path / "server.key").write_text(head + pem.partition("\n")[2])
    path = tmp_path / "web.yml"
    path.write_text(TLS)
    with pytest.raises(SettingsError, match="are they PEM files that fit together"):
        WebFile(path)
