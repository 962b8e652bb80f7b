"""Each mistake in the settings has a text that says what to do."""

import dataclasses
from pathlib import Path

import pytest

from clients.http import HttpTls
from exporters.rabbitmq.settings import HeadlessNodes, RabbitmqNode, RabbitmqSettings
from parsers.secret import Secret

NODE = RabbitmqNode("http://rabbitmq-0:15692", "https://rabbitmq-0:15671/prefix")
GOOD = RabbitmqSettings("main", "monitor", Secret("secret"), (NODE,))


def test_good_ones() -> None:
    assert list(GOOD.mistakes()) == []
    assert list(NODE.mistakes()) == []
    assert list(RabbitmqNode("http://[::1]:15692", "http://[::1]:15672").mistakes()) == []
    headless = HeadlessNodes("rabbitmq", "https")
    assert list(dataclasses.replace(GOOD, nodes=(), headless=headless, tls=HttpTls(server_name="rabbitmq")).mistakes()) == []


@pytest.mark.parametrize(
    ("change", "key", "text"),
    [
        ({"nodes": ()}, "nodes", "either"),
        ({"headless": HeadlessNodes("rabbitmq")}, "nodes", "not both"),
        ({"nodes": (), "headless": HeadlessNodes("rabbitmq", "https")}, "tls.server_name", "is needed"),
        ({"slow_interval": 0.0}, "slow_interval", "greater than 0"),
        ({"topic_limit": 0}, "topic_limit", "greater than 0"),
    ],
)
def test_mistakes(change: dict[str, object], key: str, text: str) -> None:
    ((found, told),) = dataclasses.replace(GOOD, **change).mistakes()  # type: ignore[arg-type]
    assert found == key
    assert text in told


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("rabbitmq-0:15692", "not an http"),
        ("ftp://rabbitmq-0:15692", "not an http"),
        ("http://:15692", "not an http"),
        ("http://rabbitmq-0", "names no port"),
        ("http://rabbitmq-0:99999", "no number up to 65535"),
        ("http://guest:guest@rabbitmq-0:15692", "no place for a password"),
    ],
)
def test_urls(url: str, text: str) -> None:
    ((key, told),) = RabbitmqNode(NODE.prometheus, url).mistakes()
    assert key == "management"
    assert text in told


def test_a_key_without_its_certificate() -> None:
    assert [key for key, _ in HttpTls(key=Path("/key.pem")).mistakes()] == ["key"]


def test_the_password_does_not_show() -> None:
    assert "secret" not in repr(GOOD)
