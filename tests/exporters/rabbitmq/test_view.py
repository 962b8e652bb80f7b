"""100,000 figures become some hundred: what is added up under which name, and where the bounds are."""

from hypothesis import given
from hypothesis import strategies as st

from exporters.rabbitmq.detailed import Depth, QueueId
from exporters.rabbitmq.view import (
    OTHER,
    VHOST_LIMIT,
    ClassKey,
    Counts,
    OsloView,
    TopicKey,
    names_of,
    view,
)

HEX = "0f" * 16


def seen(queues: dict[QueueId, Depth], topics: int = 100, hosts: int = 100) -> OsloView:
    return view(queues, names_of(queues), frozenset(), topics, hosts)


def nova(name: str) -> QueueId:
    return QueueId("nova", name)


def test_by_class_topic_and_host() -> None:
    found = seen(
        {
            nova("compute"): Depth(1, 2, 3),
            nova("compute.cmp1"): Depth(10, 0, 0),
            nova("compute.cmp2"): Depth(0, 0, 1),
            nova(f"compute_fanout_{HEX}"): Depth(0, 0, 0),
            nova(f"reply_{HEX}"): Depth(0, 0, 0),
            QueueId("neutron", "q-plugin"): Depth(0, 0, 4),
        }
    )
    assert found.classes[ClassKey("nova", "rpc_server")] == Counts(queues=2, consumers=1, ready=10, silent=1)
    assert found.classes[ClassKey("nova", "fanout")] == Counts(queues=1, silent=1, orphans=1)
    assert found.classes[ClassKey("nova", "reply")] == Counts(queues=1, silent=1, orphans=1)
    assert found.topics[TopicKey("nova", "rpc_topic", "compute")] == Counts(1, 3, 1, 2)
    assert found.hosts == {"cmp1": Counts(1, 0, 10, 0, 1), "cmp2": Counts(1, 1)}
    assert found.total("rpc_topic").consumers == 7
    assert found.unserved == ()


def test_consumers_that_are_not_told_yet_are_not_missing() -> None:
    """A new queue tells its depth before its consumers."""
    found = seen({nova("compute"): Depth(1, 0, None), nova("compute.cmp1"): Depth(None, None, 1)})
    assert found.classes[ClassKey("nova", "rpc_topic")].silent == 0
    assert found.classes[ClassKey("nova", "rpc_server")].ready == 0


def test_who_reads_the_queue_of_a_compute() -> None:
    """For the host view; a queue whose consumers are not told yet is left out."""
    queues = {
        nova("compute.cmp1"): Depth(0, 0, 0),
        nova("compute.cmp2"): Depth(0, 0, 1),
        nova("compute.cmp3"): Depth(0, 0, None),
    }
    queues[nova("scheduler.ctl1")] = Depth(0, 0, 1)
    assert seen(queues).computes == {"cmp1": 0, "cmp2": 1}
    assert len(seen(queues, hosts=1).computes) == 1


def test_an_unserved_topic_is_named() -> None:
    assert seen({nova("compute"): Depth(0, 0, 0)}).unserved == ("nova:compute",)


def test_topics_beyond_the_limit_are_added_up_and_trouble_is_kept() -> None:
    queues = {nova(f"topic{number}_fanout_{HEX}"): Depth(0, 0, 1) for number in range(10)}
    queues[nova(f"topic3_fanout_{HEX}")] = Depth(5, 0, 0)
    found = seen(queues, topics=2)
    assert found.topics[TopicKey("nova", "fanout", "topic3")].ready == 5
    assert found.topics[TopicKey("nova", "fanout", OTHER)].queues == 8
    assert (len(found.topics), found.topics_folded) == (3, 8)


def test_hosts_beyond_the_limit_are_added_up() -> None:
    found = seen({nova(f"compute.cmp{number}"): Depth(number, 0, 1) for number in range(10)}, hosts=3)
    assert set(found.hosts) == {"cmp9", "cmp8", "cmp7", OTHER}
    assert found.hosts[OTHER].queues == found.hosts_folded == 7


def test_vhosts_beyond_the_limit_are_added_up() -> None:
    found = seen({QueueId(f"v{number:03}", "compute"): Depth(0, 0, 1) for number in range(VHOST_LIMIT + 5)})
    assert found.classes[ClassKey(OTHER, "rpc_topic")].queues == 5
    assert len(found.classes) == VHOST_LIMIT + 1


queue_ids = st.builds(
    QueueId,
    st.sampled_from(["/", "nova"]),
    st.sampled_from(["compute", f"x_fanout_{HEX}", "notifications.info"]) | st.integers(0, 50).map("compute.cmp{}".format),
)
depths = st.builds(Depth, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))


class TestContract:
    """Add the queues up by class, topic and host."""

    @given(st.dictionaries(queue_ids, depths), st.integers(1, 5), st.integers(1, 5))
    def test_nothing_is_lost_by_a_limit(self, queues: dict[QueueId, Depth], topics: int, hosts: int) -> None:
        found = seen(queues, topics, hosts)
        for counts in (found.classes, found.topics):
            assert sum(each.queues for each in counts.values()) == len(queues)
            assert sum(each.ready for each in counts.values()) == sum(depth.ready or 0 for depth in queues.values())
        assert len(found.hosts) <= hosts + 1
        assert len(found.topics) <= topics + len(found.classes)
