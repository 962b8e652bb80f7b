"""Unknown lines are ignored: whatever a daemon prints, its readers give figures or nothing, and never an exception."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.ovn.controller import bindings
from exporters.ovn.raft import raft
from exporters.ovn.work import engine, flow_cache, stopwatches
from exporters.ovs.bonds import bonds, lacp, lacp_counters
from exporters.ovs.daemon import coverage, memory
from exporters.ovs.datapath import datapaths, upcalls
from exporters.ovs.macs import macs
from exporters.ovs.pmd import queues, threads
from tests.exporters.ovs.texts import DATA

READERS: list[Callable[[str], Any]] = [
    lambda text: coverage(text, ["x"]), memory, datapaths, upcalls, threads, queues, bonds, lacp, lacp_counters, macs,
    raft, stopwatches, engine, flow_cache, bindings,
]  # fmt: skip
TEXTS = [path.read_text() for path in sorted(DATA.glob("*.txt"))]
NUMBERS = ["", "-1", "1.5", "99999999999999999999999999999", "9" * 5000, "٣", "NOT AVAIL", "\x00", "1\u2028"]


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """A recorded answer with some of its lines and numbers put in disorder."""
    lines = draw(st.sampled_from(TEXTS)).splitlines()
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(lines) - 1))
        lines[at] = draw(
            st.sampled_from([lines[at][: len(lines[at]) // 2], lines[at].replace("0", draw(st.sampled_from(NUMBERS)))])
        )
    return "\n".join(lines)


@pytest.mark.parametrize("read", READERS)
@given(text=st.text(max_size=300) | spoiled())
def test_any_text(read: Callable[[str], Any], text: str) -> None:
    read(text)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("line", ["a" * 200_000, ": " * 100_000, "(1 " * 70_000, "[" * 200_000, "0" * 200_000, "\n" * 200_000])
def test_a_large_answer_takes_no_long_time(read: Callable[[str], Any], line: str) -> None:
    read(line)
