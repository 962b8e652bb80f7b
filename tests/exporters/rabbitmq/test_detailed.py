"""The stream of `/metrics/detailed`: any chunking gives the same queues, and nothing else is taken for one."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.model import MalformedError
from exporters.rabbitmq.detailed import Depth, QueueId, QueueReader, merged, path
from tests.exporters.rabbitmq.recorded import recorded

BODY = b"""\
# TYPE rabbitmq_detailed_queue_messages_ready gauge
# HELP rabbitmq_detailed_queue_messages_ready Messages ready to be delivered to consumers
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="compute"} 3
rabbitmq_detailed_queue_messages_ready{vhost="nova",queue="compute"} 1.0e3
rabbitmq_detailed_queue_messages_unacked{vhost="/",queue="compute"} 1
rabbitmq_detailed_queue_messages{vhost="/",queue="compute"} 4
rabbitmq_detailed_queue_process_reductions_total{vhost="/",queue="compute"} 12345
rabbitmq_detailed_queue_consumers{vhost="/",queue="compute"} 2
rabbitmq_detailed_queue_info{vhost="/",queue="compute",queue_type="rabbit_classic_queue",membership="leader"} 1
rabbitmq_build_info{rabbitmq_version="3.10.8"} 1
"""
QUEUES = {QueueId("/", "compute"): Depth(3, 1, 2), QueueId("nova", "compute"): Depth(1000, None, None)}


def read(*pieces: bytes) -> dict[QueueId, Depth]:
    reader = QueueReader()
    for piece in pieces:
        reader.take(piece)
    return dict(reader.depths({}).values())


@given(st.lists(st.integers(0, len(BODY)), max_size=30))
def test_pieces_of_any_size_give_the_same(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(BODY)]
    assert read(*(BODY[start:end] for start, end in pairwise(edges))) == QUEUES


def test_a_recorded_answer() -> None:
    found = read(recorded("detailed-3.10.8.txt"))
    assert found[QueueId("/", "compute")] == Depth(0, 0, 2)
    assert found[QueueId("/", "conductor.ctl001")].consumers == 1
    assert found[QueueId("/", 'we"ird\\q')] == Depth(0, 0, 0), "3.10 does not escape"
    assert len(found) == 12


def test_names_as_newer_versions_escape_them() -> None:
    assert QueueId("/", 'a"b\\c') in read(rb'rabbitmq_detailed_queue_consumers{vhost="/",queue="a\"b\\c"} 1' + b"\n")


def test_names_that_are_no_utf8() -> None:
    (queue,) = read(b'rabbitmq_detailed_queue_consumers{vhost="/",queue="\xff"} 1\n')
    assert queue.name == "\N{REPLACEMENT CHARACTER}"


def test_labels_that_are_known_are_not_parsed_again() -> None:
    reader = QueueReader()
    reader.take(BODY)
    other = QueueId("known", "as this")
    assert QueueId("known", "as this") in dict(reader.depths({b'vhost="/",queue="compute"': other}).values())


@pytest.mark.parametrize("body", [b"", b"<html>\nno metrics\n</html>\n", b"rabbitmq_detailed_queue_consumers 1\n"])
def test_what_is_no_queue(body: bytes) -> None:
    assert read(body) == {}


def test_a_line_without_end_is_refused() -> None:
    reader = QueueReader()
    for _ in range(64):
        reader.take(b"x" * 1024)
    with pytest.raises(MalformedError, match="a line without end"):
        reader.take(b"x")


def test_a_queue_that_two_members_tell_of_while_its_leader_moves() -> None:
    queue = QueueId("/", "q")
    assert merged([[(queue, Depth(3, 0, None))], [(queue, Depth(0, 1, 2))]]) == {queue: Depth(3, 1, 2)}


def test_only_the_vhosts_of_the_settings() -> None:
    assert path(("/", "a b")).endswith("&family=queue_consumer_count&vhost=%2F&vhost=a%20b")
