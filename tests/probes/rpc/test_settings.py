"""The settings of the check, and what they come to with the service's files."""

import socket
from pathlib import Path

import pytest

from parsers.secret import Secret
from probes.model import Context
from probes.oslo.ini import ConfigurationError
from probes.rpc.access import Tls
from probes.rpc.plan import Plan, planned
from probes.rpc.settings import RpcTls, Settings
from stratoscope.settings.document import read
from stratoscope.settings.load import settings_of
from stratoscope.settings.mistakes import SettingsError

CONF = """\
[DEFAULT]
transport_url = rabbit://nova:secret@rabbit:5672/nova
host = cmp001
"""


def loaded(text: str) -> Settings:
    return settings_of(read(text.encode()), Settings, Path("probe.yaml"), {"URL": "rabbit://a:b@c/"})


def plan(tmp_path: Path, settings: Settings, text: str = CONF) -> Plan:
    path = tmp_path / "nova.conf"
    path.write_text(text)
    return planned(settings, Context("nova-compute", config_files=(path,)), "machine", "uid")


def test_from_a_file() -> None:
    found = loaded(
        """
topic: compute
exchange: nova
method: ping
namespace: baseapi
version: "1.1"
arguments: {arg: x}
connect_timeout: 3s
url: {env: URL}
tls: {ca: /ca.pem, verify_host: true}
"""
    )
    assert (found.arguments, found.connect_timeout, found.tls.ca) == ({"arg": "x"}, 3.0, Path("/ca.pem"))
    assert found.url == Secret("rabbit://a:b@c/")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exchange: nova", "topic"),
        ("topic: ''", "name the topic that the service serves"),
        ("topic: a\nworkers: -1", "give the number of workers"),
        ("topic: a\nping: recipe", "needs the method to call"),
        ("topic: a\nexpect: ping", "expect"),
        ("topic: a\ntls: {key: /k}", "is set without tls.certificate"),
    ],
)
def test_mistakes(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(text)
    assert said in str(caught.value)


def test_the_files_exchange_goes_before_the_default_of_the_service(tmp_path: Path) -> None:
    assert plan(tmp_path, Settings("compute", "nova")).targets[0].exchange == "nova"
    assert plan(tmp_path, Settings("compute", "nova"), f"{CONF}control_exchange = mine\n").targets[0].exchange == "mine"
    assert plan(tmp_path, Settings("compute")).targets[0].exchange == "openstack"


def test_names_of_ours(tmp_path: Path) -> None:
    access = plan(tmp_path, Settings("compute")).access
    assert (access.queue, access.exchange) == ("reply_stratoscope_uid_nova-compute", "stratoscope_probe_nova-compute")
    assert plan(tmp_path, Settings("compute", announce=False)).access.exchange == ""
    long = planned(Settings("compute", url=Secret("rabbit://h")), Context("x" * 300), "machine", "ü" * 300).access
    assert len(long.queue.encode()) <= 200


def test_the_server(tmp_path: Path) -> None:
    assert plan(tmp_path, Settings("compute")).targets[0].queue == "compute.cmp001"
    assert plan(tmp_path, Settings("engine", server="an-id")).targets[0].queue == "engine.an-id"
    without = "[DEFAULT]\ntransport_url = rabbit://h\n"
    assert plan(tmp_path, Settings("compute"), without).targets[0].queue == "compute.machine"
    volume = Settings("cinder-volume", server="{host}@{backend}")
    queues = [
        one.queue for one in plan(tmp_path, volume, f"{CONF}enabled_backends = lvm,ceph\n[ceph]\nbackend_host = c\n").targets
    ]
    assert queues == ["cinder-volume.cmp001@lvm", "cinder-volume.c@ceph"]
    with pytest.raises(ConfigurationError, match="none of the files sets enabled_backends; write the server out"):
        plan(tmp_path, volume)


@pytest.mark.parametrize(
    ("settings", "more", "names"),
    [
        (Settings("t", method="m"), "", ["m"]),
        (Settings("t", method="m"), "rpc_ping_enabled = true\n", ["rpc_ping", "m"]),
        (Settings("t", method="m", ping="rpc_ping"), "", ["rpc_ping"]),
        (Settings("t", method="m", ping="recipe"), "rpc_ping_enabled = true\n", ["m"]),
        (Settings("t"), "", []),
    ],
)
def test_what_is_pinged_with(tmp_path: Path, settings: Settings, more: str, names: list[str]) -> None:
    assert [one.name for one in plan(tmp_path, settings, CONF + more).recipes] == names


def test_tls_of_the_service_and_ours(tmp_path: Path) -> None:
    rabbit = "[oslo_messaging_rabbit]\nssl = true\nssl_ca_file = /ca\nssl_cert_file = /cert\nssl_key_file = /key\n"
    assert plan(tmp_path, Settings("t")).access.tls is None
    assert plan(tmp_path, Settings("t"), CONF + rabbit).access.tls == Tls("/ca", "/cert", "/key")
    ours = RpcTls(certificate=Path("/ours"), verify_host=True)
    assert plan(tmp_path, Settings("t", tls=ours), CONF + rabbit).access.tls == Tls("/ca", "/ours", None, verify_host=True)
    assert plan(tmp_path, Settings("t", tls=RpcTls(ca=Path("/o")))).access.tls == Tls("/o")


def test_without_files_and_url() -> None:
    with pytest.raises(ConfigurationError, match="name them under config_files, or set url"):
        planned(Settings("t"), Context("s"), socket.gethostname(), "uid")
