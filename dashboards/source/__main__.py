"""`python -m dashboards.source` writes what is made: the dashboards, and the manifests for Kubernetes."""

import sys
from pathlib import Path

from dashboards.source import made

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Write the files that are not fresh, remove those that nothing makes any more, and tell which."""
    files = made.files()
    for name in sorted(made.left_over(ROOT, files)):
        (ROOT / name).unlink()
        sys.stdout.write(f"removed dashboards/{name}\n")
    for name, text in files.items():
        path = ROOT / name
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            sys.stdout.write(f"wrote dashboards/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
