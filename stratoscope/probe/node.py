"""Where the kubelet of this pod's node asks from, for a drain: `node` in `drain_from`.

Its packets have the node's own address, or, where a bridge joins the pods of a node, that of the bridge: the pod's way out.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address
from pathlib import Path

NODE = "node"
ADDRESSES = "HOST_IP"
"""Variable with the node's addresses, parted by commas: the downward API's status.hostIP or status.hostIPs."""
_IPV6_WORDS = 10
_NOWHERE = "0" * 32


def networks(
    named: tuple[str, ...], environment: Mapping[str, str] = os.environ, proc: Path = Path("/proc")
) -> tuple[str, ...]:
    """What is named, with the node's addresses in place of `node`."""
    if NODE not in named:
        return named
    found = [one.strip() for one in environment.get(ADDRESSES, "").split(",") if one.strip()]
    return (*(one for one in named if one != NODE), *found, *_gateways(proc))


def _gateways(proc: Path) -> Iterator[str]:
    """Of the default routes. The kernel writes IPv4 as a number in the machine's order, IPv6 in that of the network."""
    for line in _lines(proc / "net/route"):
        words = line.split()
        if len(words) > 2 and words[1] == "00000000" and words[2] != "00000000":
            yield socket.inet_ntoa(int(words[2], 16).to_bytes(4, "little"))
    for line in _lines(proc / "net/ipv6_route"):
        words = line.split()
        if len(words) == _IPV6_WORDS and words[0] == _NOWHERE and words[1] == "00" and words[4] != _NOWHERE:
            yield str(IPv6Address(int(words[4], 16)))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except OSError:
        return []  # a kernel without that family
