"""`dpctl/show` and `upcall/show`: the flow table of the datapath, and how userspace keeps up with it."""

import re
from dataclasses import dataclass

from exporters.ovs.daemon import blocks, integer, keyed

_DATAPATH = re.compile(r"^(\S+@\S+):$")
_FIGURE = re.compile(r"\(?([\w/]+):? ?(\d{1,20})(?!\d)\)?")
_PORT = re.compile(r"^\s+port \d+:")
_REVALIDATOR = re.compile(r"^\s+\d+: \(keys (\d{1,20})\)")
_DURATION = re.compile(r"(\d{1,12})ms")


@dataclass(frozen=True, slots=True)
class Datapath:
    """`lost`: packets that found no flow and were dropped, as the way up to ovs-vswitchd was full. None: not printed here."""

    name: str
    hit: int | None
    missed: int | None
    lost: int | None
    flows: int | None
    ports: int
    masks: int | None = None
    mask_hits: int | None = None
    cache_hits: int | None = None


@dataclass(frozen=True, slots=True)
class Upcalls:
    """`limit` grows while dumps of the flow table are quick, and shrinks when one takes more than 1.3 s. In seconds."""

    datapath: str
    flows: int | None
    average: int | None
    maximum: int | None
    limit: int | None
    offloaded: int | None
    dump_duration: float | None
    revalidators: int
    keys: int


def datapaths(text: str) -> list[Datapath]:
    """Read `dpctl/show`.

    system@ovs-system:
      lookups: hit:25 missed:3 lost:0
      flows: 4
      masks: hit:50 total:2 hit/pkt:1.79
      cache: hit:10 hit-rate:41.67%
      port 0: ovs-system (internal)
    """
    return [_datapath(head.group(1), lines) for head, lines in blocks(text.splitlines(), _DATAPATH)]


def _datapath(name: str, lines: list[str]) -> Datapath:
    found = keyed(line for line in lines if not _PORT.match(line))
    lookups, masks, cache = (_figures(found.get(key, "")) for key in ("lookups", "masks", "cache"))
    return Datapath(
        name=name,
        hit=lookups.get("hit"),
        missed=lookups.get("missed"),
        lost=lookups.get("lost"),
        flows=integer(found, "flows"),
        ports=sum(1 for line in lines if _PORT.match(line)),
        masks=masks.get("total"),
        mask_hits=masks.get("hit"),
        cache_hits=cache.get("hit"),
    )


def upcalls(text: str) -> list[Upcalls]:
    """Read `upcall/show`. The line of offloaded flows is printed only where there are some.

    system@ovs-system:
      flows         : (current 3) (avg 0) (max 0) (limit 10000)
      offloaded flows : 2
      dump duration : 1ms
      ufid enabled : true

      5: (keys 8)
    """
    return [_upcalls(head.group(1), lines) for head, lines in blocks(text.splitlines(), _DATAPATH)]


def _upcalls(name: str, lines: list[str]) -> Upcalls:
    found = keyed(lines)
    flows = _figures(found.get("flows", ""))
    keys = [int(matched.group(1)) for line in lines if (matched := _REVALIDATOR.match(line))]
    duration = _DURATION.match(found.get("dump duration", ""))
    return Upcalls(
        datapath=name,
        flows=flows.get("current"),
        average=flows.get("avg"),
        maximum=flows.get("max"),
        limit=flows.get("limit"),
        offloaded=integer(found, "offloaded flows"),
        dump_duration=int(duration.group(1)) / 1000 if duration else None,
        revalidators=len(keys),
        keys=sum(keys),
    )


def _figures(text: str) -> dict[str, int]:
    """`hit:25 missed:3` and `(current 3) (limit 10000)` alike; `hit/pkt:1.79` gives no whole number and is not asked for."""
    return {key: int(value) for key, value in _FIGURE.findall(text)}
