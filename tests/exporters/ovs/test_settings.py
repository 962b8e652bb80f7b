"""Mistakes in the settings of Open vSwitch and OVN."""

from pathlib import Path
from typing import Any

import pytest

from clients.sockets import Tls
from exporters.ovn.settings import ControllerSettings, DatabaseSettings, NorthdSettings, OvnSettings
from exporters.ovs.settings import OvsSettings


def test_the_defaults_are_those_of_open_vswitch() -> None:
    assert OvsSettings().address == "unix:/run/openvswitch/db.sock"
    assert list(OvsSettings().mistakes()) == []


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("run_dir", {"run_dir": Path("openvswitch")}),
        ("database", {"database": "db.sock"}),
        ("database", {"database": "ssl:10.0.0.1:6640"}),
        ("timeout", {"timeout": 0.0}),
        ("max_interfaces", {"max_interfaces": -1}),
        ("message_limit", {"message_limit": 1000}),
    ],
)
def test_mistakes_about_open_vswitch(key: str, settings: dict[str, Any]) -> None:
    assert [found for found, _ in OvsSettings(**settings).mistakes()] == [key]


def test_tls_makes_an_ssl_address_right() -> None:
    assert list(OvsSettings(database="ssl:10.0.0.1:6640", tls=Tls(Path("/ca.pem"))).mistakes()) == []


SSL = DatabaseSettings(("ssl:10.0.0.1:6642",))


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("", {}),
        ("southbound.remotes", {"southbound": SSL}),
        ("controller.database", {"controller": ControllerSettings(database="ssl:10.0.0.1:6640")}),
        ("timeout", {"northd": NorthdSettings(), "timeout": -1.0}),
        ("copy_timeout", {"northd": NorthdSettings(), "copy_timeout": 0.0}),
        ("max_wrong_ports", {"northd": NorthdSettings(), "max_wrong_ports": -1}),
        ("message_limit", {"northd": NorthdSettings(), "message_limit": 1}),
    ],
)
def test_mistakes_about_ovn(key: str, settings: dict[str, Any]) -> None:
    assert [found for found, _ in OvnSettings(**settings).mistakes()] == [key]


def test_mistakes_about_parts_of_ovn() -> None:
    assert [key for key, _ in DatabaseSettings().mistakes()] == ["remotes"]
    assert [key for key, _ in DatabaseSettings(("tcp:a:1", "6641", "tcp:a:1")).mistakes()] == ["remotes", "remotes[1]"]
    assert list(DatabaseSettings(control=("/run/ovn/ovnnb_db.ctl",)).mistakes()) == []
    assert [key for key, _ in ControllerSettings(database="db.sock").mistakes()] == ["database"]
    assert list(OvnSettings(southbound=SSL, tls=Tls(Path("/ca.pem"))).mistakes()) == []
