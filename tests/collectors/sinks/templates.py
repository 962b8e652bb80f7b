"""The files in docs/opensearch: `python -m tests.collectors.sinks.templates` writes them anew."""

import json
from pathlib import Path

from collectors.sinks.index_template import policy, template

FOLDER = Path(__file__).parents[3] / "docs" / "opensearch"
FILES = {"index-template.json": template, "ism-policy.json": policy}


def main() -> None:
    """Write all of them."""
    for name, made in FILES.items():
        (FOLDER / name).write_text(json.dumps(made(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
