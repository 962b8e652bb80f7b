"""What the searches in tests/data/backends are compiled to: `python -m tests.stratoscope.backends.cases` writes it anew."""

import json
from pathlib import Path

from stratoscope.backends import dsl, logql
from stratoscope.query import parse
from tests.stratoscope.made import NOW

FOLDER = Path(__file__).parents[2] / "data" / "backends"
GOLDEN = FOLDER / "compiled.txt"


def compiled() -> str:
    """All searches of `searches.txt` with what is asked, as the golden file has it."""
    parts = []
    for text in (FOLDER / "searches.txt").read_text(encoding="utf-8").splitlines():
        query = parse(text, NOW)
        parts.append(f"## {text}\n{logql.compiled(query).text}\n{json.dumps(dsl.compiled(query), ensure_ascii=False)}\n")
    return "\n".join(parts)


def main() -> None:
    """Write the golden file."""
    GOLDEN.write_text(compiled(), encoding="utf-8")


if __name__ == "__main__":
    main()
