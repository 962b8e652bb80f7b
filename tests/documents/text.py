"""Markdown of the made parts: cells, code, tables."""

from collections.abc import Iterable

Row = tuple[str, ...]


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return text.replace("\n", " ").replace("|", "\\|")


def code(text: str) -> str:
    """Text as code, for a cell of a table."""
    mark = "``" if "`" in text else "`"
    space = " " if "`" in text else ""
    return f"{mark}{space}{cell(text)}{space}{mark}" if text else ""


def table(head: Row, rows: Iterable[Row]) -> str:
    """A table of cells."""
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, tuple("---" for _ in head), *rows))
