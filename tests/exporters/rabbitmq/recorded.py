"""Answers of real brokers, in tests/data/rabbitmq."""

from pathlib import Path

DATA = Path(__file__).parents[2] / "data" / "rabbitmq"


def recorded(name: str) -> bytes:
    """An answer as it was."""
    return (DATA / name).read_bytes()
