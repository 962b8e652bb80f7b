"""Which targets `/probe` may be sent to. Pure.

Whoever reaches the port could otherwise have us connect to anything that we reach, with the passwords of a module. A name is
compared as it is written and is not looked up, so a network allows addresses only.
"""

import ipaddress
import re
from dataclasses import dataclass

_TARGET = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]{2,45})\]|(?P<host>[A-Za-z0-9._-]{1,253}))(?::(?P<port>[0-9]{1,5}))?")
_PATTERN = re.compile(
    r"(?:\[(?P<bracketed>[0-9a-fA-F:.]{2,45}(?:/[0-9]{1,3})?)\]|(?P<host>[A-Za-z0-9._*?-]{1,253}(?:/[0-9]{1,2})?))"
    r"(?::(?P<port>[0-9]{1,5}|\*))?"
)
_WRITE = "write a name (db1.example.org), a pattern (db*.example.org) or a network (10.1.0.0/16), with :PORT or :* for ports"


class NotAllowedError(Exception):
    """Why a target is refused."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry. `network` for addresses, else `name` for names; `port` as in the target, `*` for any, empty for none."""

    name: re.Pattern[str] | None
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None
    port: str

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """Raises ValueError, which says what can be written."""
        found = _PATTERN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no target; {_WRITE}")
        host, port = found["bracketed"] or found["host"], found["port"] or ""
        try:
            return cls(None, ipaddress.ip_network(host), port)
        except ValueError as error:
            if "/" in host or found["bracketed"]:
                raise ValueError(f"{text!r} is no network: {error}; {_WRITE}") from None
        # a star stands for a part between dots: db*.example.org must not let db.somewhere.else.example.org in
        pattern = re.escape(host).replace(r"\*", "[^.]*").replace(r"\?", "[^.]")
        return cls(re.compile(pattern, re.IGNORECASE), None, port)

    def allows(self, host: str, port: str) -> bool:
        """Whether this entry lets the target in."""
        if self.port not in ("*", port):
            return False
        if self.name is not None:
            return self.name.fullmatch(host) is not None
        try:
            return self.network is not None and ipaddress.ip_address(host) in self.network
        except ValueError:
            return False  # a name


def check(target: str, allowed: tuple[Allowed, ...]) -> None:
    """Raises NotAllowedError for a target that no entry lets in."""
    found = _TARGET.fullmatch(target)
    if found is None:
        raise NotAllowedError("the target is no host or host:port")
    if not any(one.allows(found["v6"] or found["host"], found["port"] or "") for one in allowed):
        raise NotAllowedError(f"the target {target} is not in allow_targets of the settings")
