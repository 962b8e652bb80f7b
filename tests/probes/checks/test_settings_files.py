"""The settings of the checks of protocols, written as an operator writes them."""

from importlib import import_module
from pathlib import Path

import pytest

from probes.table import CHECKS
from stratoscope.settings.load import load
from stratoscope.settings.mistakes import SettingsError

FILES = {
    "http": """
        url: https://api:8774/healthcheck
        host: nova.example
        headers: {X-Probe: "yes"}
        status: [200, 300]
        body: OK
        keep: true
        limit: 64K
        user: probe
        password: {env: PASSWORD}
        tls: {verify: false}
    """,
    "uwsgi": "{address: tcp:127.0.0.1:1717, stuck_after: 5m, http: true}",
    "unixctl": """
        target: ovn-controller
        command: connection-status
        line: [connected]
        otherwise: dependency
        about: southbound
    """,
    "ovsdb": "{remote: ssl:127.0.0.1:6642, database: OVN_Southbound, tls: {ca: /etc/ovn/ca.pem}}",
    "mysql": "{user: probe, password: {env: PASSWORD}, donor: false, data_dir: /data}",
    "rabbitmq": "{url: http://127.0.0.1:15672, user: probe, password: {env: PASSWORD}}",
    "memcached": "{address: tcp:127.0.0.1:11211, full: 0.9}",
    "libvirt": "{sockets: [/run/libvirt/virtqemud-sock-ro], uri: qemu:///system}",
    "tcp": "{address: tcp:127.0.0.1:6080, end: finish}",
}


@pytest.mark.parametrize("check", FILES)
def test_a_file(tmp_path: Path, check: str) -> None:
    (row,) = [row for row in CHECKS if row.name == check]
    settings = import_module(row.module).Settings
    file = tmp_path / "settings.yaml"
    file.write_text(FILES[check])
    assert isinstance(load(file, settings, {"PASSWORD": "hunter2"}), settings)
    file.write_text("{nonsense: 1}")
    with pytest.raises(SettingsError, match="nonsense"):
        load(file, settings)
