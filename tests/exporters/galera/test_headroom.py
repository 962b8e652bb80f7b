import math

import pytest

from exporters.galera.cluster import look
from exporters.galera.headroom import Headroom, headrooms, returns
from exporters.galera.node import Failure, Node
from tests.exporters.galera.made import OPTIONS, after, failure, node

FULL = {"received_bytes": str(2 << 20)}
"""More went through than the gcache of 1 MB holds: the ring has gone round."""


def committed(number: int, *, at: int, downto: int, size: int = 3, status: dict[str, str] | None = None) -> Node:
    view = "7" if size == 3 else "8"
    cached = {"last_committed": str(at), "local_cached_downto": str(downto), "cluster_conf_id": view}
    return node(number, size, status=cached | (status or {}))


def both(at: int, downto: int, status: dict[str, str] | None = None) -> list[Node | Failure]:
    return [
        committed(1, at=at, downto=downto, size=2, status=status),
        committed(2, at=at, downto=downto, size=2, status=status),
    ]


def test_once_the_ring_has_gone_round_the_window_is_exact() -> None:
    before = [committed(number, at=16_246, downto=15_580, status=FULL) for number in (1, 2, 3)]
    now = [committed(number, at=16_846, downto=16_180, status=FULL) for number in (1, 2, 3)]
    assert headrooms(look(after(before, now, every=60)))["db1"] == Headroom(666, 66.6, estimated=False)


def test_the_best_of_the_others_counts() -> None:
    wide, narrow, leaver = (
        committed(number, at=1000, downto=downto, status=FULL) for number, downto in ((1, 100), (2, 800), (3, 1))
    )
    found = headrooms(look(after([wide, narrow, leaver])))
    assert {name: headroom.seqnos for name, headroom in found.items()} == {"db1": 999, "db2": 999, "db3": 900}


def test_only_a_synced_member_gives() -> None:
    donor = committed(1, at=1000, downto=1, status={**FULL, "local_state": "2"})
    others = [committed(number, at=1000, downto=900, status=FULL) for number in (2, 3)]
    assert headrooms(look(after([donor, *others])))["db2"].seqnos == 100


def test_before_the_ring_has_gone_round_bytes_tell_about_when() -> None:
    """10 write sets and 10 kB a second: 1 MB lasts for 1,024 write sets and 102 seconds, though the ring holds only 200 yet."""

    def nodes(at: int, received: int) -> list[Node]:
        return [committed(number, at=at, downto=1, status={"received_bytes": str(received)}) for number in (1, 2, 3)]

    headroom = headrooms(look(after(nodes(101, 102_400), nodes(201, 204_800), every=10)))["db1"]
    assert (headroom.seqnos, headroom.estimated) == (1024, True)
    assert headroom.seconds == pytest.approx(102.4)


def test_a_ring_that_was_seen_to_drop_something_has_gone_round() -> None:
    """As after a restart with gcache.recover, when the counters say nothing of what is in the ring."""
    before = [committed(number, at=1000, downto=300) for number in (1, 2, 3)]
    now = [committed(number, at=1100, downto=400) for number in (1, 2, 3)]
    assert headrooms(look(after(before, now, every=10)))["db1"] == Headroom(700, 70.0, estimated=False)


def test_where_nothing_is_written_there_is_all_the_time_of_the_world() -> None:
    nodes = [committed(number, at=1000, downto=300, status=FULL) for number in (1, 2, 3)]
    assert headrooms(look(after(nodes, nodes)))["db1"].seconds == math.inf


def test_after_one_reading_no_rate_is_known() -> None:
    nodes = [committed(number, at=1000, downto=300, status=FULL) for number in (1, 2, 3)]
    assert headrooms(look(after(nodes)))["db1"] == Headroom(700, None, estimated=False)


def test_a_single_node_has_nobody_to_come_back_from() -> None:
    assert headrooms(look(after([committed(1, at=1000, downto=1, size=1)]))) == {}


def test_a_member_that_is_away_can_come_back_while_a_gcache_holds_what_it_misses() -> None:
    """Measured on a real cluster: with a window of 666 write sets, 202 missed ones came by IST, 902 by a full copy."""
    all_there = [committed(number, at=15_944, downto=15_278, status=FULL) for number in (1, 2, 3)]
    later, much_later = ([*both(at, at - 666, status=FULL), failure(3)] for at in (16_146, 16_846))
    soon = returns(look(after(all_there, later, every=20)))["db3"]
    assert (soon.missing, soon.ist) == (202, True)
    assert soon.seconds == pytest.approx((15_944 + 1 - 15_480) / (202 / 20))
    late = returns(look(after(all_there, much_later, every=20)))["db3"]
    assert (late.missing, late.ist, late.seconds) == (902, False, 0.0)


def test_the_first_missing_write_set_decides() -> None:
    there = [committed(number, at=1000, downto=1, status=FULL) for number in (1, 2, 3)]
    assert returns(look(after(there, [*both(2000, 1001, status=FULL), failure(3)])))["db3"].ist is True
    assert returns(look(after(there, [*both(2000, 1002, status=FULL), failure(3)])))["db3"].ist is False


def test_before_the_ring_has_gone_round_what_was_written_since_is_taken_off() -> None:
    """1 MB, of which 1,000 write sets of 512 bytes are behind the member: half of it is left, at 10 of them a second."""
    there = [committed(number, at=1000, downto=1, status={"received_bytes": "0"}) for number in (1, 2, 3)]
    gone = [*both(2000, 1, {"received_bytes": "512000"}), failure(3)]
    back = returns(look(after(there, gone, every=100)))["db3"]
    assert back.ist is True
    assert back.seconds == pytest.approx(((1 << 20) - 512_000) / 5120)


def test_data_of_another_history_need_a_full_copy() -> None:
    odd = committed(3, at=1000, downto=1, status={"local_state_uuid": "0af0d34c-e9ec-11f1-9a15-9662352cad0c"})
    there = [committed(1, at=1000, downto=1), committed(2, at=1000, downto=1), odd]
    assert returns(look(after(there, [*both(1001, 1), failure(3)])))["db3"].ist is False


def test_nothing_is_said_of_a_member_that_is_away_while_nobody_could_give() -> None:
    there = [committed(number, at=1000, downto=1) for number in (1, 2, 3)]
    back = returns(look(after(there, [failure(1), failure(2), failure(3)])))["db3"]
    assert (back.missing, back.ist, back.seconds) == (None, False, None)


def test_without_a_size_of_the_gcache_the_window_is_all_there_is() -> None:
    blind = [node(number, variables={"provider_options": OPTIONS.replace("1M", "?")}) for number in (1, 2, 3)]
    assert headrooms(look(after(blind, blind)))["db1"] == Headroom(999, math.inf, estimated=True)
