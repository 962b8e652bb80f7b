"""Reading what the commands print."""

from exporters.ovs.bonds import Bond, Lacp, LacpCounters, Member, bonds, lacp, lacp_counters
from exporters.ovs.daemon import coverage, memory
from exporters.ovs.datapath import Datapath, Upcalls, datapaths, upcalls
from exporters.ovs.macs import Macs, macs
from exporters.ovs.pmd import Queue, queues, threads
from tests.exporters.ovs.texts import recorded


def test_the_total_of_an_event_is_taken_and_not_a_rate() -> None:
    events = coverage(recorded("coverage_show"), ["bridge_reconfigure", "seq_change", "dpif_flow_put"])
    assert events == {"bridge_reconfigure": 13, "seq_change": 39773, "dpif_flow_put": 25}


def test_an_event_that_never_happened_is_zero() -> None:
    assert coverage(recorded("coverage_show"), ["netlink_overflow"]) == {"netlink_overflow": 0}


def test_memory_kinds_may_hold_a_space() -> None:
    assert memory(recorded("memory_show")) == {
        "handlers": 1, "idl-cells-Open_vSwitch": 691, "ports": 10, "revalidators": 1, "rules": 16, "udpif keys": 8,
    }  # fmt: skip


def test_a_kernel_datapath() -> None:
    """As ovs-dpctl(8) shows it; the line of the cache is there since Linux 5.15."""
    text = """system@ovs-system:
  lookups: hit:48912 missed:1034 lost:17
  flows: 4
  masks: hit:97824 total:2 hit/pkt:1.79
  cache: hit:20381 hit-rate:41.67%
  caches:
    masks-cache: size:256
  port 0: ovs-system (internal)
  port 1: eth0
  something new: 5
"""
    assert datapaths(text) == [
        Datapath(
            "system@ovs-system", hit=48912, missed=1034, lost=17, flows=4, ports=2, masks=2, mask_hits=97824, cache_hits=20381
        )
    ]


def test_two_datapaths_are_two() -> None:
    text = "system@ovs-system:\n  lookups: hit:1 missed:2 lost:3\nnetdev@ovs-netdev:\n  flows: 7\n"
    first, second = datapaths(text)
    assert (first.lost, first.flows, second.lost, second.flows) == (3, None, None, 7)


def test_upcalls() -> None:
    assert upcalls(recorded("upcall_show")) == [
        Upcalls(
            "dummy@ovs-dummy",
            flows=3, average=0, maximum=0, limit=10000, offloaded=None, dump_duration=0.001, revalidators=1, keys=8,
        )
    ]  # fmt: skip


def test_offloaded_flows_are_told_where_there_are_some() -> None:
    text = "system@ovs-system:\n  flows         : (current 5) (avg 4) (max 9) (limit 200000)\n  offloaded flows : 3\n"
    assert upcalls(text)[0].offloaded == 3
    assert upcalls(text)[0].dump_duration is None


def test_the_main_thread_of_a_datapath_without_dpdk() -> None:
    (main,) = threads(recorded("dpif-netdev_pmd-stats-show"))
    assert (main.numa, main.core, main.received, main.upcalls, main.failed, main.idle) == ("", "main", 8, 8, 0, None)


def test_threads_that_poll() -> None:
    first, main = threads(recorded("dpif-netdev_pmd-stats-show_threads"))
    assert (first.numa, first.core, first.received, first.upcalls, first.failed) == ("0", "0", 3, 1, 0)
    assert (first.idle, first.processing, first.hits["megaflow"]) == (2655688928, 7480914, 2)
    assert main.core == "main"


def test_usage_that_is_not_known_yet_is_left_out() -> None:
    assert queues(recorded("dpif-netdev_pmd-rxq-show")) == queues("")


def test_usage_of_queues() -> None:
    text = """pmd thread numa_id 1 core_id 23:
  isolated : true
  port: dpdk0             queue-id:  0 (enabled)   pmd usage: 92 %
  port: vhu0a1b           queue-id: 11 (disabled)  pmd usage:  0 %
  overhead:  3 %
"""
    found = queues(text)
    assert found.queues == (Queue("1", "23", "dpdk0", "0", 0.92), Queue("1", "23", "vhu0a1b", "11", 0.0))
    assert found.overheads == {("1", "23"): 0.03}


def test_a_bond_without_a_member_that_works() -> None:
    off = [Member(name, enabled=False, active=False, may_enable=False) for name in ("p1", "p2")]
    assert bonds(recorded("bond_show")) == [Bond("bond0", "balance-tcp", "configured", tuple(off))]


def test_a_bond_as_it_was_printed_before_2_15() -> None:
    text = """---- bond0 ----
bond_mode: active-backup
lacp_status: off

slave p1: enabled
  active slave
  may_enable: true

slave p2: disabled
  may_enable: false
"""
    assert bonds(text)[0].members == (Member("p1", True, True, True), Member("p2", False, False, False))


def test_lacp() -> None:
    assert lacp(recorded("lacp_show")) == [Lacp("bond0", name, "defaulted", attached=False) for name in ("p1", "p2")]
    assert lacp_counters(recorded("lacp_show-stats"))[0] == LacpCounters(
        "bond0", "p1", sent=4, received=0, bad=0, expired=0, defaulted=1, carrier_changes=0
    )


def test_mac_tables() -> None:
    assert macs(recorded("fdb_stats-show")) == Macs(entries=0, maximum=8192, static=0, learned=0, expired=0, evicted=0, moved=0)
