"""Logs of a real cloud, for those who have none at hand."""

from pathlib import Path


def paths() -> list[str]:
    """The sample logs, sorted by name."""
    return sorted(str(path) for path in Path(__file__).parent.iterdir() if ".log" in path.name)
