"""The programs that are compared, and how each is called for the same work: read a file, write JSON lines to a file."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
STRATOSCOPE = "stratoscope parse"
NAIVE = "naive regex"
GREP = "grep -c ERROR"
FLUENT_BIT = "fluent-bit"


@dataclass(frozen=True, slots=True)
class Command:
    """One run: what is started where. `endless`: it writes to its output file by itself, and goes on until it is stopped."""

    words: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    endless: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """A program. `forms` are the kinds of log it can read, `gives_events` tells that it writes a line for each."""

    name: str
    command: Callable[[Path, str, Path], Command]
    forms: tuple[str, ...] = ("plain", "cri")
    gives_events: bool = True


def find_fluent_bit() -> str | None:
    """`$FLUENT_BIT`, else what PATH has."""
    return shutil.which(os.environ.get("FLUENT_BIT") or "fluent-bit")


def peers(fluent_bit: str | None) -> list[Peer]:
    """Ours first, then the others that are there."""

    def with_fluent_bit(log: Path, form: str, out: Path) -> Command:
        # With `exit_on_eof` Fluent Bit 5.1 loses the record that is still open, or crashes over it (fluent-bit#10094).
        words = [fluent_bit or "", "-q", "-c", f"{form}.conf"]
        environment = {"INPUT_FILE": str(log), "OUTPUT_FOLDER": str(out.parent), "OUTPUT_FILE": out.name}
        return Command(words, environment, HERE / "fluent-bit", endless=True)

    found = [
        Peer(STRATOSCOPE, lambda log, _, __: Command([sys.executable, "-m", "stratoscope", "parse", "-o", "json", str(log)]),
             ("plain", "cri", "json")),
        Peer(NAIVE, lambda log, _, __: Command([sys.executable, str(HERE / "naive.py"), str(log)])),
        Peer(GREP, lambda log, _, __: Command(["grep", "-c", "ERROR", str(log)]), gives_events=False),
    ]  # fmt: skip
    return [*found, Peer(FLUENT_BIT, with_fluent_bit)] if fluent_bit else found
