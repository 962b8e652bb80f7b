"""A log that is renamed every 100 ms, at 5,000 lines a second; one agent that is left alone: none lost, none repeated."""

import signal
from pathlib import Path

import pytest

from tests.torture.agents import Delivered, Nursery, Written, config
from tests.torture.writer import EVERY, Writer, record, write

pytestmark = pytest.mark.servers

RATE = 5_000 / (1 + record(0).count(b"\n") / EVERY)
"""Records a second: some have several lines."""
SECONDS = 5.0


@pytest.mark.timeout(300)
def test_none_lost_and_none_repeated(tmp_path: Path) -> None:
    out = Written(tmp_path / "out.jsonl")
    sink = {"to": {"kind": "file", "path": str(tmp_path / "out.jsonl")}}
    writer = Writer(tmp_path / "nova-compute.log", per_file=int(RATE / 10))
    with Nursery(config(tmp_path, sink), tmp_path / "own.log") as nursery:
        writer.write(1)
        nursery.start()
        out.wait_for(1)
        write(writer, int(RATE * SECONDS), RATE)
        out.wait_for(writer.written)
        assert nursery.end(signal.SIGTERM) == 0
    writer.close()
    out.count()
    delivered: Delivered = out.delivered
    assert delivered.numbers() == list(range(writer.written))
    assert len(delivered.events) == writer.written
    assert delivered.cut_short() == []
    assert len(list(tmp_path.glob("nova-compute.log.*"))) >= SECONDS * 9
