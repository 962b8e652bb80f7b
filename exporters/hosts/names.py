"""The same host under several names: Nova says `cmp1`, ovn-controller `cmp1.example.org`. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping


class Names:
    """The hosts that there are, to find one by what somebody else calls it."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._known = set(hosts)
        short: dict[str, set[str]] = defaultdict(set)
        for host in self._known:
            short[_short(host)].add(host)
        self._by_short: Mapping[str, set[str]] = short

    def find(self, name: str) -> str | None:
        """The host of exactly this name, else the one whose name is the same up to the first dot, where there is only one.

        Two hosts that differ after the dot only are never taken for one another.
        """
        if name in self._known:
            return name
        alike = self._by_short.get(_short(name), set())
        if len(alike) != 1:
            return None
        (host,) = alike
        return host if "." not in host or "." not in name else None


def _short(name: str) -> str:
    return name.partition(".")[0].lower()
