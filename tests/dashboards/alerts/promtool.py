"""Prometheus' and Alertmanager's own tools."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Done:
    """`failed` is what a tool says if it does not end with 0, else empty."""

    failed: str
    output: str


def promtool(*words: str | Path) -> Done:
    """`promtool`, to its end."""
    return _run("promtool", *words)


def amtool(*words: str | Path) -> Done:
    """`amtool`, to its end."""
    return _run("amtool", *words)


def _run(*words: str | Path) -> Done:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=100, check=False)
    output = done.stdout + done.stderr
    return Done(output or "failed" if done.returncode else "", output)
