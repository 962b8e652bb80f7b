"""The results as tables that a person can read, and paste into docs/benchmarks.md."""

import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.logs import Written
from benchmarks.measure import Result
from benchmarks.peers import FLUENT_BIT, NAIVE

_HEAD = ("log", "program", "CPU s", "median", "lines/CPU s", "events/CPU s", "of fluent-bit", "of naive", "MB", "events/true")


def machine() -> str:
    """The processor and how many of it there are."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())
    return f"{os.cpu_count()} cores of {model}, Python {platform.python_version()}"


def speeds(results: Sequence[Result], logs: dict[str, Written]) -> str:
    """A row per program and log; ratios are of lines per CPU second, more is better."""
    rows: list[tuple[str, ...]] = [_HEAD]
    for result in results:
        log = logs[result.form]
        events = f"{result.events / log.events:.4f}" if result.events else "-"
        rate = f"{result.events / result.least:,.0f}" if result.events else "-"
        others = [_ratio(result, results, name) for name in (FLUENT_BIT, NAIVE)]
        times = f"{result.least:.2f}", f"{result.median:.2f}"
        rows.append((log.form, result.peer, *times, f"{log.lines / result.least:,.0f}", rate, *others, _mb(result), events))
    return table(rows)


def flatness(costs: Iterable[tuple[Written, Result]], start: float) -> str:
    """Microseconds per line at several sizes, the `start` (CPU seconds on an empty file) taken off."""
    rows = [("size", "lines", "CPU s", "us/line", "of the first", "MB")]
    first = None
    for log, result in costs:
        cost = (result.least - start) / log.lines * 1e6
        first = first or cost
        size = f"{log.size / (1 << 20):.0f} MB"
        rows.append((size, f"{log.lines:,}", f"{result.least:.2f}", f"{cost:.2f}", f"{cost / first:.2f}", _mb(result)))
    return table(rows)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a Markdown table; the first is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _ratio(result: Result, results: Sequence[Result], name: str) -> str:
    other = next((one for one in results if one.peer == name and one.form == result.form), None)
    return f"{other.least / result.least:.2f}x" if other else "-"


def _mb(result: Result) -> str:
    return f"{result.memory / (1 << 20):.0f}" if result.memory else "small"
