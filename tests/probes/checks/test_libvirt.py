"""The check `libvirt`, with a real libvirtd and its own test driver."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from probes.checks import libvirt
from probes.model import Finding
from tests.probes.checks.asking import CONTEXT, SHORT, look, until
from tests.servers.libvirt import URI, Libvirtd, libvirtd


@pytest.fixture
def running() -> Iterator[Libvirtd]:
    with TemporaryDirectory(prefix="libvirt-") as folder, libvirtd(Path(folder)) as made:
        yield made


def check(path: str, uri: str = URI) -> libvirt.Daemon:
    return libvirt.make(libvirt.Settings((path,), uri), CONTEXT)


@pytest.mark.servers
def test_healthy_frozen_awake_and_killed(running: Libvirtd) -> None:
    asked = check(running.socket)
    evidence = look(asked)
    assert evidence.finding is Finding.FINE
    assert evidence.figures == {"domains": 1}
    assert "1 guests" in evidence.text
    running.process.freeze()
    for _ in range(3):
        assert until(asked, Finding.SILENT, SHORT)
    running.process.thaw()
    assert look(asked).finding is Finding.FINE
    running.process.kill()
    assert look(asked).finding is Finding.GONE
    asked.close()


@pytest.mark.servers
def test_frozen_before_it_was_ever_asked(running: Libvirtd) -> None:
    running.process.freeze()
    asked = check(running.socket)
    assert until(asked, Finding.SILENT, SHORT)
    asked.close()
    running.process.thaw()
    assert look(check(running.socket)).finding is Finding.FINE


@pytest.mark.servers
def test_a_driver_that_does_not_open_is_not_there_yet(running: Libvirtd) -> None:
    asked = check(running.socket, "qemu:///system")
    for _ in range(2):
        evidence = look(asked)
        assert evidence.finding is Finding.NOT_YET
        assert "no connection driver available for qemu:///system" in evidence.text


@pytest.mark.servers
def test_a_thousand_looks_write_no_error_into_its_log(running: Libvirtd) -> None:
    before = running.process.log.read_text().count("error :")
    asked = check(running.socket)
    for _ in range(1000):
        assert look(asked).finding is Finding.FINE
    asked.close()
    assert look(check(running.socket)).finding is Finding.FINE  # so the log of the goodbye is written
    assert running.process.log.read_text().count("error :") == before


def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    assert look(check(str(tmp_path / "none"))).finding is Finding.NOT_YET


def test_mistakes_in_settings() -> None:
    assert dict(libvirt.Settings(()).mistakes()).keys() == {"sockets"}
    assert dict(libvirt.Settings(("run/s",)).mistakes()).keys() == {"sockets.0"}
    assert not list(libvirt.Settings().mistakes())
