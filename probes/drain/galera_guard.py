"""Whether a Galera cluster can do without one of its nodes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from probes.drain.model import Progress

_SYNCED = "4"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a node says of itself: SHOW GLOBAL STATUS LIKE 'wsrep%', names without `wsrep_`.

    `addresses`: of all members, as the cluster names them, itself included; an arbitrator has none.
    """

    identity: str
    primary: bool
    synced: bool
    state: str
    size: int
    view: str
    addresses: tuple[str, ...]

    @classmethod
    def of(cls, status: Mapping[str, str]) -> Self:
        """Read it."""
        size = status.get("cluster_size", "")
        named = (word.strip() for word in status.get("incoming_addresses", "").split(","))
        return cls(
            identity=status.get("gcomm_uuid", ""),
            primary=status.get("cluster_status") == "Primary",
            synced=status.get("local_state") == _SYNCED and status.get("ready") == "ON",
            state=status.get("local_state_comment", "unknown"),
            size=int(size) if size.isdigit() else 0,
            view=status.get("cluster_state_uuid", ""),
            addresses=tuple(word for word in named if word and not word.startswith("AUTO") and not word.endswith(":0")),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """One of the others, or the node itself once more, as named by an address. `standing` None: it does not answer, and why."""

    address: str
    standing: Standing | None
    error: str = ""

    def same(self, own: Standing) -> bool:
        """Whether it is the node itself."""
        return self.standing is not None and self.standing.identity == own.identity != ""


def guard(own: Standing, others: Sequence[Member], size: int | None) -> Progress:
    """Whether the node may leave. `size`: of the whole cluster; None for what it is now.

    What stays must be a majority of the whole: the next failure among it then still leaves a Primary component wherever one is
    possible at all. Of two nodes, where that is impossible, the other one must be Synced.
    """
    if not own.primary:
        return Progress(done=True, text="is in no Primary component: nobody loses anything when it ends")
    whole = max(size or 0, own.size)
    if whole <= 1:
        return Progress(done=True, text="is alone: there is no quorum to lose")
    staying, needed = own.size - 1, whole // 2 + 1 if whole > 2 else 1
    if staying < needed:
        reason = f"{staying} of {whole} members would stay, and {needed} are a majority"
    else:
        reason = _not_synced(others)
    if reason:
        return Progress(done=False, text=f"must not leave: {reason}")
    return Progress(done=True, text=f"may leave: {staying} of {whole} members stay, those that were asked are Synced")


def _not_synced(others: Sequence[Member]) -> str:
    """Why the others cannot do without it; "" where they can."""
    if not others:
        return "no other member has an address; name them under `peers`"
    for other in others:
        if other.standing is None:
            return f"{other.address} cannot be asked ({other.error})"
        if not other.standing.primary or not other.standing.synced:
            return f"{other.address} is {other.standing.state}, not Synced"
    return ""
