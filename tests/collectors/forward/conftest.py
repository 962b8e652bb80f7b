"""Which Fluent Bits the tests run against: always the stand-in, and the real one where it is installed."""

from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.servers.fluent_bit import RealFluentBit
from tests.servers.fluent_peer import PeerFluentBit
from tests.servers.forward_link import PEER, FluentBits, real_one

REAL = real_one()
KINDS = [PeerFluentBit(), *([RealFluentBit(REAL)] if REAL else [])]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say loudly what was left out."""
    if REAL is None:
        terminalreporter.write_line("")
        terminalreporter.write_line("!!! FLUENT BIT WAS LEFT OUT: no `fluent-bit` on PATH; its stand-in was tested only. !!!")


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def fluent_bits(request: pytest.FixtureRequest) -> FluentBits:
    """One kind after the other."""
    kind: FluentBits = request.param
    return kind


@pytest.fixture
def peer() -> PeerFluentBit:
    """The stand-in, for what the real one cannot be made to do."""
    (kind,) = [kind for kind in KINDS if isinstance(kind, PeerFluentBit) and kind.name == PEER]
    return kind


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem, server.pem, server.key, client.pem, client.key; `other.pem` is another authority."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(folder / "other.pem"))
    for name, issued in (
        ("server", authority.issue_cert("127.0.0.1", "localhost")),
        ("client", authority.issue_cert("client")),
    ):
        issued.private_key_pem.write_to_path(str(folder / f"{name}.key"))
        for pem in issued.cert_chain_pems:
            pem.write_to_path(str(folder / f"{name}.pem"), append=True)
    return folder
