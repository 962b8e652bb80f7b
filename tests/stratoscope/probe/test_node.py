"""Where the kubelet of the own node asks from."""

from pathlib import Path

from stratoscope.probe.node import networks

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t01F4F40A\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t00F4F40A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
ROUTES6 = (
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001"
    " 00000400 00000001 00000000 00000003     eth0\n"
    "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000"
    " 00000100 00000001 00000000 00000001     eth0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000"
    " ffffffff 00000001 00000000 00200200       lo\n"
)


def proc(folder: Path) -> Path:
    (folder / "net").mkdir()
    (folder / "net/route").write_text(ROUTES)
    (folder / "net/ipv6_route").write_text(ROUTES6)
    return folder


def test_node_is_its_addresses_and_the_way_out(tmp_path: Path) -> None:
    found = networks(("10.1.0.0/16", "node"), {"HOST_IP": "192.0.2.7, 2001:db8::7"}, proc(tmp_path))
    assert found == ("10.1.0.0/16", "192.0.2.7", "2001:db8::7", "10.244.244.1", "fd00::1")


def test_without_node_nothing_is_looked_up(tmp_path: Path) -> None:
    assert networks(("10.1.0.0/16",), {"HOST_IP": "192.0.2.7"}, proc(tmp_path)) == ("10.1.0.0/16",)


def test_a_pod_that_knows_nothing_of_its_node(tmp_path: Path) -> None:
    assert networks(("node",), {}, tmp_path) == ()


def test_the_kernels_own_tables_can_be_read() -> None:
    assert all("/" not in one for one in networks(("node",), {}))
