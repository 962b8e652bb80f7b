"""`python -m dashboards.source` writes what is made: the dashboards, and the manifests for Kubernetes."""

import sys
from collections.abc import Iterator
from pathlib import Path

from dashboards.source import made

ROOT = Path(__file__).parents[1]


def write(root: Path) -> Iterator[str]:
    """Write the files that are not fresh, remove those that nothing makes any more, and tell which."""
    files = made.files()
    for name in sorted(made.left_over(root, files)):
        (root / name).unlink()
        yield f"removed {name}"
    for name, text in files.items():
        path = root / name
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            yield f"wrote {name}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in write(ROOT))
