"""Writes a corpus for the fuzzer: every small sample of the tests, and the lines of which the property tests make theirs.

python -m tests.fuzz.seeds CORPUS
"""

import sys
from pathlib import Path

from tests.parsers import pieces

DATA = Path(__file__).parents[1] / "data"
MOST = 4096
WHOLE = b"\0\0"
"""What the harness reads off the front: no cuts."""


def write(corpus: Path) -> int:
    """Fill the folder; returns how many files."""
    corpus.mkdir(parents=True, exist_ok=True)
    texts = [path.read_bytes()[:MOST] for path in sorted(DATA.rglob("*")) if path.suffix in {".log", ".txt"} and path.is_file()]
    key = ("2026-11-23 03:33:01.807", "7", "nova.api", "ERROR")
    texts += [b"\n".join(pieces.filled(template, key) for template in run) for run in pieces.RUNS]
    texts += [pieces.wrapped(wrapper, b"hello\n" + texts[-1]) for wrapper in pieces.WRAPPERS]
    for number, text in enumerate(texts):
        (corpus / f"seed-{number:04}").write_bytes(WHOLE + text + b"\n")
    return len(texts)


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))  # noqa: T201
