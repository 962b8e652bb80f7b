"""What a source may contribute about a host: a fixed set of words, each with the sentence and the place behind it.

The sources (other exporters) are known to `exporters.hosts.sources` alone; the join sees facts only.
"""

from dataclasses import dataclass
from typing import Final, Literal

Word = Literal[
    "compute_up",
    "compute_down",
    "compute_hidden",
    "compute_disabled",
    "compute_auto_disabled",
    "compute_forced_down",
    "network_up",
    "network_down",
    "network_behind",
    "switch_up",
    "switch_down",
    "switch_stalled",
    "ports_failed",
    "ports_dead",
    "rpc_read",
    "rpc_unread",
]

GOOD: Final[frozenset[Word]] = frozenset({"compute_up", "network_up", "switch_up", "rpc_read"})
"""Facts that are no reason for anything; the others are the reasons of a state."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Of a `host`, as its source calls it. `says`: for a person. `where` and `value`: where it stands, what stands there.

    `cloud` and `region` are empty where the source does not know them: then it is about a host of that name in any.
    """

    host: str
    word: Word
    says: str
    where: str = ""
    value: str = ""
    cloud: str = ""
    region: str = ""
    zone: str = ""
