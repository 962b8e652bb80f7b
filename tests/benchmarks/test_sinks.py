from pathlib import Path

import pytest

from benchmarks import logs
from benchmarks.sinks.encoding import PEER, PROGRAMS, Cost, run, table


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_program_encodes_all_events(name: str, tmp_path: Path) -> None:
    written = logs.write(tmp_path / "x.log", 100 << 10, "plain")
    cost = run(name, str(written.path))
    assert cost.events == written.events
    assert cost.size > 10 * cost.events


def test_the_table_has_ratios_to_the_sdk() -> None:
    costs = {"OTLP logs": [Cost(10, 2.0, 100, 1 << 20), Cost(10, 1.0, 100, 2 << 20)], PEER: [Cost(10, 4.0, 100, 0)]}
    row = table(costs).splitlines()[2]
    assert [cell.strip() for cell in row.split("|")[1:-1]] == ["OTLP logs", "10", "4.0x", "10", "2"]
