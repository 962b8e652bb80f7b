"""`python -m stratoscope.inject.policies FOLDER` writes all policies, a file for each, as the chart takes them."""

import sys
from collections.abc import Mapping
from pathlib import Path

from stratoscope.inject.policies.files import files

CHART = Path(__file__).parents[3] / "helm" / "stratoscope" / "files" / "policies"


def write(folder: Path, made: Mapping[str, str]) -> None:
    """All files anew; those that nobody makes any more go."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.yaml"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else CHART, files())
