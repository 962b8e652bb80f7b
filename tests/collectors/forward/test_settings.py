"""One wrong setting per text."""

from pathlib import Path
from typing import Any

import pytest

from collectors.forward.settings import (
    ClientTls,
    ForwardBounds,
    ForwardInput,
    ForwardOutput,
    ServerTls,
    SharedKey,
    host_and_port,
)
from parsers.secret import Secret

TLS = ServerTls(Path("/c.pem"), Path("/k.pem"))
KEY = SharedKey(Secret("k"))


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (ForwardInput(listen="24224"), "listen"),
        (ForwardInput(listen="host:0"), "listen"),
        (ForwardInput(listen="host:70000"), "listen"),
        (ForwardInput(listen=":24224"), "listen"),
        (ForwardInput(listen="unix:raw.sock"), "listen"),
        (ForwardInput(listen="unix:/" + "x" * 107), "listen"),
        (ForwardInput(listen="unix:/raw.sock", shared_key=KEY), "shared_key"),
        (ForwardInput(listen="unix:/raw.sock", tls=TLS), "tls"),
        (ForwardInput(mode="0999"), "mode"),
        (ForwardInput(mode="1777"), "mode"),
        (ForwardInput(text=()), "text"),
        (ForwardInput(quiet=0.0), "quiet"),
        (ForwardInput(acknowledge=0.5), "acknowledge"),
        (ForwardBounds(connections=0), "connections"),
        (ForwardBounds(streams=0), "streams"),
        (ForwardBounds(remembered=0), "remembered"),
        (ForwardBounds(message_time=0), "message_time"),
        (ForwardBounds(handshake_time=-1), "handshake_time"),
        (ForwardBounds(record=1000), "record"),
        (ForwardBounds(message=1 << 20), "message"),
        (ForwardBounds(memory=1 << 20), "memory"),
        (SharedKey(Secret("k"), user="me"), "password"),
        (SharedKey(Secret("k"), password=Secret("p")), "password"),
        (ClientTls(certificate=Path("/c.pem")), "key"),
        (ForwardOutput(address="nowhere"), "address"),
        (ForwardOutput(address="unix:/x.sock", tls=ClientTls()), "tls"),
        (ForwardOutput(tag=""), "tag"),
        (ForwardOutput(tags=0), "tags"),
        (ForwardOutput(chunk=1), "chunk"),
        (ForwardOutput(chunk=10 << 20), "chunk"),
    ],
)
def test_a_mistake_is_told_at_its_key_with_what_to_do(settings: Any, key: str) -> None:
    mistakes = list(settings.mistakes())
    assert [name for name, _ in mistakes] == [key]
    assert all(len(text) > 10 and "\n" not in text for _, text in mistakes)


@pytest.mark.parametrize(
    "settings",
    [
        ForwardInput(),
        ForwardInput(listen="[::1]:24224", tls=TLS, shared_key=KEY),
        ForwardInput(listen="unix:/" + "x" * 106),
        ForwardBounds(),
        ForwardOutput(),
        ForwardOutput(address="unix:/run/x.sock"),
        SharedKey(Secret("k"), "me", "user", Secret("p"), {"a": Secret("b")}),
        ClientTls(Path("/ca.pem"), "", Path("/c.pem"), Path("/k.pem")),
    ],
)
def test_what_is_right_has_no_mistakes(settings: Any) -> None:
    assert list(settings.mistakes()) == []


def test_an_address_is_taken_apart() -> None:
    assert host_and_port("[::1]:24224") == ("::1", 24224)
    assert host_and_port("host:1") == ("host", 1)
