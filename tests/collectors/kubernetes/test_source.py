"""The logs of pods through the API: whatever breaks, each line is given once."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.model import Position
from parsers.parser import Parser, ParserOptions
from tests.collectors.kubernetes.pods import Seen, lines, pod
from tests.servers.kube_api import KubeApi
from tests.servers.process import wait_until

pytestmark = pytest.mark.servers


@pytest.fixture(name="api")
def running_api() -> Iterator[KubeApi]:
    with KubeApi() as api:
        yield api


@pytest.fixture(name="compute")
def running_pod(api: KubeApi) -> dict[str, Any]:
    compute = pod()
    api.add(compute)
    api.start(compute, "nova-compute")
    return compute


def test_lines_come_with_their_times_and_the_names_of_the_writer(api: KubeApi, compute: dict[str, Any], tmp_path: Path) -> None:
    seen = Seen(api, tmp_path)
    api.write(compute, "nova-compute", lines(1, 20))
    seen.until(lines(1, 20))
    api.write(compute, "nova-compute", lines(21, 30))
    seen.until(lines(1, 30))
    chunk = seen.chunks[0]
    assert (chunk.path, chunk.offset, chunk.line) == ("openstack/nova-compute-default-x2x4q/nova-compute", 0, 1)
    assert chunk.resource.keys() == {
        "k8s.namespace.name",
        "k8s.pod.name",
        "k8s.pod.uid",
        "k8s.container.name",
        "k8s.container.restart_count",
        "k8s.node.name",
        "container.id",
    }
    assert seen.source.streams()
    assert not seen.source.done()
    seen.source.close()
    assert seen.source.streams() == []
    assert seen.problems == []


def test_the_parsers_know_the_form_of_the_lines(api: KubeApi, compute: dict[str, Any], tmp_path: Path) -> None:
    seen = Seen(api, tmp_path)
    text = b"2026-11-26T22:15:00.120000000Z 2026-11-26 22:15:00.119 7 INFO nova.compute.manager [-] hello"
    api.write(compute, "nova-compute", [text])
    seen.until([text])
    seen.source.close()
    parser = Parser(ParserOptions())
    (event,) = [*parser.feed(seen.chunks[0].data, 0.0), *parser.close()]
    assert (event["body"], event["severity_text"]) == ("hello", "INFO")


def test_a_connection_that_breaks_in_the_middle_of_lines_loses_and_repeats_nothing(
    api: KubeApi, compute: dict[str, Any], tmp_path: Path
) -> None:
    numbers = random.Random(3)
    api.cut = [numbers.randrange(2000) for _ in range(20)]
    api.write(compute, "nova-compute", lines(1, 300))
    seen = Seen(api, tmp_path)
    seen.until(lines(1, 300))
    api.hang_up()
    api.write(compute, "nova-compute", lines(301, 320))
    seen.until(lines(1, 320))
    seen.source.close()
    assert not api.cut


def test_a_second_life_goes_on_at_what_was_committed(api: KubeApi, compute: dict[str, Any], tmp_path: Path) -> None:
    api.write(compute, "nova-compute", lines(1, 100))
    first = Seen(api, tmp_path)
    first.until(lines(1, 100))
    text = b"".join(chunk.data for chunk in first.chunks)
    half = text.index(b"line 51 of")
    offset = text.rindex(b"\n", 0, half) + 1
    identity = first.chunks[0].identity
    first.source.commit({identity: Position(0, 1, first.chunks[0].path)})
    first.source.commit({identity: Position(offset, 51, first.chunks[0].path)})
    first.source.close()
    api.write(compute, "nova-compute", lines(101, 110))
    second = Seen(api, tmp_path, positions=first.remembered)
    second.until(lines(51, 110))
    assert (second.chunks[0].offset, second.chunks[0].line, second.chunks[0].identity) == (offset, 51, identity)
    second.source.close()


def test_a_container_that_restarts_is_read_to_its_end_and_then_anew(
    api: KubeApi, compute: dict[str, Any], tmp_path: Path
) -> None:
    seen = Seen(api, tmp_path)
    api.write(compute, "nova-compute", lines(1, 10))
    seen.until(lines(1, 10))
    with api._lock:  # the last words, the crash and the new start at one moment
        api.write(compute, "nova-compute", lines(11, 14))
        api.start(compute, "nova-compute")
        api.write(compute, "nova-compute", lines(15, 20, second=10))
        api.hang_up()
    seen.until(lines(1, 14) + lines(15, 20, second=10))
    assert [chunk.resource["k8s.container.restart_count"] for chunk in (seen.chunks[0], seen.chunks[-1])] == ["0", "1"]
    assert seen.ended() == 1
    seen.source.close()


def test_what_crashed_before_we_came_is_read_too_and_of_many_restarts_the_last(
    api: KubeApi, compute: dict[str, Any], tmp_path: Path
) -> None:
    for number in range(4):
        api.write(compute, "nova-compute", lines(14 * number, 14 * number + 9))
        api.start(compute, "nova-compute")
    api.write(compute, "nova-compute", lines(56, 65))
    seen = Seen(api, tmp_path)
    seen.until(lines(42, 51) + lines(56, 65))
    assert seen.problems == []
    api.refuse = lambda path: (503, "away") if "/log" in path else None
    api.hang_up()
    for number in (5, 6, 7):
        api.start(compute, "nova-compute")
        api.write(compute, "nova-compute", lines(14 * number, 14 * number + 9))
    (task,) = seen.source._roster._tasks.values()
    wait_until(lambda: task.container.status.restarts == 7, "7 restarts")
    api.refuse = lambda _: None
    seen.until(lines(42, 51) + lines(56, 65) + lines(84, 93) + lines(98, 107))
    wait_until(
        lambda: seen.told("was restarted 3 times at once; what it wrote before the last two starts may be lost"),
        "a word about it",
    )
    seen.source.close()


def test_init_containers_and_jobs_are_read_once_and_ended(api: KubeApi, compute: dict[str, Any], tmp_path: Path) -> None:
    api.start(compute, "init")
    api.write(compute, "init", lines(1, 5, "init"))
    api.exit(compute, "init")
    seen = Seen(api, tmp_path)
    seen.until(lines(1, 5, "init"))
    wait_until(lambda: seen.ended() == 1, "its end")
    asked = sum("container=init" in one for one in api.asked)
    api.write(compute, "nova-compute", lines(1, 5))
    seen.until([*lines(1, 5, "init"), *lines(1, 5)])
    assert sum("container=init" in one for one in api.asked) == asked
    seen.source.close()


def test_a_pod_that_is_deleted_is_ended_and_forgotten_and_one_that_comes_is_followed(
    api: KubeApi, compute: dict[str, Any], tmp_path: Path
) -> None:
    seen = Seen(api, tmp_path)
    api.write(compute, "nova-compute", lines(1, 5))
    seen.until(lines(1, 5))
    api.delete("openstack", compute["metadata"]["name"])
    wait_until(lambda: seen.ended() == 1, "its end")
    wait_until(lambda: not len(seen.source._roster), "nothing to be kept of it")
    seen.source.commit(seen.ends)
    assert seen.source._streams == {}
    other = pod(name="nova-compute-default-abcde", uid="99999999-2222-4333-8444-555555555555")
    api.add(other)
    api.start(other, "nova-compute")
    api.write(other, "nova-compute", lines(1, 3, "its successor"))
    seen.until([*lines(1, 5), *lines(1, 3, "its successor")])
    seen.source.close()
    assert seen.problems == []


def test_rotation_under_a_stream_is_not_felt_but_what_was_rotated_away_meanwhile_is_gone(
    api: KubeApi, compute: dict[str, Any], tmp_path: Path
) -> None:
    seen = Seen(api, tmp_path)
    api.write(compute, "nova-compute", lines(1, 10))
    seen.until(lines(1, 10))
    api.rotate(compute, "nova-compute")
    api.write(compute, "nova-compute", lines(11, 20))
    seen.until(lines(1, 20))
    api.hang_up()
    seen.until(lines(1, 20))
    api.write(compute, "nova-compute", lines(21, 30))
    seen.until(lines(1, 30))
    seen.source.close()


def test_more_containers_than_streams_take_turns(api: KubeApi, tmp_path: Path) -> None:
    pods = [pod(name=f"nova-{number}", uid=f"{number:08}-2222-4333-8444-555555555555") for number in range(9)]
    for number, one in enumerate(pods):
        api.add(one)
        api.start(one, "nova-compute")
        api.write(one, "nova-compute", lines(1, 5, f"pod {number}"))
    seen = Seen(api, tmp_path, streams=2, turn=0.1)
    seen.until([line for number in range(9) for line in lines(1, 5, f"pod {number}")])
    for number, one in enumerate(pods):
        api.write(one, "nova-compute", lines(6, 8, f"pod {number}"))
    seen.until([line for number in range(9) for line in lines(1, 8, f"pod {number}")])
    assert len(seen.source._threads) == 2
    seen.source.close()


def test_a_silent_stream_is_attached_anew(api: KubeApi, compute: dict[str, Any], tmp_path: Path) -> None:
    seen = Seen(api, tmp_path, silence=0.1)
    wait_until(lambda: seen.ended() == 0 and sum("/log" in one for one in api.asked) > 2, "several attachings")
    api.write(compute, "nova-compute", lines(1, 5))
    seen.until(lines(1, 5))
    seen.source.close()


def test_a_token_that_was_renewed_is_read_again(api: KubeApi, compute: dict[str, Any], tmp_path: Path) -> None:
    seen = Seen(api, tmp_path)
    api.write(compute, "nova-compute", lines(1, 5))
    seen.until(lines(1, 5))
    api.token = "second-token"
    (tmp_path / "token").write_text(api.token)
    api.hang_up()
    api.write(compute, "nova-compute", lines(6, 9))
    seen.until(lines(1, 9))
    seen.source.close()


def test_what_is_refused_for_longer_is_told_with_what_to_do(api: KubeApi, compute: dict[str, Any], tmp_path: Path) -> None:
    api.refuse = lambda path: (403, 'pods "x" is forbidden: cannot get resource "pods/log"') if "/log" in path else None
    seen = Seen(api, tmp_path)
    wait_until(lambda: seen.told("forbidden"), "a word about it")
    assert str(seen.problems[0]) == (
        "openstack/nova-compute-default-x2x4q/nova-compute: "
        "GET /api/v1/namespaces/openstack/pods/nova-compute-default-x2x4q/log: "
        '403 pods "x" is forbidden: cannot get resource "pods/log"; give the role of docs/sources.md to the service account'
    )
    api.refuse = lambda _: None
    api.write(compute, "nova-compute", lines(1, 5))
    seen.until(lines(1, 5))
    assert len(seen.problems) == 1
    seen.source.close()


def test_readers_wait_while_nobody_takes_what_they_have(api: KubeApi, compute: dict[str, Any], tmp_path: Path) -> None:
    text = [b"2026-11-26T22:15:%02d.%09dZ %b" % (number // 100, number, b"x" * 1000) for number in range(5000)]
    api.write(compute, "nova-compute", text)
    seen = Seen(api, tmp_path, memory=1 << 20)
    wait_until(lambda: len(seen.source._roster) == 1, "the pod")
    seen.source._employ()
    wait_until(lambda: seen.source._inbox._held >= 1 << 20, "a full inbox")
    assert seen.source._inbox._held < 3 << 20
    seen.until(text)
    seen.source.close()


def test_closing_does_not_wait_for_anybody(api: KubeApi, compute: dict[str, Any], tmp_path: Path) -> None:
    seen = Seen(api, tmp_path)
    api.write(compute, "nova-compute", lines(1, 5))
    seen.until(lines(1, 5))
    seen.source.close()
    assert not any(thread.is_alive() for thread in seen.source._threads)
    watches = [watch._thread for watch in seen.source._watches]
    wait_until(lambda: not any(thread.is_alive() for thread in watches), "the end of the watch")
