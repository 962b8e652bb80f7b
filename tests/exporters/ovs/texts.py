"""Answers of OVS 3.1.0 and OVN 23.03, as they were recorded."""

from pathlib import Path

DATA = Path(__file__).parents[2] / "data" / "ovs"


def recorded(name: str) -> str:
    """The answer to a command, named as the command with `_` for `/`."""
    return (DATA / f"{name}.txt").read_text()
