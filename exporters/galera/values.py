"""The texts of wsrep variables as values. All of them are text on the wire, and some say "none" in a way of their own."""

from dataclasses import dataclass

UNDEFINED = 2**63
"""From here on a number is a -1 that was printed unsigned: `wsrep_cluster_conf_id` outside a Primary component."""
NO_UUID = "00000000-0000-0000-0000-000000000000"

_FLAGS = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_UNKNOWN_ADDRESSES = {"", "auto", "unspecified"}


def number(text: str | None) -> float | None:
    """A finite number; None for text, nothing, and what means "undefined"."""
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and abs(value) < UNDEFINED else None


def seqno(text: str | None) -> int | None:
    """A position in the global order; None where there is none (-1)."""
    value = number(text)
    return int(value) if value is not None and value >= 0 else None


def flag(text: str | None) -> bool | None:
    """ON and OFF, true and false; None for anything else."""
    return _FLAGS.get(text.lower()) if text is not None else None


def uuid(text: str | None) -> str | None:
    """A UUID; None where there is none, which is written as nothing or as zeros."""
    return text if text and text != NO_UUID else None


def position(text: str | None) -> int | None:
    """The seqno of `uuid:seqno`, behind which MariaDB writes its GTID."""
    words = text.split() if text else []
    return seqno(words[0].rpartition(":")[2]) if words else None


def addresses(text: str | None) -> tuple[str, ...]:
    """Of `wsrep_incoming_addresses`, without those that say nothing (an arbitrator has none, MariaDB may write AUTO)."""
    listed = (entry.strip() for entry in (text or "").split(","))
    return tuple(entry for entry in listed if entry.lower() not in _UNKNOWN_ADDRESSES)


def options(text: str | None) -> dict[str, str]:
    """`wsrep_provider_options`: `gcache.size = 128M; gcs.fc_limit = 16; ...`."""
    pairs = (option.partition("=") for option in (text or "").split(";"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def size(text: str | None) -> int | None:
    """Bytes, with K, M, G or T behind them as Galera takes them (powers of 1024)."""
    digits = (text or "").strip().upper()
    unit = digits[-1:] if digits[-1:].isalpha() else ""
    count = number(digits.removesuffix(unit))
    return int(count * _UNITS[unit]) if count is not None and count >= 0 and unit in _UNITS else None


@dataclass(frozen=True, slots=True)
class Delayed:
    """A peer that was late: how often it became late and caught up again."""

    uuid: str
    address: str
    changes: float


def delayed(text: str | None) -> tuple[Delayed, ...]:
    """`wsrep_evs_delayed`: `uuid:tcp://10.0.0.3:4567:12,...`."""
    found = []
    for entry in (text or "").split(","):
        peer, _, rest = entry.strip().partition(":")
        address, _, changes = rest.rpartition(":")
        count = number(changes)
        if peer and count is not None:
            found.append(Delayed(peer, address, count))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds that this node's own messages took to be safe everywhere, over the last minute (evs.stats_report_period)."""

    minimum: float
    average: float
    maximum: float
    deviation: float
    messages: float


def latency(text: str | None) -> Latency | None:
    """`wsrep_evs_repl_latency`; None where there was no message: the zeros then are no latency of zero."""
    figures = [number(part) for part in (text or "").split("/")]
    known = [figure for figure in figures if figure is not None]
    if len(figures) != 5 or len(known) != 5 or not known[4]:
        return None
    return Latency(*known)
