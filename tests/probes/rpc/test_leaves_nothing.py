"""What is left at the broker and in the service after pings, restarts, kill -9 and a frozen probe: nothing."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.model import Finding
from tests.probes.rpc.looking import SHORT, checking, fine, until
from tests.servers.oslo_service import OsloService, Shape
from tests.servers.process import Process, wait_until
from tests.servers.rabbitmq import RabbitmqNode

pytestmark = pytest.mark.servers
OURS = "reply_stratoscope_"


@pytest.fixture(scope="module")
def service(broker: RabbitmqNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OsloService]:
    with OsloService.made(broker, tmp_path_factory.mktemp("compute"), Shape(topic="left")) as made:
        yield made


@pytest.fixture(autouse=True)
def _nothing_more(broker: RabbitmqNode, service: OsloService) -> Iterator[None]:
    """Each test leaves queues, exchanges and the service's log as they were."""
    before = queues(broker), exchanges(broker)
    yield
    wait_until(lambda: (queues(broker), exchanges(broker)) == before, f"queues and exchanges are {before} again")
    assert service.errors() == []


def queues(broker: RabbitmqNode) -> set[str]:
    return {row["name"] for row in broker.api("GET", "/queues/%2F?columns=name")}


def exchanges(broker: RabbitmqNode) -> set[str]:
    return {row["name"] for row in broker.api("GET", "/exchanges/%2F?columns=name")}


def atoms(broker: RabbitmqNode) -> int:
    return int(broker.control("eval", "erlang:system_info(atom_count)."))


def pinging(service: OsloService, folder: Path, host: str) -> Process:
    log = folder / f"pinging-{host}.log"
    words: list[str | Path] = [sys.executable, "-m", "tests.probes.rpc.pinging", service.config, service.shape.topic, host]
    process = Process(words, log)
    process.wait_until(lambda: "fine" in log.read_text(), "it pings")
    return process


def test_a_thousand_pings_and_many_connections(broker: RabbitmqNode, service: OsloService) -> None:
    def connections(count: int) -> None:
        for _ in range(count):
            with checking(service) as check:
                fine(check)

    connections(5)
    before = atoms(broker)
    with checking(service) as check:
        fine(check)
        assert {name for name in queues(broker) if name.startswith(OURS)} == {f"{OURS}probe_nova-compute"}
        for _ in range(1000):
            fine(check)
    connections(50)
    assert atoms(broker) - before < 50  # rabbitmqctl itself makes some; one for each ping or connection would be 1,050


def test_killed_and_started_again(broker: RabbitmqNode, service: OsloService, tmp_path: Path) -> None:
    for _ in range(2):
        with pinging(service, tmp_path, "killed") as process:
            process.kill()
    with checking(service, host="killed") as check:
        fine(check)
        assert {name for name in queues(broker) if name.startswith(OURS)} == {f"{OURS}killed_nova-compute"}


def test_replies_to_one_that_was_killed_find_the_queue_of_its_next_self(service: OsloService, tmp_path: Path) -> None:
    with pinging(service, tmp_path, "killed") as process:
        service.exhaust()
        wait_until(lambda: "silent" in process.log.read_text(), "a ping is open")
        process.kill()
    with checking(service, host="killed") as check:
        until(check, Finding.SILENT, SHORT)
        service.release()
        fine(check)


def test_a_former_self_that_is_frozen_holds_the_name(broker: RabbitmqNode, service: OsloService, tmp_path: Path) -> None:
    with pinging(service, tmp_path, "frozen") as process:
        process.freeze()
        with checking(service, host="frozen") as check:
            fine(check)
            wanted = {f"{OURS}frozen_nova-compute", f"{OURS}frozen_nova-compute_2"}
            wait_until(lambda: {name for name in queues(broker) if name.startswith(OURS)} == wanted, f"queues are {wanted}")
        process.kill()


def test_whoever_leaves_waits_for_open_pings(service: OsloService) -> None:
    with checking(service) as check:
        fine(check)
        service.exhaust()
        until(check, Finding.SILENT, SHORT)
        leaving = threading.Thread(target=check.close)
        leaving.start()
        service.release()
        leaving.join(60)
        assert not leaving.is_alive()
    log = service.log.read_text()
    assert "reply queue don't exist" not in log


def test_probes_of_a_service_hear_of_hangs_on_other_hosts(broker: RabbitmqNode, service: OsloService) -> None:
    with checking(service, host="one") as one, checking(service, host="two") as two, checking(service, host="three") as three:
        for check in (one, two, three):
            fine(check)
        assert "stratoscope_probe_nova-compute" in exchanges(broker)
        now = 1e9  # far in the future of this machine: no announcement is due
        assert (one.hung_peers(now), two.hung_peers(now)) == (0, 0)
        for check in (one, two):
            check.announce(time.monotonic())
            fine(check)

        def heard() -> list[int]:
            for check in (one, two, three):
                fine(check)
            return [check.hung_peers(time.monotonic()) for check in (one, two, three)]

        wait_until(lambda: heard() == [1, 1, 2], "each has heard of the others, and not of itself")
        assert three.hung_peers(time.monotonic() + 61) == 0
