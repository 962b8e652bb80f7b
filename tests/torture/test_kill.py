"""kill -9 at random moments, under load, with rotation: nothing is lost, and what is repeated can be told by its id.

The seed is printed; `TORTURE_SEED=...` repeats the moments (not what the machine made of them).
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from tests.servers.process import wait_until
from tests.torture.agents import Delivered, Nursery, Written, config, positions_of
from tests.torture.peer import Behaviour, BulkPeer
from tests.torture.writer import Writer, write

pytestmark = pytest.mark.servers

SEED = int(os.environ.get("TORTURE_SEED", random.randrange(1 << 32)))
LIFE = 0.45
"""Seconds that an agent lives at most; it takes some 0.05 until it reads."""
RATE = 800.0
PER_FILE = 100
"""Records, so that a file is renamed eight times a second: more often than it is looked at."""


class Service:
    """A service that logs from `begin` to the end of the context; its first record is there before."""

    def __init__(self, log: Path) -> None:
        self._writer = Writer(log, PER_FILE)
        self._writer.write(1)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=write, args=(self._writer, 1 << 62, RATE, self._stopped.is_set))

    @property
    def written(self) -> int:
        """Records so far."""
        return self._writer.written

    def begin(self) -> None:
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._writer.close()


def lives(nursery: Nursery, service: Service, rounds: int, state: Path, mark: Callable[[], None]) -> None:
    """Start and kill. The first life has seen the file before it is renamed, as nobody can know of a file he never saw."""
    chance = random.Random(SEED)
    sys.stderr.write(f"TORTURE_SEED={SEED}\n")
    nursery.start()
    wait_until(lambda: bool(positions_of(state)), "the first position")
    nursery.kill()
    mark()
    service.begin()
    for _ in range(rounds):
        nursery.start()
        time.sleep(chance.random() * LIFE)
        nursery.kill()
        mark()


def last_life(nursery: Nursery, has: Callable[[], int], wanted: int) -> None:
    """It is left alone until everything is there, and ends well."""
    nursery.start()
    wait_until(lambda: has() == wanted, "all records have been delivered", pause=0.3)
    assert nursery.end(signal.SIGTERM) == 0


def judge(delivered: Delivered, written: int, rounds: int) -> None:
    assert delivered.numbers() == list(range(written))
    assert delivered.needless() == []
    assert delivered.cut_short() == []
    assert len(delivered.marks) == rounds + 1
    assert len(delivered.events) > len(delivered.unique()), "no round had anything to repeat: the moments are wrong"


@pytest.mark.timeout(400)
def test_into_a_file(tmp_path: Path) -> None:
    rounds, out, state = 100, Written(tmp_path / "out.jsonl"), tmp_path / "state"
    sink = {"to": {"kind": "file", "path": str(tmp_path / "out.jsonl")}}
    with Nursery(config(tmp_path, sink), tmp_path / "own.log") as nursery:
        with Service(tmp_path / "nova-compute.log") as service:
            lives(nursery, service, rounds, state, lambda: out.mark(positions_of(state)))
        last_life(nursery, out.count, service.written)
    judge(out.delivered, service.written, rounds)


@pytest.mark.timeout(400)
def test_into_a_far_side_that_sometimes_fails(tmp_path: Path) -> None:
    """It takes two of three batches; of the others it loses the answer, or takes half, or wants them later or smaller."""
    rounds, state, chance = 80, tmp_path / "state", random.Random(SEED)
    moods: list[Behaviour] = ["cut", "half", "busy", "broken", "too large"]
    moods += ["take"] * 10
    with (
        BulkPeer(lambda: chance.choice(moods)) as peer,
        Nursery(config(tmp_path, peer.sink()), tmp_path / "own.log") as nursery,
    ):
        with Service(tmp_path / "nova-compute.log") as service:
            lives(nursery, service, rounds, state, lambda: peer.mark(positions_of(state)))
        last_life(nursery, peer.count, service.written)
    judge(peer.delivered, service.written, rounds)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("mood", ["hang", "cut", "half", "busy", "broken", "too large", "nonsense"])
def test_into_a_far_side_that_always_fails_and_then_recovers(tmp_path: Path, mood: Behaviour) -> None:
    """What is killed while nothing is taken has lost nothing when all is taken again."""
    rounds, state = 5, tmp_path / "state"
    moods: list[Behaviour] = [mood]
    with BulkPeer(lambda: moods[0]) as peer, Nursery(config(tmp_path, peer.sink()), tmp_path / "own.log") as nursery:
        with Service(tmp_path / "nova-compute.log") as service:
            lives(nursery, service, rounds, state, lambda: peer.mark(positions_of(state)))
        moods[0] = "take"
        last_life(nursery, peer.count, service.written)
    assert peer.delivered.numbers() == list(range(service.written))
    assert peer.delivered.needless() == []
    assert peer.delivered.cut_short() == []


@pytest.mark.timeout(400)
def test_nobody_listens_and_then_somebody_does(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with BulkPeer() as closed:
        sink = closed.sink()
    with Nursery(config(tmp_path, sink), tmp_path / "own.log") as nursery:
        with Service(tmp_path / "nova-compute.log") as service:
            lives(nursery, service, 5, state, lambda: None)
        with BulkPeer(port=closed.port) as peer:
            last_life(nursery, peer.count, service.written)
    assert peer.delivered.numbers() == list(range(service.written))
    assert peer.delivered.events == peer.delivered.unique()


@pytest.mark.timeout(400)
def test_one_of_two_sinks_is_away_and_has_a_spool(tmp_path: Path) -> None:
    """The other one gets all at once; what the spool held through all the kills is sent when it is back."""
    rounds, state, out = 15, tmp_path / "state", Written(tmp_path / "out.jsonl")
    file = {"to": {"kind": "file", "path": str(tmp_path / "out.jsonl")}}
    moods: list[Behaviour] = ["busy"]
    with BulkPeer(lambda: moods[0]) as peer:
        far = {**peer.sink(), "buffer": {"memory": "1M", "spool": "64M"}}
        with Nursery(config(tmp_path, file, far), tmp_path / "own.log") as nursery:
            with Service(tmp_path / "nova-compute.log") as service:
                lives(nursery, service, rounds, state, lambda: None)
                nursery.start()
                out.wait_for(service.written)
                nursery.kill()
            nursery.start()
            out.wait_for(service.written)
            moods[0] = "take"
            wait_until(lambda: peer.count() == service.written, "the spool has been sent", pause=0.3)
            assert nursery.end(signal.SIGTERM) == 0
    assert out.delivered.numbers() == peer.delivered.numbers() == list(range(service.written))
