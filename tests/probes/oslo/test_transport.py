"""`transport_url` is taken apart as oslo.messaging does it; it is asked in a process of its own, as it imports eventlet."""

import json
import subprocess
import sys

import pytest

from probes.oslo.transport import Transport, TransportError, parse

URLS = (
    "rabbit://nova:secret@rabbit:5672/",
    "rabbit://nova:secret@rabbit:5672/nova",
    "rabbit://nova:secret@rabbit:5672//",
    "rabbit://nova:secret@rabbit:5672/%2Fnova",
    "rabbit://nova:secret@rabbit",
    "rabbit://rabbit:5673/x",
    "rabbit://u:p@one:1,u:p@two:2,u:p@three/vhost",
    "rabbit://u:p@one,two/vhost",
    "rabbit://u%40domain:p%2Fa%3As%40s%20@rabbit/",
    "rabbit://u@domain:pa:ss@rabbit:5672/",
    "rabbit://u:p@[fd00::1]:5672,u:p@[fd00::2]/v",
    "rabbit://u:p@fd00::1/v",
    "rabbit://u:p@rabbit/v?ssl=1&ssl_ca_file=%2Fetc%2Fca.pem&rabbit_qos_prefetch_count=2",
    "rabbit://u:p@rabbit?ssl=true",
    "kombu+rabbit://u:p@rabbit/",
    "RABBIT://u:p@Rabbit.Example/",
    "rabbit://u:@rabbit/",
)
THEIRS = """
import json, sys
from oslo_config import cfg
from oslo_messaging.transport import TransportURL
found = []
for url in json.load(sys.stdin):
    one = TransportURL.parse(cfg.ConfigOpts(), url)
    hosts = [[h.hostname, h.port or 5672, h.username or "guest", h.password or "guest"] for h in one.hosts]
    found.append([hosts, one.virtual_host or "/", one.query])
json.dump(found, sys.stdout)
"""


def flat(found: Transport) -> list[object]:
    hosts = [[one.host, one.port, one.user, one.password.reveal()] for one in found.brokers]
    return [hosts, found.virtual_host, dict(found.options)]


@pytest.mark.servers
def test_as_oslo_messaging_reads_it() -> None:
    words = [sys.executable, "-W", "ignore", "-c", THEIRS]
    done = subprocess.run(words, input=json.dumps(URLS), capture_output=True, text=True, timeout=100, check=True)
    for url, theirs in zip(URLS, json.loads(done.stdout), strict=True):
        assert flat(parse(url)) == theirs, url


@pytest.mark.parametrize("scheme", ["rabbits", "amqps", "rabbit+ssl", "amqp+ssl", "kombu+amqps"])
def test_a_scheme_that_asks_for_tls(scheme: str) -> None:
    assert parse(f"{scheme}://u:p@rabbit:5671/").tls
    assert not parse("rabbit://u:p@rabbit:5671/").tls


def test_without_a_host_it_is_this_one() -> None:
    assert flat(parse("rabbit://")) == [[["localhost", 5672, "guest", "guest"]], "/", {}]


@pytest.mark.parametrize("url", ["", "rabbit", "fake://", "http://x", "rabbit://u:s3cret@h:99999", "rabbit://u:s3cret@h:²"])
def test_an_error_shows_no_password(url: str) -> None:
    with pytest.raises(TransportError) as caught:
        parse(url)
    assert "s3cret" not in str(caught.value)
