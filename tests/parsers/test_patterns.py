"""Patterns that every supported Python reads alike."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = [path for package in ("parsers", "collectors", "stratoscope") for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_group_is_possessive(path: Path) -> None:
    """In Python 3.11.0 to 3.11.4 (Debian 12 has 3.11.2) a possessive group keeps a part of its last, failed attempt.

    `re.match("(?:ab?c)*+", "acabcaba")` matches `acabca` there. Single characters and sets are right, as are atomic groups:
    `(?>(?:ab?c)*)`. See https://github.com/python/cpython/issues/106052.
    """
    assert not re.search(r"(?<!\\)\)(?:[*+?]|\{[0-9,]+\})\+", path.read_text())
