"""`stratoscope export` with the exporter of this folder only: the tests' table, and a process that has it."""

import sys
from pathlib import Path

from exporters.frame.plan import Plan
from exporters.table import Exporter
from stratoscope import cli, export_command

PLAN = Plan("scrape", 30.0, 10.0)
LINES = Exporter("lines", "A number that a target says.", ("lines_",), PLAN, package="tests.stratoscope.export")
TABLE = (LINES,)


def command(arguments: list[str]) -> int:
    """As the command line does it, with the table above."""
    parser = cli.Parser(prog="stratoscope export")
    export_command.add_arguments(parser)
    return export_command.execute(parser.parse_args(arguments), TABLE)


def written(folder: Path, text: str) -> Path:
    path = folder / "export.yaml"
    path.write_text(text)
    return path


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
