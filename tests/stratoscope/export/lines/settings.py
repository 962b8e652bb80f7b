"""Its settings."""

from collections.abc import Iterator
from dataclasses import dataclass

from parsers.secret import Secret


@dataclass(frozen=True, slots=True)
class LinesSettings:
    name: str
    """What the target is called."""
    address: str
    """HOST:PORT."""
    password: Secret | None = None
    """Not used."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        if ":" not in self.address:
            yield "address", f"{self.address} has no port; write HOST:PORT"
